"""How money, dates and nights read. Templates and messages use these and nothing else."""

from __future__ import annotations

from datetime import date, datetime

import phonenumbers
from babel.dates import format_date, format_datetime
from flask import Flask

from app.core.dates import VILLAGE_ZONE
from app.core.money import Rupiah
from app.core.words import current_language, ngettext


def rupiah(amount: Rupiah) -> str:
    """Rp150.000: with dots in both languages, a minus before the sign."""
    return f"{'−' if amount < 0 else ''}Rp{abs(amount):,}".replace(",", ".")


def figures(amount: int) -> str:
    """150.000: a figure in a column whose head names the unit."""
    return f"{'−' if amount < 0 else ''}{abs(amount):,}".replace(",", ".")


def short_rupiah(amount: Rupiah) -> str:
    """450rb, 1,5jt (id) or 450k, 1.5m (en): only in calendar cells and on charts."""
    thousand, million, point = ("rb", "jt", ",") if current_language() == "id" else ("k", "m", ".")
    if abs(amount) < 1_000_000:
        return f"{amount // 1000}{thousand}"
    # Three or four digits are all that a bar or a cell has room for.
    digits = 2 if abs(amount) < 10_000_000 else 1 if abs(amount) < 100_000_000 else 0
    text = f"{amount / 1_000_000:.{digits}f}"
    return (text.rstrip("0").rstrip(".") if digits else text).replace(".", point) + million


def long_date(day: date) -> str:
    """Sabtu, 1 Mei 2027 / Saturday, 1 May 2027."""
    return format_date(_day(day), "EEEE, d MMMM y", locale=current_language())


def plain_date(day: date) -> str:
    """1 Mei 2027."""
    return format_date(_day(day), "d MMMM y", locale=current_language())


def short_date(day: date) -> str:
    """Sab, 1 Mei."""
    return format_date(_day(day), "EEE, d MMM", locale=current_language())


def month(day: date) -> str:
    """Mei 2027."""
    return format_date(_day(day), "LLLL y", locale=current_language())


def weekday(day: date) -> str:
    """Sab / Sat."""
    return format_date(_day(day), "EEE", locale=current_language())


def clock_time(instant: datetime) -> str:
    """pukul 14.00 WIB / 14:00 WIB, always village time."""
    local = instant.astimezone(VILLAGE_ZONE)
    return f"pukul {local:%H.%M} WIB" if current_language() == "id" else f"{local:%H:%M} WIB"


def date_time(instant: datetime) -> str:
    """Sabtu, 1 Mei 2027, pukul 14.00 WIB."""
    return f"{long_date(instant.astimezone(VILLAGE_ZONE).date())}, {clock_time(instant)}"


def short_date_time(instant: datetime) -> str:
    """Sab, 1 Mei, 14.42 / Sat, 1 May, 14:42."""
    local = instant.astimezone(VILLAGE_ZONE)
    clock = "HH.mm" if current_language() == "id" else "HH:mm"
    return format_datetime(local.replace(tzinfo=None), f"EEE, d MMM, {clock}", locale=current_language())


def deadline(instant: datetime) -> str:
    """Sab, 1 Mei, 14.42 WIB: what somebody far away must not take for their own time."""
    return f"{short_date_time(instant)} WIB"


def nights(count: int) -> str:
    """2 malam / 2 nights."""
    return ngettext("%(num)d night", "%(num)d nights", count)


def percent(share: float) -> str:
    """54,3% / 54.3% from a fraction of one."""
    text = f"{share * 100:.1f}"
    return (text.replace(".", ",") if current_language() == "id" else text) + "%"


def phone(number: str) -> str:
    """+628123456789 as +62 812-3456-789, for reading aloud."""
    try:
        parsed = phonenumbers.parse(number, "ID")
    except phonenumbers.NumberParseException:
        return number
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.INTERNATIONAL)


def _day(value: date | datetime) -> date:
    return value.astimezone(VILLAGE_ZONE).date() if isinstance(value, datetime) else value


FILTERS = {
    "rupiah": rupiah,
    "figures": figures,
    "short_rupiah": short_rupiah,
    "date": long_date,
    "plain_date": plain_date,
    "short_date": short_date,
    "month": month,
    "weekday": weekday,
    "time": clock_time,
    "datetime": date_time,
    "short_datetime": short_date_time,
    "deadline": deadline,
    "nights": nights,
    "percent": percent,
    "phone": phone,
}


def init_app(app: Flask) -> None:
    """Make the filters known to all templates."""
    app.jinja_env.filters.update(FILTERS)
