"""Words for what is stored as codes: in whose hands money is, and how a village or a month is called in a list."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta

from babel.dates import format_date

from app.bookings.models import Booking
from app.core.dates import month_of, next_month, parse_month
from app.core.errors import Invalid, NotFound
from app.core.filters import month as month_name
from app.core.filters import rupiah
from app.core.paging import decode_cursor, encode_cursor
from app.core.settings import settings
from app.core.words import current_language
from app.core.words import gettext as _
from app.payments.models import ProviderEvent
from app.payments.queries import find_open_payment
from app.payments.rules import CARD_KEEPER, Doubt, PaymentMethod
from app.users.rules import Scope
from app.villages.models import BankAccount
from app.villages.queries import (
    find_bank_account_by_code,
    get_receiving_account,
    list_bank_accounts,
    list_sheets,
    list_villages,
)

EVERYWHERE = Scope(everything=True)
FAR = date(9999, 1, 1)
"""Later than any night that is sold."""


def keeper_names(keepers: Iterable[str]) -> dict[str, str]:
    """In whose hands money is, in words, for keepers such as `bank:candirejo` and `cash:candirejo`."""
    wanted = set(keepers)
    accounts = {account.code: account for account in list_bank_accounts(EVERYWHERE)}
    villages = {village.slug: village.name for village in list_villages()}
    names = {}
    for keeper in wanted:
        kind, _colon, code = keeper.partition(":")
        if keeper == CARD_KEEPER:
            names[keeper] = _("Card service")
        elif kind == "qris":
            names[keeper] = _(
                "QRIS of %(owner)s", owner=accounts[code].owner_name if code in accounts else code
            )
        elif kind == "cash":
            names[keeper] = _("Cash box of %(village)s", village=villages.get(code, code))
        elif code in accounts:
            names[keeper] = account_name(accounts[code])
        else:
            names[keeper] = keeper
    return names


def doubt_words(event: ProviderEvent) -> str:
    """Why a person must look at something the provider told, in words; what is no code of ours, as it was written."""
    facts = event.facts or {}
    named = {
        name: str(facts.get(name, "?"))
        for name in ("page", "refund", "currency", "booking", "payout", "kinds")
    }
    money = {name: _money(facts.get(name)) for name in ("asked", "paid")}
    words = {
        Doubt.UNKNOWN_PAGE: _("Payment page %(page)s belongs to no payment here.", page=named["page"]),
        Doubt.NO_BOOKING: _("There is no such booking here."),
        Doubt.OTHER_MODE: _("Test money where real money belongs, or the other way round."),
        Doubt.OTHER_CURRENCY: _(
            "Paid in another currency: %(currency)s.", currency=named["currency"].upper()
        ),
        Doubt.OTHER_AMOUNT: _("Asked for %(asked)s, paid %(paid)s.", **money),
        Doubt.OTHER_BOOKING: _("Paid for another booking: %(booking)s.", booking=named["booking"]),
        Doubt.UNKNOWN_REFUND: _("Refund %(refund)s was not asked for here.", refund=named["refund"]),
        Doubt.REFUND_AMOUNT: _(
            "Refund %(refund)s is not of %(asked)s.", refund=named["refund"], asked=money["asked"]
        ),
        Doubt.REFUND_CAME_BACK: _(
            "Refund %(refund)s came back after it had been sent.", refund=named["refund"]
        ),  # of events before such a refund was owed anew by itself
        Doubt.REFUND_TWICE: _(
            "Refund %(refund)s went to the card though it was sent by hand.", refund=named["refund"]
        ),
        Doubt.PAYOUT_PARTS: _(
            "Payout %(payout)s has something in it that is not known here: %(kinds)s.",
            payout=named["payout"],
            kinds=named["kinds"] or "?",
        ),
        Doubt.PAYOUT_FAILED: _("Payout %(payout)s did not reach the bank.", payout=named["payout"]),
        Doubt.DISPUTED: _("A guest disputes a payment at their bank."),
    }
    return words[Doubt(event.note)] if event.note in set(Doubt) else event.note or ""


def _money(amount: object) -> str:
    """An amount that may not have been readable as rupiah."""
    return rupiah(amount) if isinstance(amount, int) else "?"


def places_for(booking: Booking, method: PaymentMethod, scope: Scope) -> list[tuple[str, str]]:
    """Where money for a booking may be, by code and name: the expected place first, then others within reach."""
    if method == PaymentMethod.CASH:
        boxes = {
            line.village.slug: line.village.name
            for line in booking.living_lines
            if scope.has_village(line.village_id)
        }
        return [(slug, _("Cash box of %(village)s", village=name)) for slug, name in boxes.items()]
    payment = find_open_payment(booking.reference)
    villages = {line.village_id for line in booking.living_lines}
    expected = find_bank_account_by_code(payment.account) if payment and payment.account else None
    expected = expected or get_receiving_account(villages, settings().collecting_account)
    others = [account for account in list_bank_accounts(scope) if account.code != expected.code]
    if method == PaymentMethod.QRIS:
        sheets = {sheet.account_id for sheet in list_sheets({one.id for one in (expected, *others)})}
        others = [account for account in others if account.id in sheets]
        return [(one.code, _("QRIS of %(owner)s", owner=one.owner_name)) for one in (expected, *others)]
    return [(account.code, account_name(account)) for account in (expected, *others)]


def account_name(account: BankAccount) -> str:
    """A bank account as people know it."""
    return f"{account.bank} {account.number}, {account.owner_name}"


def village_choices(scope: Scope) -> list[tuple[str, str]]:
    """The villages that a scope reaches as a whole, for a list to choose from; empty where there is only one."""
    found = [(village.slug, village.name) for village in list_villages() if scope.has_village(village.id)]
    return found if len(found) > 1 else []


def month_choices(today: date, *, back: int = 12, ahead: int = 12) -> list[tuple[str, str]]:
    """Months around today, as value and name."""
    return [(f"{day:%Y-%m}", month_name(day)) for day in months_around(today, back=back, ahead=ahead)]


def months_around(today: date, *, back: int, ahead: int) -> list[date]:
    """First days of the months from so many before today's to so many after."""
    first = month_of(today)
    for _step in range(back):
        first = month_of(first.replace(day=1) - date.resolution)
    months = [first]
    while len(months) < back + ahead + 1:
        months.append(next_month(months[-1]))
    return months


def month_asked(text: str | None, today: date) -> date:
    """The month in an address, today's where none is asked for. Raises NotFound for what is no month."""
    if not text:
        return month_of(today)
    try:
        return parse_month(text)
    except ValueError:
        raise NotFound(_("There is no such month.")) from None


def short_month(day: date) -> str:
    """Mei, Agt: where there is room for three letters."""
    return str(format_date(day, "LLL", locale=current_language()))


def cursor_of(booking: Booking) -> str:
    """The place of a booking in a list by arrival."""
    return encode_cursor(booking.arrival.isoformat(), booking.id)


def read_cursor(text: str | None) -> tuple[date, int] | None:
    """The place after which a list by arrival goes on. Raises Invalid."""
    if not text:
        return None
    values = decode_cursor(text)
    try:
        day, number = values
        if type(number) is not int or not 0 <= number < 2**63:
            raise ValueError(text)
        return date.fromisoformat(day), number
    except (TypeError, ValueError):
        raise Invalid(_("This cursor is not one of ours.")) from None


def month_values(month: date) -> dict[str, object]:
    """The month and its neighbours, as days and as they stand in an address."""
    before, after = month_of(month - timedelta(days=1)), next_month(month)
    return {
        "month": month,
        "month_value": f"{month:%Y-%m}",
        "before_value": f"{before:%Y-%m}",
        "after_value": f"{after:%Y-%m}",
    }
