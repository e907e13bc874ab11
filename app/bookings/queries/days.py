"""Who comes, who is at home and who leaves on a day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import and_, or_, select

from app.bookings.models import Booking, BookingLine
from app.bookings.queries.bookings import reads_as, whole_bookings
from app.bookings.rules import BookingState, LineKind, Plan
from app.core.db import db
from app.users.rules import Scope


@dataclass(frozen=True)
class Visit:
    """One part of a booking: somebody in one house from a day to a day."""

    booking: Booking
    line: BookingLine


@dataclass(frozen=True)
class Day:
    """The visits of a day within a scope, each in one list only."""

    arriving: tuple[Visit, ...]
    at_home: tuple[Visit, ...]
    leaving: tuple[Visit, ...]

    @property
    def is_quiet(self) -> bool:
        """Whether nobody comes, stays or leaves."""
        return not (self.arriving or self.at_home or self.leaving)


def day_of(scope: Scope, day: date) -> Day:
    """Certain guests, and those who are to pay at the door when they arrive on that day, by house."""
    certain = reads_as([BookingState.CONFIRMED, BookingState.COMPLETED])
    at_door = and_(reads_as([BookingState.HELD]), Booking.plan == Plan.ON_ARRIVAL, BookingLine.arrival == day)
    query = (
        select(BookingLine.id)
        .join(Booking, Booking.id == BookingLine.booking_id)
        .where(
            BookingLine.kind == LineKind.STAY,
            BookingLine.cancelled_at.is_(None),
            BookingLine.arrival < day + timedelta(days=1),
            BookingLine.departure >= day,
            or_(certain, at_door),
        )
    )
    if not scope.everything:
        query = query.where(
            or_(BookingLine.village_id.in_(scope.villages), BookingLine.payee_id.in_(scope.payees))
        )
    return _sorted(set(db.session.scalars(query)), day)


def _sorted(line_ids: set[int], day: date) -> Day:
    ids = select(BookingLine.booking_id).where(BookingLine.id.in_(line_ids))
    bookings = db.session.scalars(whole_bookings().where(Booking.id.in_(ids))).all()
    visits = [Visit(booking, line) for booking in bookings for line in booking.lines if line.id in line_ids]
    visits.sort(key=lambda visit: (visit.line.village.name, visit.line.title, visit.booking.id))
    return Day(
        arriving=tuple(visit for visit in visits if visit.line.arrival == day),
        at_home=tuple(visit for visit in visits if visit.line.arrival < day < visit.line.departure),
        leaving=tuple(visit for visit in visits if visit.line.departure == day),
    )
