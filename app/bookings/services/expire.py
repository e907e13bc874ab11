"""A hold ends by time. This only tidies up: whoever came after the time could already take the nights."""

from __future__ import annotations

from collections.abc import Sequence, Set
from datetime import timedelta

from app.bookings import queries
from app.bookings.models import Booking
from app.bookings.rules import BookingState
from app.bookings.sellables import SELLABLES
from app.bookings.services import messages
from app.bookings.services.coupons import free_coupons
from app.bookings.services.refund import refund_everything
from app.core import clock
from app.core.settings import settings
from app.payments.services import expire_open_payments


def expire_holds(*, limit: int = 200) -> int:
    """Close holds whose time is over: free what they still hold, refund what was paid in part, write to the guest.

    Gives how many were closed; call again while that equals `limit`.
    """
    grace = timedelta(seconds=settings().payment_grace_seconds)
    lapsed = queries.lock_lapsed_holds(now=clock.now(), grace=grace, limit=limit)
    free_claims(bookings=lapsed)
    free_coupons(bookings=lapsed)
    for booking in lapsed:
        _expire(booking)
    return len(lapsed)


def _expire(booking: Booking) -> None:
    booking.become(BookingState.EXPIRED, ended_at=clock.now())
    expire_open_payments(reference=booking.reference)
    refund_everything(booking=booking, reason="expired")
    messages.tell_expired(booking=booking, claimed=queries.find_open_claim(booking.id) is not None)


def free_claims(*, bookings: Sequence[Booking], but: Set[int] = frozenset()) -> None:
    """Give back what bookings still hold, kind by kind in the fixed order; `but` lines that keep theirs.

    All of them at once: booking after booking, claims would not be locked in ascending order, and whoever takes them
    over could wait in a circle with us.
    """
    lines = [line for booking in bookings for line in booking.lines if line.id not in but]
    for kind, sellable in SELLABLES.items():
        if line_ids := [line.id for line in lines if line.kind == kind]:
            sellable.release(line_ids)
