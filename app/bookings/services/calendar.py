"""A booking as a calendar file: one event for each thing in it, under a name that stays, so that a change is a change.

Calendar programs ask again by themselves and without a session: the file has a secret of its own, which dies with the
booking's other links.
"""

from __future__ import annotations

from datetime import datetime, time, timedelta

from icalendar import Calendar, Event

from app.bookings import queries
from app.bookings.models import Booking, BookingLine
from app.bookings.queries import Places
from app.bookings.rules import BookingState, LineKind, UnitState
from app.core import codes
from app.core.dates import VILLAGE_ZONE, village_instant
from app.core.filters import phone
from app.core.settings import settings
from app.core.words import force_locale
from app.core.words import gettext as _

LEAVE_AT = time(12, 0)
FETCHING = timedelta(hours=1)
ASK_AGAIN = timedelta(hours=6)
STATUS = {
    BookingState.REQUESTED: "TENTATIVE",
    BookingState.HELD: "TENTATIVE",
    BookingState.CONFIRMED: "CONFIRMED",
    BookingState.COMPLETED: "CONFIRMED",
    BookingState.NO_SHOW: "CONFIRMED",
}
"""What a calendar shows of a booking; everything else has ended without a stay."""


def calendar_secret(*, booking: Booking) -> str:
    """The secret of a booking's calendar file. It opens nothing else, and no other secret opens the file."""
    return codes.sign(f"calendar:{booking.code}:{booking.token_version}")


def calendar_link(*, booking: Booking) -> str:
    """The whole address of a booking's calendar file, with its secret."""
    return (
        f"{settings().base_url}/bookings/{booking.code}/calendar.ics?key={calendar_secret(booking=booking)}"
    )


def calendar_of(*, booking: Booking) -> bytes:
    """The calendar file in the guest's language, in village time with its zone written along."""
    places, history = queries.places_of(booking), queries.history_of(booking)
    with force_locale(booking.language):
        file = Calendar()
        file.add("prodid", f"-//{settings().site_name}//{booking.language.upper()}")
        file.add("version", "2.0")
        file.add("method", "PUBLISH")
        file.calendar_name = _("Booking %(code)s", code=booking.code)
        file.add("refresh-interval", ASK_AGAIN)
        file.add("x-published-ttl", "PT6H")
        for line in booking.lines:
            if line.id in booking.replaced:
                continue  # the line in whose place it came has its name
            file.add_component(_event(booking, line, places, history))
    file.add_missing_timezones()
    return bytes(file.to_ical())


def _event(booking: Booking, line: BookingLine, places: Places, history: queries.History) -> Event:
    begins, ends = _times(line, places)
    event = Event()
    event.add("uid", f"{booking.code}-{_first_position(booking, line)}@{_host()}")
    event.add("summary", _title(line))
    event.add("dtstart", begins.astimezone(VILLAGE_ZONE))
    event.add("dtend", ends.astimezone(VILLAGE_ZONE))
    event.add("location", _where(line, places))
    event.add("description", _description(booking, line, places))
    event.add("url", f"{settings().base_url}/bookings/{booking.code}")
    event.add("status", "CANCELLED" if _is_over(line) else STATUS.get(booking.state_now, "CANCELLED"))
    # A program that has a higher number keeps what it has: the number only grows.
    event.add("sequence", history.acts)
    event.add("dtstamp", history.last_at)
    event.add("last-modified", history.last_at)
    event.add("created", booking.created_at)
    event.add("transp", "OPAQUE" if line.kind == LineKind.PACKAGE else "TRANSPARENT")
    return event


def _first_position(booking: Booking, line: BookingLine) -> int:
    """The place of the line as it was sold first: whatever dates it has by now, it is the same thing in a calendar."""
    by_id = {one.id: one for one in booking.lines}
    while line.replaces_id is not None:
        line = by_id[line.replaces_id]
    return line.position


def _is_over(line: BookingLine) -> bool:
    """Whether the whole line was cancelled: nothing of it is to come, and nothing was slept."""
    return all(unit.state in {UnitState.CANCELLED, UnitState.KEPT} for unit in line.units)


def _times(line: BookingLine, places: Places) -> tuple[datetime, datetime]:
    if line.kind == LineKind.STAY:
        return line.starts_at, village_instant(line.departure, LEAVE_AT)
    if run := places.departures.get(line.departure_id or 0):
        return run.starts_at, run.ends_at
    return line.starts_at, line.starts_at + FETCHING


def _title(line: BookingLine) -> str:
    if line.kind == LineKind.STAY:
        return _("Stay: %(house)s", house=line.title)
    return _("Pick up: %(product)s", product=line.title) if line.kind == LineKind.PRODUCT else line.title


def _where(line: BookingLine, places: Places) -> str:
    if run := places.departures.get(line.departure_id or 0):
        return f"{run.package.meeting}, {line.village.name}"
    if pickup := places.pickups.get(line.stock_id or 0):
        return f"Balkondes {pickup.name}"
    return f"{line.title}, {line.village.name}, Borobudur"


def _description(booking: Booking, line: BookingLine, places: Places) -> str:
    run, village = places.departures.get(line.departure_id or 0), places.pickups.get(line.stock_id or 0)
    desk = (village or line.village).desk_phone
    parts = [
        line.detail,
        _("Booking code: %(code)s", code=booking.code),
        _("Bring along: %(things)s", things=run.package.bring) if run and run.package.bring else None,
        _("Desk: %(phone)s", phone=phone(desk)) if desk else None,
    ]
    return "\n".join(part for part in parts if part)


def _host() -> str:
    return settings().base_url.partition("://")[2].partition("/")[0]
