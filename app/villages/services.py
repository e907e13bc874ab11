"""What happens to villages: they are entered, their roads are corrected, their accounts and QRIS sheets are named."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from datetime import date

from app.core import audit, clock
from app.core.db import db
from app.core.errors import Conflict, Invalid, WrongState
from app.core.uploads import Photo
from app.core.words import gettext as _
from app.villages import queries
from app.villages.models import BankAccount, QrisRate, QrisSheet, Road, Village
from app.villages.rules import TEMPLE, Place, estimated_metres, minutes_for, read_qris

MOST_QRIS_RATE = 1000
"""In basis points; the central bank's tariffs lie far below."""


@dataclass(frozen=True, kw_only=True)
class VillageFacts:
    """What is known of a village; None is unknown and is left out of every page."""

    slug: str
    name: str
    bps_code: str
    latitude: float
    longitude: float
    bumdes: str
    bumdes_is_sample: bool
    sponsor: str | None = None
    theme_id: str | None = None
    theme_en: str | None = None
    activities_id: str | None = None
    activities_en: str | None = None
    products_id: str | None = None
    products_en: str | None = None
    year_opened: int | None = None


def save_village(*, facts: VillageFacts) -> Village:
    """Enter a village, or bring its facts up to date. A new one gets an estimated way to the temple.

    What the village itself keeps (roads, desk phone) is left alone.
    """
    village = queries.find_village(facts.slug)
    if village is None:
        metres = estimated_metres(Place(facts.latitude, facts.longitude), TEMPLE)
        village = Village(
            **asdict(facts), temple_metres=metres, temple_minutes=minutes_for(metres), temple_is_estimate=True
        )
        db.session.add(village)
    else:
        for name, value in asdict(facts).items():
            setattr(village, name, value)
    db.session.flush()
    return village


def set_desk_phone(*, village_id: int, phone: str) -> Village:
    """The number at which guests reach the village's desk (E.164). Raises NotFound."""
    village = queries.get_village_by_id(village_id)
    village.desk_phone = phone
    return village


def set_road(
    *,
    village_id: int,
    other_id: int,
    metres: int,
    minutes: int,
    is_estimate: bool,
    by_user_id: int | None = None,
) -> Road:
    """Say how far two villages are from each other by road; a person's correction is written down.

    Raises Invalid for a way to itself or without length.
    """
    _check_way(metres, minutes)
    if village_id == other_id:
        raise Invalid(_("A road leads from one village to another."))
    road = queries.find_road(village_id, other_id)
    if road is None:
        low, high = sorted((village_id, other_id))
        road = Road(village_id=low, other_id=high, metres=metres, minutes=minutes, is_estimate=is_estimate)
        db.session.add(road)
    else:
        _record(
            f"road:{road.village_id}-{road.other_id}", road.metres, road.minutes, metres, minutes, by_user_id
        )
        road.metres, road.minutes, road.is_estimate = metres, minutes, is_estimate
    db.session.flush()
    return road


def set_temple_road(
    *, village_id: int, metres: int, minutes: int, is_estimate: bool, by_user_id: int | None = None
) -> Village:
    """Say how far a village is from the temple by road. Raises NotFound; Invalid without length."""
    _check_way(metres, minutes)
    village = queries.get_village_by_id(village_id)
    subject = f"village:{village.slug}"
    _record(subject, village.temple_metres, village.temple_minutes, metres, minutes, by_user_id)
    village.temple_metres, village.temple_minutes, village.temple_is_estimate = metres, minutes, is_estimate
    return village


def create_bank_account(
    *,
    code: str,
    village_id: int,
    bank: str,
    number: str,
    owner_name: str,
    is_shared: bool = False,
    is_sample: bool = False,
) -> BankAccount:
    """Name an account to which guests transfer; its code is its keeper's name in the ledger.

    Raises Conflict when the code is taken.
    """
    if queries.find_bank_account_by_code(code) is not None:
        raise Conflict(_("There is already an account of that name."))
    account = BankAccount(
        code=code,
        village_id=village_id,
        bank=bank,
        number=number,
        owner_name=owner_name,
        is_shared=is_shared,
        is_sample=is_sample,
    )
    db.session.add(account)
    db.session.flush()
    return account


@dataclass(frozen=True, kw_only=True)
class SheetFacts:
    """What stands on a QRIS sheet: whom it pays, its own text, a picture of it, or both."""

    merchant_name: str
    nmid: str
    payload: str | None
    photo: Photo | None


def add_qris_sheet(*, code: str, facts: SheetFacts, reason: str, by_user_id: int) -> QrisSheet:
    """Guests who pay into the account of this code scan this sheet from now on; the one before ends with the reason.

    Raises NotFound, Invalid without a reason, with neither text nor picture, or with a text that is none of that name.
    """
    account = queries.lock_bank_account(code)
    facts = _checked(facts)
    if queries.find_sheet(code) is not None:
        end_qris_sheet(code=code, reason=reason, by_user_id=by_user_id)
    _needed(reason)
    sheet = QrisSheet(
        account_id=account.id,
        merchant_name=facts.merchant_name,
        nmid=facts.nmid,
        payload=facts.payload,
        kind=facts.photo.kind if facts.photo else None,
        content=facts.photo.content if facts.photo else None,
        added_at=clock.now(),
        added_by_id=by_user_id,
    )
    db.session.add(sheet)
    db.session.flush()
    audit.record(
        action="qris:added",
        subject=f"account:{code}",
        user_id=by_user_id,
        reason=reason.strip(),
        sheet=sheet.id,
        merchant=facts.merchant_name,
        nmid=facts.nmid,
    )
    return sheet


def _checked(facts: SheetFacts) -> SheetFacts:
    if not facts.payload:
        if facts.photo is None:
            message = _("Give the sheet's text, a picture of it, or both.")
            raise Invalid(message, errors=[("payload", message)])
        return replace(facts, payload=None)
    try:
        said = read_qris(facts.payload)
    except (ValueError, IndexError):
        message = _(
            "This is not the whole text of a QRIS sheet for rupiah. Copy it once more, or send a picture."
        )
        raise Invalid(message, errors=[("payload", message)]) from None
    if said.merchant_name.casefold() != facts.merchant_name.casefold() or said.nmid not in {"", facts.nmid}:
        message = _("This text pays %(name)s, not the name or number you gave.", name=said.merchant_name)
        raise Invalid(message, errors=[("payload", message)])
    return facts


def end_qris_sheet(*, code: str, reason: str, by_user_id: int) -> QrisSheet:
    """Nobody is offered the sheet any more. Raises Invalid without a reason, WrongState where none is in force."""
    _needed(reason)
    now = clock.now()
    sheet = queries.find_sheet(code)
    if sheet is None:
        raise WrongState(_("No QRIS sheet is in force for this account."))
    sheet.ended_at, sheet.ended_by_id, sheet.end_reason = now, by_user_id, reason.strip()
    db.session.flush()
    audit.record(
        action="qris:ended",
        subject=f"account:{code}",
        user_id=by_user_id,
        reason=reason.strip(),
        sheet=sheet.id,
    )
    return sheet


def set_qris_rate(*, code: str, basis_points: int, from_on: date, by_user_id: int) -> QrisRate:
    """What the QRIS provider keeps of each payment from a village date on; what was received before stays as it was.

    Said again for the same day it is corrected. Raises NotFound, Invalid for a rate above 10 %.
    """
    account, now = queries.lock_bank_account(code), clock.now()
    if not 0 <= basis_points <= MOST_QRIS_RATE:
        message = _("The fee is a percentage between 0 and 10, for example 0.7.")
        raise Invalid(message, errors=[("rate", message)])
    known = queries.list_qris_rates({account.id})
    rate = next((one for one in known if one.from_on == from_on), None)
    if rate is None:
        rate = QrisRate(account_id=account.id, from_on=from_on)
        db.session.add(rate)
    rate.basis_points, rate.set_by_id, rate.set_at = basis_points, by_user_id, now
    db.session.flush()
    audit.record(
        action="qris:rate",
        subject=f"account:{code}",
        user_id=by_user_id,
        basis_points=basis_points,
        from_on=from_on.isoformat(),
    )
    return rate


def _needed(reason: str) -> None:
    if not reason.strip():
        message = _("Say why.")
        raise Invalid(message, errors=[("reason", message)])


def _check_way(metres: int, minutes: int) -> None:
    if not (0 < metres <= 200_000 and 0 < minutes <= 600):
        raise Invalid(_("A way by road is between 1 metre and 200 km, and between 1 minute and 10 hours."))


def _record(
    subject: str, metres: int, minutes: int, new_metres: int, new_minutes: int, user_id: int | None
) -> None:
    if user_id is not None:
        before, after = [metres, minutes], [new_metres, new_minutes]
        audit.record(action="road.set", subject=subject, user_id=user_id, before=before, after=after)
