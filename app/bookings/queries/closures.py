"""Periods that are closed by one decision: what lies in them, and what is still to be done."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import ColumnElement, and_, exists, false, or_, select
from sqlalchemy.orm import contains_eager, selectinload

from app.bookings.models import Booking, BookingLine, Closure, ClosureLine, ClosurePlace
from app.bookings.queries.bookings import reads_as
from app.bookings.rules import BookingState, ClosureState
from app.core import clock
from app.core.dates import Nights
from app.core.db import db
from app.core.errors import NotFound
from app.core.words import gettext as _
from app.homestays.models import Homestay
from app.tours.models import Departure, Package
from app.tours.rules import DepartureState
from app.users.rules import Scope


def get_closure(closure_id: int, scope: Scope) -> Closure:
    """A closure of which every place lies within the scope. Raises NotFound."""
    closure = db.session.get(Closure, closure_id)
    if closure is None or not reaches_closure(scope, closure):
        raise NotFound(_("There is no such closing here."))
    return closure


def reaches_closure(scope: Scope, closure: Closure) -> bool:
    """Whether every place of a closure lies within the scope."""
    return all(scope.has_village(place.village_id) for place in closure.places)


def lock_closure(closure_id: int) -> Closure:
    """A closure, locked until the transaction ends. Raises NotFound."""
    query = select(Closure).where(Closure.id == closure_id).with_for_update(of=Closure)
    closure = db.session.scalars(query.execution_options(populate_existing=True)).one_or_none()
    if closure is None:
        raise NotFound(_("There is no such closing here."))
    return closure


def list_closures(scope: Scope, *, limit: int = 50) -> list[Closure]:
    """Closures within the scope, newest first."""
    query = select(Closure)
    if not scope.everything:
        mine = and_(ClosurePlace.closure_id == Closure.id, ClosurePlace.village_id.in_(scope.villages))
        query = query.where(exists().where(mine))
    found = db.session.scalars(query.order_by(Closure.id.desc()).limit(limit))
    return [closure for closure in found if reaches_closure(scope, closure)]


def list_running_closures() -> list[int]:
    """Closures that were decided and are not done, oldest first."""
    query = select(Closure.id).where(Closure.state == ClosureState.RUNNING)
    return list(db.session.scalars(query.order_by(Closure.id)))


def nights_of(closure: Closure) -> Nights | None:
    """The nights of a closure that have not passed; None where all have."""
    first = max(closure.starts_on, clock.today())
    return Nights(first, closure.ends_on) if first < closure.ends_on else None


def list_houses_in(closure: Closure) -> list[Homestay]:
    """The houses that a closure closes, with their rooms, by number."""
    if not closure.stays:
        return []
    houses = {place.homestay_id for place in closure.places if place.homestay_id}
    villages = _whole_villages(closure)
    query = select(Homestay).where(or_(Homestay.id.in_(houses), Homestay.village_id.in_(villages)))
    return list(db.session.scalars(query.options(selectinload(Homestay.rooms)).order_by(Homestay.id)))


def list_departures_in(closure: Closure) -> list[Departure]:
    """The departures that a closure cancels and that have not begun, in the order of their counters."""
    if not closure.packages:
        return []
    named = {place.departure_id for place in closure.places if place.departure_id}
    in_days = and_(Departure.on >= closure.starts_on, Departure.on < closure.ends_on)
    query = (
        select(Departure)
        .join(Departure.package)
        .options(contains_eager(Departure.package))
        .where(
            or_(Departure.id.in_(named), and_(Package.village_id.in_(_whole_villages(closure)), in_days)),
            Departure.starts_at > clock.now(),
            Departure.state != DepartureState.CANCELLED,
        )
    )
    # Whoever takes several counters takes them in this order.
    return list(db.session.scalars(query.order_by(Departure.counter_id)))


def _whole_villages(closure: Closure) -> set[int]:
    return {
        place.village_id
        for place in closure.places
        if place.homestay_id is None and place.departure_id is None
    }


def list_lines_to_close(closure: Closure) -> list[tuple[Booking, list[BookingLine]]]:
    """Bookings with the lines of theirs that a closure has still to deal with, by number, whole."""
    query = (
        select(Booking)
        .join(BookingLine, BookingLine.booking_id == Booking.id)
        .where(_is_to_close(closure))
        .options(selectinload(Booking.lines).selectinload(BookingLine.units))
        .distinct()
        .order_by(Booking.id)
    )
    bookings = db.session.scalars(query).all()
    ids = set(
        db.session.scalars(
            select(BookingLine.id)
            .join(Booking, Booking.id == BookingLine.booking_id)
            .where(_is_to_close(closure))
        )
    )
    return [(booking, [line for line in booking.lines if line.id in ids]) for booking in bookings]


def next_to_close(closure: Closure) -> tuple[str, list[int]] | None:
    """The next booking that a closure has to deal with: its code and lines; None when all is done."""
    query = (
        select(Booking.code, BookingLine.id)
        .join(BookingLine, BookingLine.booking_id == Booking.id)
        .where(_is_to_close(closure))
        .order_by(Booking.id, BookingLine.position)
    )
    rows = db.session.execute(query).all()
    return (rows[0].code, [row.id for row in rows if row.code == rows[0].code]) if rows else None


def _is_to_close(closure: Closure) -> ColumnElement[bool]:
    """Whether a line of a living booking lies in the period, and was not dealt with."""
    nights = nights_of(closure)
    houses = [house.id for house in list_houses_in(closure)]
    in_nights = (
        false()
        if nights is None
        else and_(
            BookingLine.homestay_id.in_(houses),
            BookingLine.arrival < nights.departure,
            BookingLine.departure > nights.arrival,
        )
    )
    departures = [departure.id for departure in list_departures_in(closure)]
    done = exists().where(ClosureLine.closure_id == closure.id, ClosureLine.line_id == BookingLine.id)
    return and_(
        reads_as([BookingState.HELD, BookingState.CONFIRMED]),
        BookingLine.cancelled_at.is_(None),
        or_(in_nights, BookingLine.departure_id.in_(departures)),
        ~done,
    )


def list_lines_closed(closure_id: int) -> Sequence[tuple[ClosureLine, BookingLine, Booking]]:
    """What a closure did, line by line, in the order in which it was done."""
    query = (
        select(ClosureLine, BookingLine, Booking)
        .join(BookingLine, BookingLine.id == ClosureLine.line_id)
        .join(Booking, Booking.id == BookingLine.booking_id)
        .where(ClosureLine.closure_id == closure_id)
        .order_by(ClosureLine.at, Booking.id, BookingLine.position)
    )
    return [(row[0], row[1], row[2]) for row in db.session.execute(query)]


def first_to_end(closure: Closure, line: BookingLine) -> Nights:
    """From which night on a closure ends a stay: all of one that has not begun, else from the period on."""
    today = clock.today()
    first = line.arrival if line.arrival > today else max(line.arrival, today, closure.starts_on)
    return Nights(first, max(line.departure, first + timedelta(days=1)))
