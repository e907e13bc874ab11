"""A hold is kept for longer: once for a guest who needs longer at the card page, and where its first day moves on."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from app.bookings import queries
from app.bookings.models import Booking
from app.bookings.rules import BookingState, Plan, on_arrival_hold_until, on_arrival_offered
from app.bookings.sellables import SELLABLES
from app.bookings.services.coupons import take_coupons
from app.bookings.services.pay import check_not_charged, claims_until
from app.core import audit, clock
from app.core.errors import WrongState
from app.core.settings import settings
from app.core.words import gettext as _
from app.payments.queries import find_open_payment
from app.payments.rules import PaymentMethod

LEAST = timedelta(minutes=1)
"""Less than this is not worth asking for."""


def extendable_until(*, booking: Booking) -> datetime | None:
    """Until when a hold could be kept at most; None where it cannot be extended, or was already."""
    if booking.state_now != BookingState.HELD or booking.method != PaymentMethod.CARD:
        return None
    most = booking.created_at + timedelta(seconds=settings().hold_max_seconds)
    until = booking.hold_expires_at
    return most if until is not None and most - until >= LEAST else None


def extend_hold(*, code: str) -> Booking:
    """Keep a hold for a card to its most. Raises NotFound, WrongState where that was done or there is nothing to keep,
    SoldOut.
    """
    booking = queries.lock_booking(code)
    until = extendable_until(booking=booking)
    if until is None:
        raise WrongState(
            _("This booking cannot be kept any longer. Pay before its time is up, or book again.")
        )
    check_not_charged(booking=booking)
    _keep(booking, until)
    if (payment := find_open_payment(booking.reference)) is not None:
        payment.due_at = until
    audit.record(action="booking:extended", subject=booking.reference, user_id=None, until=until.isoformat())
    return booking


def follow_arrival(*, booking: Booking, arrival: date) -> None:
    """A hold that is paid at the door lasts until the evening of the first day that is left, `arrival`, where paying at
    the door is open for so late a day; else it ends as it would have, and the guest pays before in another way.

    Called while the lines are still what they were: their claims are locked in order before any is given back.
    """
    if booking.state != BookingState.HELD or booking.plan != Plan.ON_ARRIVAL or arrival <= booking.arrival:
        return
    if on_arrival_offered(clock.now(), arrival, house_allows=booking.pay_on_arrival):
        _keep(booking, on_arrival_hold_until(arrival))


def _keep(booking: Booking, until: datetime) -> None:
    keep = claims_until(method=booking.method, hold_until=until)
    for kind, sellable in SELLABLES.items():
        if lines := [line for line in booking.living_lines if line.kind == kind]:
            sellable.extend(lines, keep)
    take_coupons(booking=booking, until=keep)
    booking.hold_expires_at = until
