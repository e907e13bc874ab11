"""Seats and pieces against bookings: a counter says what its claims say, and every claim is a line's that needs it."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Select, String, and_, cast, func, literal, not_, or_, select

from app.bookings.models import Booking, BookingLine
from app.bookings.queries.checks.base import verdict
from app.bookings.queries.checks.coupons import is_coupon
from app.bookings.rules import LIVE, BookingState, LineKind
from app.core import clock
from app.core.counters import Counter, CounterClaim
from app.core.db import db
from app.ledger.queries import Check
from app.showcase.models import Stock
from app.tours.models import Departure

_holder = literal("line:") + cast(BookingLine.id, String)
_counter = func.coalesce(Departure.counter_id, Stock.counter_id)
_has_counter = BookingLine.kind != LineKind.STAY
_lives = BookingLine.cancelled_at.is_(None)


def counter_checks() -> list[Check]:
    """Counters by themselves, what bookings must have, and what claims are for."""
    return [
        _counters_hold_their_claims(),
        _certain_lines_are_sold(),
        _running_holds_are_kept(),
        _claims_are_of_lines(),
        _ended_bookings_have_no_claims(),
    ]


def _counters_hold_their_claims() -> Check:
    """What is taken is what the claims add up to, and no more than there is, or was before there was less."""
    claimed = func.coalesce(func.sum(CounterClaim.quantity), 0)
    rows = db.session.execute(
        select(Counter.id, Counter.capacity, Counter.allowed_over, Counter.taken, claimed)
        .outerjoin(CounterClaim, CounterClaim.counter_id == Counter.id)
        .group_by(Counter.id)
        .order_by(Counter.id)
    ).all()
    breaches = [
        f"counter {counter}: {taken} taken, claims {claims}, of {capacity} and {over} over"
        for counter, capacity, over, taken, claims in rows
        if taken != claims or taken > capacity + over
    ]
    taken_in_all = sum(row.taken for row in rows)
    return verdict("counters hold what is claimed", f"{taken_in_all} of {len(rows)} counters", breaches)


def _certain_lines_are_sold() -> Check:
    """Each seat and piece of a certain booking is claimed for good by its very line; so is what is put aside for
    a guest, whatever became of the booking: it cannot be sold again."""
    is_sold = or_(and_(Booking.state.in_(LIVE), _lives), BookingLine.ready_at.is_not(None))
    missing = _missing(is_sold, CounterClaim.expires_at.is_(None))
    return verdict("every certain seat and piece is sold", _count(is_sold), missing)


def _running_holds_are_kept() -> Check:
    """Each seat and piece of a running hold is claimed by its very line, as long as the hold lasts at least."""
    running = and_(Booking.state == BookingState.HELD, Booking.hold_expires_at > clock.now(), _lives)
    missing = _missing(running, CounterClaim.expires_at >= Booking.hold_expires_at)
    return verdict("every seat and piece of a running hold is kept", _count(running), missing)


def _lines(*columns: Any) -> Select[Any]:
    """Lines of counted things with their booking and, where there is one, what their counter is claimed for."""
    return (
        select(*columns)
        .select_from(BookingLine)
        .join(Booking, Booking.id == BookingLine.booking_id)
        .outerjoin(Departure, Departure.id == BookingLine.departure_id)
        .outerjoin(Stock, Stock.id == BookingLine.stock_id)
        .where(_has_counter)
    )


def _missing(bookings: ColumnElement[bool], is_right: ColumnElement[bool]) -> list[str]:
    mine = and_(
        CounterClaim.counter_id == _counter,
        CounterClaim.reference == _holder,
        CounterClaim.quantity == BookingLine.quantity,
        is_right,
    )
    has_claim = select(CounterClaim.reference).where(mine).correlate(BookingLine, Booking, Departure, Stock)
    rows = db.session.execute(
        _lines(Booking.code, BookingLine.position, BookingLine.quantity)
        .where(bookings, ~has_claim.exists())
        .order_by(Booking.id, BookingLine.position)
    )
    return [f"{code} line {position}: no claim of {quantity}" for code, position, quantity in rows]


def _count(bookings: ColumnElement[bool]) -> str:
    total = func.coalesce(func.sum(BookingLine.quantity), 0)
    return f"{db.session.scalar(_lines(total).where(bookings)) or 0} seats and pieces"


def _claims_are_of_lines() -> Check:
    """Each claim is of a line's own counter; for good only where the booking is certain, or what was sold is put
    aside; until a time only where it is held."""
    is_sold = or_(and_(Booking.state.in_(LIVE), _lives), BookingLine.ready_at.is_not(None))
    owner = (
        _lines(BookingLine.id)
        .where(
            _holder == CounterClaim.reference,
            _counter == CounterClaim.counter_id,
            or_(
                and_(CounterClaim.expires_at.is_(None), is_sold),
                and_(CounterClaim.expires_at.is_not(None), Booking.state == BookingState.HELD, _lives),
            ),
        )
        .correlate(CounterClaim)
    )
    rows = db.session.execute(
        select(CounterClaim.counter_id, CounterClaim.reference, CounterClaim.quantity)
        .where(~owner.exists(), not_(is_coupon()))
        .order_by(CounterClaim.counter_id, CounterClaim.reference)
    )
    count = db.session.scalar(select(func.count()).select_from(CounterClaim)) or 0
    breaches = [f"counter {counter}: {quantity} of {holder}" for counter, holder, quantity in rows]
    return verdict("every claim belongs to a line that needs it", f"{count} claims", breaches)


def _ended_bookings_have_no_claims() -> Check:
    """What expired, was cancelled or declined claims nothing but what is put aside for the guest."""
    over = Booking.state.in_([BookingState.EXPIRED, BookingState.CANCELLED, BookingState.DECLINED])
    ended = or_(over, ~_lives)
    rows = db.session.execute(
        _lines(Booking.code, BookingLine.position, CounterClaim.quantity)
        .join(CounterClaim, CounterClaim.reference == _holder)
        .where(ended, BookingLine.ready_at.is_(None))
        .order_by(Booking.id, BookingLine.position)
    )
    breaches = [f"{code} line {position}: still {quantity}" for code, position, quantity in rows]
    return verdict("ended bookings claim no seat and no piece", _count(ended), breaches)
