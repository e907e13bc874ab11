"""A guest lets a hold go before paying."""

from __future__ import annotations

from app.bookings import queries
from app.bookings.models import Booking
from app.bookings.rules import BookingState
from app.bookings.services import messages
from app.bookings.services.coupons import free_coupons
from app.bookings.services.expire import free_claims
from app.core import clock
from app.core.errors import WrongState
from app.core.words import gettext as _
from app.payments.services import cancel_open_payments


def release_hold(*, code: str) -> Booking:
    """End a hold that nothing was paid for; its nights are free at once. Let go twice, it stays let go.

    Raises NotFound, WrongState when it is not held or something was paid.
    """
    booking = queries.lock_booking(code)
    if booking.state == BookingState.CANCELLED:
        return booking
    if booking.state_now != BookingState.HELD or booking.paid > 0:
        raise WrongState(_("This booking cannot be let go any more. Write to the village instead."))
    booking.become(BookingState.CANCELLED, ended_at=clock.now())
    free_claims(bookings=[booking])
    free_coupons(bookings=[booking])
    cancel_open_payments(reference=booking.reference)
    messages.tell_released(booking=booking)
    return booking
