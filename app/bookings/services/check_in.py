"""Guests at the meeting point: shown who they are by a ticket or a code, and let in once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from app.bookings import queries
from app.bookings.models import Booking, BookingLine, CheckIn
from app.bookings.queries import Doors
from app.bookings.rules import (
    LIVE,
    BookingState,
    CheckInWay,
    LineKind,
    Obstacle,
    Ticket,
    UnitState,
    is_its_day,
)
from app.bookings.services.ticket import open_ticket
from app.core import audit, clock
from app.core.db import db
from app.core.errors import NotFound, WrongState
from app.core.filters import date_time
from app.core.words import gettext as _
from app.tours.models import Departure
from app.tours.rules import DepartureState


@dataclass(frozen=True)
class Entrance:
    """A line that somebody shows a ticket or a code for; `obstacle` says why it opens nothing, None where it does."""

    booking: Booking
    line: BookingLine
    obstacle: str | None


def find_entrances(*, shown: str, doors: Doors) -> list[Entrance]:
    """What a scanned ticket or a typed booking code stands for at these doors. Changes nothing.

    Raises Invalid for a false ticket, NotFound where it is for other doors; a true ticket is told which.
    """
    ticket = open_ticket(text=shown)
    booking = queries.find_booking(ticket.code if ticket else shown)
    if booking is None:
        raise _nothing_here()
    lines = queries.lines_at(booking, doors)
    if ticket is not None:
        lines = [_line_of(ticket, booking, lines)]
    if not lines:
        raise _nothing_here()
    runs = queries.departures_of(booking)
    return [
        Entrance(booking, line, _why_not(booking, line, runs.get(line.departure_id or 0), ticket))
        for line in lines
    ]


def let_in(
    *, code: str, position: int, shown: str | None, doors: Doors, by_user_id: int
) -> tuple[CheckIn, bool]:
    """The guests of a package's line are here: how they were let in, and whether that was now. Twice changes nothing.

    `shown` is the ticket that was scanned, None where the code was typed. Raises NotFound where the line is not at
    these doors, Invalid for a false ticket, WrongState where it opens nothing.
    """
    ticket = open_ticket(text=shown) if shown else None
    booking = queries.lock_booking(code)
    line = next((one for one in queries.lines_at(booking, doors) if one.position == position), None)
    if line is None or line.kind != LineKind.PACKAGE or (ticket and not _is_of(ticket, line, booking)):
        raise _nothing_here()
    if (known := queries.find_check_in(line.id)) is not None:
        return known, False
    run = queries.departures_of(booking).get(line.departure_id or 0)
    if why_not := _why_not(booking, line, run, ticket):
        raise WrongState(why_not)
    way = CheckInWay.SCAN if ticket else CheckInWay.CODE
    made = write_check_in(booking=booking, line=line, at=clock.now(), way=way, by_user_id=by_user_id)
    return made, True


def write_check_in(
    *,
    booking: Booking,
    line: BookingLine,
    at: datetime,
    way: CheckInWay,
    by_user_id: int,
    **details: str | bool,
) -> CheckIn:
    """Write down that the guests of a line, whose booking is locked, were let in, and who says so."""
    people = line.adults + line.children
    made = CheckIn(line_id=line.id, at=at, by_user_id=by_user_id, way=way, people=people)
    db.session.add(made)
    audit.record(
        action="guests:let_in",
        subject=booking.reference,
        user_id=by_user_id,
        reason=line.title,
        line=line.position,
        people=people,
        way=way.value,
        **details,
    )
    return made


def _line_of(ticket: Ticket, booking: Booking, lines: Sequence[BookingLine]) -> BookingLine:
    """The line of a ticket, which must be among the doors' own."""
    line = line_of_ticket(ticket=ticket, booking=booking)
    if line is None or line.kind == LineKind.STAY:
        raise _nothing_here()
    if line not in lines:
        raise NotFound(
            _(
                "A true ticket, but not for here: it is for %(title)s in %(village)s.",
                title=line.title,
                village=line.village.name,
            )
        )
    return line


def line_of_ticket(*, ticket: Ticket, booking: Booking) -> BookingLine | None:
    """What a ticket stands for: its line, or the one in whose place that came when its guest changed dates; None where
    the booking has none.
    """
    line = next((one for one in booking.lines if one.position == ticket.position), None)
    while line is not None and line.id in booking.replaced:
        line = next(one for one in booking.lines if one.replaces_id == line.id)
    return line


def _is_of(ticket: Ticket, line: BookingLine, booking: Booking) -> bool:
    return ticket.code == booking.code and line_of_ticket(ticket=ticket, booking=booking) is line


def _why_not(booking: Booking, line: BookingLine, run: Departure | None, ticket: Ticket | None) -> str | None:
    found = obstacle_of(booking=booking, line=line, run=run, ticket=ticket, at=clock.now())
    return found and obstacle_words(obstacle=found, starts_at=run.starts_at if run else line.starts_at)


def obstacle_of(
    *, booking: Booking, line: BookingLine, run: Departure | None, ticket: Ticket | None, at: datetime
) -> Obstacle | None:
    """Why a line opens nothing at a time; None where it does. `run` is its departure, `ticket` what was scanned."""
    if over := _why_over(booking, line, run):
        return over
    if booking.state_now == BookingState.HELD:
        return Obstacle.NOT_PAID
    if ticket is not None and ticket.version != booking.token_version:
        return Obstacle.OLD_TICKET
    if run is not None and not is_its_day(run.starts_at, at):
        return Obstacle.OTHER_DAY
    return None


def obstacle_words(*, obstacle: Obstacle, starts_at: datetime | None = None) -> str:
    """Why something opens nothing, for whoever stands at the door; with when it begins, where that is told."""
    begins = _("Not today: it begins %(time)s.", time=date_time(starts_at)) if starts_at else None
    return {
        Obstacle.FALSE: _("This ticket was not made here, or it was not read whole."),
        Obstacle.UNKNOWN: _("There is nothing to let in or to hand over under this code here."),
        Obstacle.OTHER_DOOR: _("A true ticket, but not for here."),
        Obstacle.CANCELLED: _("This was cancelled."),
        Obstacle.DEPARTURE_CANCELLED: _("This departure was cancelled."),
        Obstacle.RAN_OUT: _("This booking was never paid, and its time ran out."),
        Obstacle.NOT_PAID: _("This booking is not paid. The place is only kept."),
        Obstacle.OLD_TICKET: _(
            "This ticket is an old one: the guest has a new link. Ask for that, or type the booking code."
        ),
        Obstacle.OTHER_DAY: begins or _("This was not its day."),
    }[obstacle]


def _why_over(booking: Booking, line: BookingLine, run: Departure | None) -> Obstacle | None:
    if line.ready_at is not None:
        return None  # put aside is the guest's, whatever has become of the rest
    if booking.state == BookingState.CANCELLED or all(
        unit.state in {UnitState.CANCELLED, UnitState.KEPT} for unit in line.units
    ):
        return Obstacle.CANCELLED
    if run is not None and run.state == DepartureState.CANCELLED:
        return Obstacle.DEPARTURE_CANCELLED
    if booking.state not in LIVE and booking.state_now != BookingState.HELD:
        return Obstacle.RAN_OUT
    return None


def _nothing_here() -> NotFound:
    return NotFound(_("There is nothing to let in or to hand over under this code here."))
