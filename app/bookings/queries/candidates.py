"""Which booking a received amount may be for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum
from typing import Any

from sqlalchemy import ColumnElement, and_, func, literal, or_, select

from app.bookings.models import Booking
from app.bookings.queries.bookings import reached_by, whole_bookings
from app.bookings.queries.vouchers import promised_amount
from app.bookings.rules import BookingState, Plan
from app.core import clock
from app.core.db import db
from app.core.money import Rupiah
from app.payments.models import Payment
from app.payments.rules import PaymentMethod
from app.users.rules import Scope

NEAR: Rupiah = 7_500
"""What a transfer may differ by and still be shown: banks keep up to Rp6.500 between them, and codes are forgotten."""

LATE = timedelta(days=14)
"""Money also comes for bookings that ran out or were let go; this long after they are still looked through."""

UNPAID = timedelta(days=60)
"""How long after departure a booking that is not paid in full is looked through."""


_is_its_payment = Payment.reference == literal("booking:") + Booking.code
"""What was asked for by card comes by card, and by itself: it is nobody's transfer."""


class Likeness(IntEnum):
    """How well a sum fits: the very amount asked for with its unique code, the amount without it, or nearly."""

    EXACT = 1
    SUM = 2
    NEAR = 3


@dataclass(frozen=True)
class Candidate:
    """A booking that an amount may be for. `asked` is the figure it comes nearest to, in rupiah."""

    booking: Booking
    payment: Payment | None
    likeness: Likeness
    asked: Rupiah
    difference: Rupiah


def list_candidates(amount: Rupiah, scope: Scope, *, limit: int = 20) -> list[Candidate]:
    """Bookings within the scope that an amount in rupiah may be for: the exact sum with unique code first, then the
    sum without it, then what comes near. Each booking once, with its best fit; newest first among equals.
    """
    query = (
        whole_bookings()
        .add_columns(Payment)
        .outerjoin(Payment, and_(_is_its_payment, Payment.method != PaymentMethod.CARD))
        .where(reached_by(scope), _may_still_be_paid(clock.now()), _comes_near(amount))
        .order_by(Booking.id.desc(), Payment.id.desc())
        .limit(limit * 10)
    )
    best: dict[int, Candidate] = {}
    for booking, payment in db.session.execute(query):
        candidate = _fit(booking, payment, amount)
        known = best.get(booking.id)
        if candidate is not None and (known is None or _rank(candidate) < _rank(known)):
            best[booking.id] = candidate
    return sorted(best.values(), key=_rank)[:limit]


def count_waiting_for_money(scope: Scope) -> int:
    """How many running holds wait for a transfer, in the scope."""
    query = select(func.count(Booking.id)).where(
        reached_by(scope),
        Booking.state == BookingState.HELD,
        Booking.hold_expires_at > clock.now(),
        Booking.plan != Plan.ON_ARRIVAL,
        Booking.method != PaymentMethod.CARD,
    )
    return db.session.scalar(query) or 0


def _rank(candidate: Candidate) -> tuple[int, Rupiah]:
    return candidate.likeness, abs(candidate.difference)


def _fit(booking: Booking, payment: Payment | None, amount: Rupiah) -> Candidate | None:
    """The best fit of an amount to what the booking asks, or asked: None when none comes near."""
    figures = [
        (Likeness.SUM, booking.total - booking.covered),
        (Likeness.SUM, booking.due_now - booking.covered),
    ]
    if payment is not None:
        figures += [(Likeness.EXACT, payment.amount_with_code), (Likeness.SUM, payment.amount)]
    fits = [
        Candidate(booking, payment, kind if asked == amount else Likeness.NEAR, asked, amount - asked)
        for kind, asked in figures
        if asked > 0 and abs(amount - asked) <= NEAR
    ]
    return min(fits, key=_rank, default=None)


def _comes_near(amount: Rupiah) -> ColumnElement[bool]:
    low, high = amount - NEAR, amount + NEAR
    received: Any = Booking.paid - Booking.refunded + promised_amount()
    return or_(
        (Payment.amount + Payment.unique_code).between(low, high),
        Payment.amount.between(low, high),
        (Booking.total - received).between(low, high),
        (Booking.due_now - received).between(low, high),
    )


def _may_still_be_paid(now: datetime) -> ColumnElement[bool]:
    """Something is missing, or the booking ended so lately that the money may still be on its way."""
    since = now - LATE
    unpaid = and_(
        Booking.state.in_([BookingState.CONFIRMED, BookingState.COMPLETED, BookingState.NO_SHOW]),
        Booking.total > Booking.paid - Booking.refunded,
        Booking.departure > (now - UNPAID).date(),
    )
    waiting = and_(Booking.state == BookingState.HELD, Booking.hold_expires_at > since)
    over = and_(
        Booking.state.in_([BookingState.EXPIRED, BookingState.CANCELLED]),
        Booking.ended_at > since,
        Booking.refunded == 0,
    )
    return or_(unpaid, waiting, over)
