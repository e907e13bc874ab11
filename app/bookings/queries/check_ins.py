"""Who was let in, and whether a line may be seen by whoever stands at the door."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import select

from app.bookings.models import Booking, BookingLine, CheckIn
from app.bookings.queries.pickups import reaches_pickup
from app.bookings.rules import LineKind
from app.core.db import db
from app.tours.models import Departure
from app.tours.queries import departures_by_ids
from app.users.models import User
from app.users.rules import Scope


@dataclass(frozen=True)
class Doors:
    """How far a person reaches: departures whose guests they let in, and places where they hand products over."""

    departures: Scope
    pickups: Scope


@dataclass(frozen=True)
class LetIn:
    """Guests who were let in, and by whom."""

    check_in: CheckIn
    by: str


def find_check_in(line_id: int) -> CheckIn | None:
    """How the guests of a line were let in; None while they were not."""
    return db.session.scalars(select(CheckIn).where(CheckIn.line_id == line_id)).one_or_none()


def let_in_by_line(line_ids: Collection[int]) -> dict[int, LetIn]:
    """Who of these lines was let in, by line."""
    query = select(CheckIn, User.name).join(User, User.id == CheckIn.by_user_id)
    rows = db.session.execute(query.where(CheckIn.line_id.in_(line_ids)))
    return {check_in.line_id: LetIn(check_in, name) for check_in, name in rows}


def departures_of(booking: Booking) -> dict[int, Departure]:
    """The departures of a booking's lines, by number."""
    ids = {line.departure_id for line in booking.lines if line.departure_id}
    return departures_by_ids(ids) if ids else {}


def lines_at(booking: Booking, doors: Doors) -> Sequence[BookingLine]:
    """The packages and products of a booking that these doors are for."""
    runs = departures_of(booking)
    return [line for line in booking.lines if _is_at(line, runs.get(line.departure_id or 0), doors)]


def _is_at(line: BookingLine, run: Departure | None, doors: Doors) -> bool:
    if line.kind == LineKind.PRODUCT:
        return reaches_pickup(line, doors.pickups)
    return run is not None and doors.departures.has_payee(run.package.payee_id, run.package.village_id)
