"""What closings ended is over, and money that went back after a stay was asked for, and agreed where it takes two."""

from __future__ import annotations

from collections import defaultdict

from sqlalchemy import func, select

from app.bookings.models import Booking, BookingLine, Closure, ClosureLine, Concession
from app.bookings.queries.checks.base import differing, verdict
from app.bookings.rules import BookingState, ClosureOutcome, needs_second
from app.core.dates import village_date
from app.core.db import db
from app.core.money import Rupiah
from app.ledger.queries import Check
from app.payments.models import Refund


def closure_checks() -> list[Check]:
    """Closings line by line, and concessions against refunds."""
    return [_closed_lines_are_over(), _given_back_was_asked_for(), _large_sums_were_agreed()]


def _closed_lines_are_over() -> Check:
    """A line that a closing cancelled is cancelled; one that it shortened ends before the period, or the day it ran."""
    rows = db.session.execute(
        select(ClosureLine, Closure, BookingLine, Booking)
        .join(Closure, Closure.id == ClosureLine.closure_id)
        .join(BookingLine, BookingLine.id == ClosureLine.line_id)
        .join(Booking, Booking.id == BookingLine.booking_id)
        .order_by(ClosureLine.closure_id, ClosureLine.line_id)
    ).all()
    breaches = []
    for done, closure, line, booking in rows:
        is_over = line.cancelled_at is not None or booking.state == BookingState.CANCELLED
        last = max(closure.starts_on, village_date(done.at))
        if done.outcome == ClosureOutcome.CANCELLED and not is_over:
            breaches.append(f"{closure.reference}: {booking.code} line {line.position} lives")
        elif done.outcome == ClosureOutcome.SHORTENED and not is_over and line.departure > last:
            breaches.append(f"{closure.reference}: {booking.code} line {line.position} stays on")
    return verdict("what a closing ended is over", f"{len(rows)} lines", breaches)


def _given_back_was_asked_for() -> Check:
    """Refunds after the stay are what was asked for and given, booking by booking."""
    given = db.session.execute(
        select(Booking.code, func.sum(Concession.amount))
        .join(BookingLine, BookingLine.id == Concession.line_id)
        .join(Booking, Booking.id == BookingLine.booking_id)
        .where(Concession.done_at.is_not(None))
        .group_by(Booking.code)
    )
    refunds = db.session.execute(
        select(Refund.reference, func.sum(Refund.amount))
        .where(Refund.reason == "after_stay")
        .group_by(Refund.reference)
    )
    asked: dict[str, Rupiah] = {f"booking:{code}": int(amount) for code, amount in given}
    owed: dict[str, Rupiah] = {reference: int(amount) for reference, amount in refunds}
    breaches = differing(asked, owed, "asked for|refunds")
    return verdict("money after the stay was asked for", f"{len(asked)} bookings", breaches)


def _large_sums_were_agreed() -> Check:
    """Above what one gives alone of a line, in the order in which it was given, a second person agreed."""
    query = select(Concession).where(Concession.done_at.is_not(None))
    given = db.session.scalars(query.order_by(Concession.done_at, Concession.id)).all()
    before: dict[int, Rupiah] = defaultdict(int)
    breaches = []
    for one in given:
        if needs_second(before[one.line_id], one.amount) and one.agreed_by_id is None:
            breaches.append(f"concession {one.id}: nobody agreed")
        before[one.line_id] += one.amount
    return verdict("large sums after the stay were agreed by two", f"{len(given)} given", breaches)
