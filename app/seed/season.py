"""The demo season: guests book, pay, come or do not come, through the services, at the times at which they did.

The clock is moved to each event in turn, oldest first, and many events share a transaction. Run again, the season
goes on from where it stood: guests are known by their contacts, and what is paid is not paid again.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from heapq import heappop, heappush
from itertools import count

from app.bookings.services import complete_services, expire_holds
from app.core import clock
from app.core.dates import village_date, village_instant
from app.core.db import transaction
from app.homestays.queries import list_seasons, season_nights
from app.notifications.models import Channel
from app.notifications.services import mark_delivered, mark_sent_by_hand
from app.seed import season_rows as rows
from app.seed.season_acts import Acts
from app.seed.season_plans import LONGEST_LEAD, GuestPlan, blocks_of, list_plans
from app.users.rules import Role, Scope

BATCH = 50
"""Events in one transaction: whoever writes beside the seed never waits long."""

QUIET = timedelta(hours=20)
"""Messages older than this are done with; younger ones are left for the worker and the desk, as on any day."""


def _earn() -> None:
    while complete_services(limit=500) == 500:
        pass


def _expire() -> None:
    while expire_holds(limit=200) == 200:
        pass


JOBS = ((time(12, 1), _earn), (time(18, 2), _expire), (time(20, 2), _expire))
"""Nights are earned at 12:00; holds for a transfer end by 18:00, those for paying on arrival at 20:00."""


@dataclass
class Season:
    """What is still to happen, in order of time, and who does it."""

    acts: Acts
    after: datetime | None
    until: datetime
    ahead: list[tuple[datetime, int, Callable[[], None]]] = field(default_factory=list)
    turns: count[int] = field(default_factory=count)

    def at(self, when: datetime, act: Callable[[], None]) -> None:
        """Put an act in its place, if it lies in the span that is to be replayed."""
        if when <= self.until and (self.after is None or when > self.after):
            heappush(self.ahead, (when, next(self.turns), act))

    def expect_guest(self, plan: GuestPlan, known: rows.Known | None) -> None:
        """A guest will book; or has booked and goes on from there."""
        if known is None:
            self.at(plan.made_at, lambda: self._book(plan))
        else:
            self._follow(plan, known)

    def _book(self, plan: GuestPlan) -> None:
        known = self.acts.book(plan)
        if known is not None:
            self._follow(plan, known)

    def _follow(self, plan: GuestPlan, known: rows.Known) -> None:
        for when, act in (*self.acts.course_of(plan, known), *self.acts.pickups_of(plan, known)):
            self.at(when, act)

    def expect_blocks(self, day: date) -> None:
        """Hosts will take rooms off sale from this day on."""
        for block in blocks_of(day):
            self.at(block.made_at, lambda block=block: self.acts.block(block))  # type: ignore[misc]

    def expect_jobs(self) -> None:
        """On every day that is replayed the jobs pass, as the worker's do."""
        if not self.ahead:
            return
        day = village_date(min(when for when, *_rest in self.ahead))
        while day <= village_date(self.until):
            for at, job in JOBS:
                self.at(village_instant(day, at), job)
            day += timedelta(days=1)

    def play(self) -> None:
        """Let the next events happen, each at its time, in one transaction."""
        with transaction():
            for _turn in range(min(BATCH, len(self.ahead))):
                when, _number, act = heappop(self.ahead)
                with clock.shifted(when):
                    act()
                if not self.ahead:
                    break
            _clear_messages(self.acts, self.until)


def _clear_messages(acts: Acts, until: datetime) -> None:
    """What was said days ago was sent then."""
    for message_id, channel, said_at in rows.list_waiting_messages(until - QUIET):
        with clock.shifted(said_at + timedelta(minutes=2)):
            if channel == Channel.EMAIL:
                mark_delivered(message_id=message_id)
            else:
                everywhere = Scope(everything=True)
                mark_sent_by_hand(message_id=message_id, scope=everywhere, by_user_id=acts.staff())


def seed_season(*, days_past: int, days_ahead: int, people: dict[Role, int]) -> dict[str, int]:
    """Replay what has happened since the season was last seeded, or from its beginning; gives counts of what was done.

    Arrivals lie between `days_past` days ago and `days_ahead` days from now.
    """
    today = clock.today()
    first, last = (
        today - timedelta(days=days_past),
        today + timedelta(days=min(days_ahead, LONGEST_LEAD.days)),
    )
    known = rows.known_bookings()
    after = max((booking.created_at for booking in known.values()), default=None)
    acts = Acts(people=people, houses=rows.list_houses(), first=first)
    season = Season(acts=acts, after=after, until=clock.now())
    holidays = season_nights(list_seasons(village_id=None, start=first, end=last + timedelta(days=1)))
    for plan in list_plans(first, last, holidays):
        season.expect_guest(plan, known.get(plan.contact))
    for offset in range((last - first).days + 1):
        season.expect_blocks(first + timedelta(days=offset))
    season.expect_jobs()
    while season.ahead:
        season.play()
    return acts.done
