"""Who comes along on departures, as guide and desk need it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, Select, and_, case, func, or_, select
from sqlalchemy.orm import contains_eager, selectinload

from app.bookings.models import Booking, BookingLine, CheckIn
from app.bookings.queries.bookings import reads_as
from app.bookings.rules import BookingState
from app.core.counters import Counter
from app.core.db import db
from app.core.errors import NotFound
from app.core.words import gettext as _
from app.tours.models import Departure, Package
from app.tours.rules import DepartureState
from app.users.rules import Scope

COMING = (BookingState.CONFIRMED, BookingState.COMPLETED, BookingState.NO_SHOW, BookingState.HELD)


@dataclass(frozen=True)
class Running:
    """A departure: how many people come for certain, how many are only kept a place, how many were let in, and how
    many units it has.
    """

    departure: Departure
    certain: int
    kept: int
    let_in: int
    capacity: int

    @property
    def is_joined(self) -> bool:
        """Whether anybody comes, or may come."""
        return bool(self.certain or self.kept)


@dataclass(frozen=True)
class Joining:
    """One party of a departure."""

    booking: Booking
    line: BookingLine

    @property
    def is_certain(self) -> bool:
        """Whether it is paid or vouched for; else it is only kept."""
        return self.booking.state != BookingState.HELD


def list_running(scope: Scope, start: date, end: date, *, limit: int = 200) -> list[Running]:
    """Departures from `start` up to, not including, `end` that somebody joins or may join, by their start."""
    is_certain = Booking.state.in_([state for state in COMING if state != BookingState.HELD])
    query = (
        _within(scope)
        .add_columns(_people(is_certain), _people(reads_as([BookingState.HELD])), _let_in, Counter.capacity)
        .join(Counter, Counter.id == Departure.counter_id)
        .outerjoin(BookingLine, BookingLine.departure_id == Departure.id)
        .outerjoin(Booking, Booking.id == BookingLine.booking_id)
        .outerjoin(CheckIn, CheckIn.line_id == BookingLine.id)
        .where(Departure.on >= start, Departure.on < end, Departure.state != DepartureState.CANCELLED)
        .options(selectinload(Departure.package))
        .group_by(Departure.id, Counter.capacity)
        .order_by(Departure.starts_at, Departure.id)
        .limit(limit)
    )
    return [
        Running(departure, int(certain), int(kept), int(let_in), capacity)
        for departure, certain, kept, let_in, capacity in db.session.execute(query)
    ]


_let_in: ColumnElement[int] = func.coalesce(func.sum(CheckIn.people), 0)


def _people(which: ColumnElement[bool]) -> ColumnElement[int]:
    """How many people the lines of some bookings bring along."""
    joins = and_(which, BookingLine.cancelled_at.is_(None))
    return func.coalesce(func.sum(case((joins, BookingLine.adults + BookingLine.children), else_=0)), 0)


def get_running(public_id: str, scope: Scope) -> Departure:
    """A departure within the scope, with its package. Raises NotFound."""
    query = _within(scope).options(contains_eager(Departure.package)).where(Departure.public_id == public_id)
    departure = db.session.scalars(query).one_or_none()
    if departure is None:
        raise NotFound(_("There is no such departure here."))
    return departure


def manifest_of(departure_id: int) -> list[Joining]:
    """Who joins a departure: parties that are certain or kept now, with the names of those who come."""
    query = (
        select(Booking, BookingLine)
        .join(BookingLine, BookingLine.booking_id == Booking.id)
        .options(selectinload(BookingLine.participants))
        .where(BookingLine.departure_id == departure_id, BookingLine.cancelled_at.is_(None), reads_as(COMING))
        .order_by(Booking.guest_name, Booking.id)
    )
    return [Joining(booking, line) for booking, line in db.session.execute(query)]


def _within(scope: Scope) -> Select[Departure]:
    query = select(Departure).join(Package, Package.id == Departure.package_id)
    if scope.everything:
        return query
    return query.where(or_(Package.village_id.in_(scope.villages), Package.payee_id.in_(scope.payees)))
