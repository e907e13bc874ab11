"""Taken nights as bars from arrival to departure, and as a list of one day."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from app.core.words import gettext as _
from app.homestays.models import Homestay, Room
from app.homestays.queries import TakenNight
from app.homestays.rules import NightState

DAYS = 28


@dataclass(frozen=True)
class Bar:
    """Consecutive nights of one room for one reason, as the timeline macro draws them."""

    arrival: date
    departure: date
    state: str
    title: str
    text: str
    url: str | None


@dataclass(frozen=True)
class Row:
    """A room with its bars."""

    name: str
    note: str
    bars: list[Bar]


@dataclass
class Day:
    """One night of a house: who has which room."""

    guests: list[tuple[Room, TakenNight]] = field(default_factory=list)
    waiting: list[tuple[Room, TakenNight]] = field(default_factory=list)
    closed: list[tuple[Room, TakenNight]] = field(default_factory=list)
    free: list[Room] = field(default_factory=list)

    def reads_like(self, other: Day) -> bool:
        """Whether both nights are told in the same words."""
        return self._words() == other._words()

    def _words(self) -> list[tuple[int, str, str | None, str | None]]:
        taken = [*self.guests, *self.waiting, *self.closed]
        return [(room.id, night.state.value, night.code, night.note) for room, night in taken]


def window_from(text: str | None, chosen: date | None, today: date) -> date:
    """The Monday with which the four weeks begin: of the day asked for, else of the one in the form, else of today."""
    try:
        day = date.fromisoformat(text) if text else chosen or today
    except ValueError:
        day = today
    earliest, latest = today - timedelta(days=730), today + timedelta(days=730)
    day = min(max(day, earliest), latest)
    return day - timedelta(days=day.weekday())


def days_of(start: date) -> list[date]:
    """The days of the window."""
    return [start + timedelta(days=n) for n in range(DAYS)]


def rows_of(homestay: Homestay, taken: Sequence[TakenNight], today: date, *, with_links: bool) -> list[Row]:
    """Each room of the house with its bars."""
    return [
        Row(
            room.name,
            _("sleeps %(num)d", num=room.sleeps),
            [_bar(run, today, with_links) for run in _runs([one for one in taken if one.room_id == room.id])],
        )
        for room in homestay.rooms
    ]


def today_of(homestay: Homestay, taken: Sequence[TakenNight], day: date) -> Day:
    """Who has which room on the night that begins on this day."""
    by_room = {one.room_id: one for one in taken if one.night == day}
    found = Day()
    lists = {NightState.SOLD: found.guests, NightState.HELD: found.waiting, NightState.BLOCKED: found.closed}
    for room in homestay.rooms:
        if (one := by_room.get(room.id)) is None:
            found.free.append(room)
        else:
            lists[one.state].append((room, one))
    return found


@dataclass(frozen=True)
class Span:
    """Nights in a row on which the same rooms are taken for the same reasons."""

    first: date
    last: date
    day: Day


def spans_of(homestay: Homestay, taken: Sequence[TakenNight], days: Sequence[date]) -> list[Span]:
    """The days as a list to read, equal ones drawn together."""
    spans: list[Span] = []
    for night in days:
        day = today_of(homestay, taken, night)
        if spans and spans[-1].day.reads_like(day):
            spans[-1] = Span(spans[-1].first, night, day)
        else:
            spans.append(Span(night, night, day))
    return spans


def _runs(nights: Sequence[TakenNight]) -> list[list[TakenNight]]:
    """Nights of one room, in order, cut where a night is missing or the reason changes."""
    runs: list[list[TakenNight]] = []
    for night in nights:
        last = runs[-1][-1] if runs else None
        if last is not None and _goes_on(last, night):
            runs[-1].append(night)
        else:
            runs.append([night])
    return runs


def _goes_on(last: TakenNight, night: TakenNight) -> bool:
    same = (last.state, last.line_id, last.note) == (night.state, night.line_id, night.note)
    return same and night.night - last.night == timedelta(days=1)


def _bar(run: Sequence[TakenNight], today: date, with_links: bool) -> Bar:
    first, arrival, departure = run[0], run[0].night, run[-1].night + timedelta(days=1)
    if first.state == NightState.BLOCKED:
        return Bar(arrival, departure, "blocked", first.note or _("Closed"), "", None)
    state, text = _state_of(first.state, arrival, departure, today)
    url = f"/manage/bookings/{first.code}" if first.code and with_links else None
    return Bar(arrival, departure, state, first.code or "", text, url)


def _state_of(state: NightState, arrival: date, departure: date, today: date) -> tuple[str, str]:
    if state == NightState.HELD:
        return "held", _("waiting for payment")
    if departure <= today:
        return "completed", _("gone home")
    return ("at_home", _("at home")) if arrival <= today else ("confirmed", _("certain"))
