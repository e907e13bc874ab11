"""What guest and hosts are told, written in the transaction of what it tells about, sent after the commit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from app.bookings import queries
from app.bookings.models import Booking, BookingLine
from app.bookings.rules import LineKind, Plan
from app.bookings.services.letter_words import context_of, due_said, how_to_pay, line_said, shares_said
from app.core import clock, codes
from app.core.money import Rupiah
from app.core.settings import settings
from app.core.words import force_locale, lazy_gettext
from app.notifications.services import queue_message
from app.payments.models import Payment, Receipt, Refund
from app.payments.queries import find_open_payment
from app.payments.rules import CARD_KEEPER
from app.tours.queries import departures_by_ids
from app.users.models import User
from app.users.queries import list_office_holders
from app.users.rules import Role

_ROLES = {LineKind.STAY: Role.HOST, LineKind.PACKAGE: Role.GUIDE, LineKind.PRODUCT: Role.MAKER}
_CANCELLED = lazy_gettext("The guest cancelled the booking.")
_UNPAID = lazy_gettext("The rest was not paid, and the village let the booking go.")
_LINE_CANCELLED = lazy_gettext("The guest cancelled this part of the trip.")
_RELEASED = lazy_gettext("The guest let the booking go before paying.")


def secret_link(*, booking: Booking) -> str:
    """The guest's link to the booking; it carries the secret and is never logged."""
    token = codes.access_token(booking.code, booking.token_version)
    return f"{settings().base_url}/bookings/{booking.code}?token={token}"


def tell_held(*, booking: Booking, payment: Payment | None) -> None:
    """How to pay and until when; hosts learn of who will pay at the door."""
    key = f"held:{payment.id if payment else 0}"
    _tell(booking, "booking_held", key, **due_said(booking=booking), **how_to_pay(payment=payment))
    if booking.plan == Plan.ON_ARRIVAL:
        tell_hosts(booking=booking)


def tell_received_partly(*, booking: Booking, receipt: Receipt) -> None:
    """What came and what is still missing."""
    payment = how_to_pay(payment=find_open_payment(booking.reference)) | {"amount": receipt.amount}
    missing = booking.due_now - booking.covered
    due = {"hold_until": booking.hold_expires_at, "method": booking.method.value, "balance": missing}
    _tell(booking, "payment_received_partly", f"partly:{receipt.id}", **(payment | due))


def tell_confirmed(*, booking: Booking) -> None:
    """The booking is certain."""
    places = queries.places_of(booking)
    with force_locale(booking.language):
        welcome = "\n".join(dict.fromkeys(house.welcome for house in places.houses.values()))
        packages = [run.package for run in places.departures.values()]
        meetings = [
            {"title": package.name, "place": package.meeting, "bring": package.bring} for package in packages
        ]
    balance = booking.amount_due
    _tell(
        booking,
        "booking_confirmed",
        "confirmed",
        welcome=welcome,
        meetings=meetings,
        balance=balance or None,
        balance_on=booking.balance_on if balance else None,
        shares=shares_said(booking=booking),
    )


def tell_balance(*, booking: Booking) -> None:
    """What is still to be paid, and by when."""
    _tell(
        booking,
        "balance_due",
        _of_these_dates(booking, "balance"),
        balance=booking.amount_due,
        balance_on=booking.balance_on,
    )


def tell_balance_today(*, booking: Booking) -> None:
    """The same on the day itself, for the last time."""
    due = {"balance": booking.amount_due, "balance_on": booking.balance_on}
    _tell(booking, "balance_today", _of_these_dates(booking, "balance-today"), **due)


def tell_expired(*, booking: Booking, claimed: bool = False) -> None:
    """The time is over, nothing was charged; `claimed`: the guest said that the money is sent, and nobody looked."""
    _tell(booking, "hold_expired", "expired", amount=booking.refunded or None, claimed=claimed)


def tell_late_refund(*, booking: Booking, amount: Rupiah | None = None) -> None:
    """The money came too late, or for something that ended; all of it goes back (`amount`, where more went before)."""
    _tell(booking, "late_refund", f"late:{booking.refunded}", amount=amount or booking.refunded)


def tell_refund_asked(*, booking: Booking, amount: Rupiah, event: str, reason: str | None = None) -> None:
    """Where the money is to go, that the guest must say; `reason` is why what they said before cannot be used."""
    link = secret_link(booking=booking).replace("?token=", "/refund?token=")
    _tell(booking, "refund_account", event, amount=amount, reason=reason, url=link)


def tell_refund_sent(*, booking: Booking, refund: Refund, method: str | None = None) -> None:
    """The money is on its way, by the way it came or another one (`method`)."""
    _tell(
        booking,
        "refund_sent",
        f"refund-sent:{refund.id}",
        amount=refund.amount,
        method=method or _route_of(refund),
        reason=refund.reason,
    )


def tell_guest(*, booking: Booking, template: str, event: str, **extra: Any) -> None:
    """Anything else, once per `event`; what the template wants on top of every booking's is given by name."""
    _tell(booking, template, event, **extra)


def _route_of(refund: Refund) -> str:
    """By which way a refund goes: the way its money came."""
    if refund.keeper == CARD_KEEPER:
        return "card"
    return "cash" if refund.keeper.startswith("cash:") else "transfer"


def tell_link(*, booking: Booking) -> None:
    """The secret link once more; at most one a minute, so that nobody is flooded."""
    _tell(booking, "booking_link", f"link:{clock.now():%Y%m%d%H%M}")


def tell_new_link(*, booking: Booking) -> None:
    """The link of this version: the address was corrected, and the ones before are dead."""
    _tell(booking, "booking_link", f"link:v{booking.token_version}")


def tell_hold_ending(*, booking: Booking, payment: Payment | None) -> None:
    """The time to pay is nearly over."""
    _tell(booking, "hold_ending", "hold-ending", **due_said(booking=booking), **how_to_pay(payment=payment))


def tell_before_arrival(*, booking: Booking) -> None:
    """They come in two days: when, where, and what is still to be paid."""
    _tell(
        booking,
        "before_arrival",
        _of_these_dates(booking, "before-arrival"),
        balance=booking.amount_due or None,
    )


def tell_after_stay(*, booking: Booking) -> None:
    """They went home: thanks, and whether somebody was there for them."""
    _tell(booking, "after_stay", _of_these_dates(booking, "after-stay"))


def tell_released(*, booking: Booking) -> None:
    """The guest let the hold go; a host who was told of it learns that too."""
    _tell(booking, "booking_released", "released")
    if booking.plan == Plan.ON_ARRIVAL:
        tell_each_host(booking=booking, template="host_booking_ended", event="ended", reason=_RELEASED)


def tell_cancelled(*, booking: Booking, refund: Rupiah, kept: Rupiah, is_unpaid: bool = False) -> None:
    """It is cancelled, by the guest or because its rest was not paid: what comes back, what the terms keep. Those who
    waited for the guest hear of it too.
    """
    _tell(booking, "booking_cancelled", "cancelled", amount=refund or None, kept=kept or None)
    if booking.confirmed_at is not None or booking.plan == Plan.ON_ARRIVAL:
        reason = _UNPAID if is_unpaid else _CANCELLED
        tell_each_host(booking=booking, template="host_booking_ended", event="ended", reason=reason)


def tell_lines_cancelled(
    *,
    booking: Booking,
    lines: Sequence[BookingLine],
    refund: Rupiah,
    kept: Rupiah,
    payment: Payment | None,
    hosts: bool,
) -> None:
    """Lines are cancelled, the rest stays: what comes back, what the terms keep, what is still to be paid for the
    rest. Whoever waited for the guest there hears of it too, where `hosts` were told of the booking at all.
    """
    step = "-".join(str(line.position) for line in lines)
    _tell(
        booking,
        "line_cancelled",
        f"cancelled:{step}",
        lines=[line_said(line=line) for line in lines],
        stays=[line_said(line=one) for one in booking.living_lines],
        amount=refund or None,
        kept=kept or None,
        asked=payment.amount_with_code if payment else None,
        balance=booking.amount_due or None,
    )
    if hosts:
        event, said = f"ended:{step}", {"reason": _LINE_CANCELLED}
        tell_each_host(booking=booking, template="host_booking_ended", event=event, about=lines, **said)


def tell_hosts(*, booking: Booking) -> None:
    """Somebody is coming: each host, guide and maker hears of what is theirs, with the own share."""
    tell_each_host(booking=booking, template="host_new_booking", event="new")


def tell_each_host(
    *, booking: Booking, template: str, event: str, about: Sequence[BookingLine] | None = None, **extra: Any
) -> None:
    """To everybody who receives the guest, of all that is left of the trip, or of some lines (`about`).

    What is put aside for a guest, or in hand, is no news to its maker, whatever becomes of the rest.
    """
    told = [line for line in about or booking.living_lines if line.ready_at is None]
    for payee_id in sorted({line.payee_id for line in told}):
        lines = [line for line in told if line.payee_id == payee_id]
        url, share = _page_of(booking, lines), _share_of(booking, payee_id)
        for host in _people_of(lines[0], payee_id):
            queue_message(
                event_key=f"{booking.reference}:{event}:{payee_id}:{host.id}",
                template=template,
                language=host.language,
                name=host.name,
                email=host.email,
                phone=host.phone,
                village_id=lines[0].village_id,
                reference=booking.reference,
                context=context_of(booking=booking, lines=lines, url=url) | {"amount": share or None} | extra,
            )


def _page_of(booking: Booking, lines: Sequence[BookingLine]) -> str:
    """The page about some lines that the office of those who are told opens: a guide sees who comes along, a maker
    what lies there for guests.
    """
    manage = f"{settings().base_url}/manage"
    if lines[0].kind == LineKind.PRODUCT:
        return f"{manage}/products"
    if lines[0].kind != LineKind.PACKAGE:
        return f"{manage}/bookings/{booking.code}"
    runs = departures_by_ids({line.departure_id for line in lines if line.departure_id})
    only = next(iter(runs.values())) if len(runs) == 1 else None
    return f"{manage}/departures/{only.public_id}" if only else f"{manage}/departures"


def _people_of(line: BookingLine, payee_id: int) -> Sequence[User]:
    """Who acts for the payee of a line: its hosts, guides or makers."""
    return list_office_holders(role=_ROLES[line.kind], payee_id=payee_id, day=clock.today())


def _share_of(booking: Booking, payee_id: int) -> Rupiah:
    return sum(share.amount for share in queries.shares_of(booking) if share.account == f"payee:{payee_id}")


def _of_these_dates(booking: Booking, event: str) -> str:
    """Once for the dates that the booking has: after a change it is said again, of the new ones."""
    return f"{event}:{len(booking.replaced)}" if booking.replaced else event


def _tell(booking: Booking, template: str, event: str, **extra: Any) -> None:
    queue_message(
        event_key=f"{booking.reference}:{event}",
        template=template,
        language=booking.language,
        name=booking.guest_name,
        email=booking.guest_email,
        phone=booking.guest_phone,
        village_id=booking.living_lines[0].village_id,
        reference=booking.reference,
        context=context_of(booking=booking, lines=booking.living_lines, url=secret_link(booking=booking))
        | {"desk_phone": booking.living_lines[0].village.desk_phone}
        | extra,
    )
