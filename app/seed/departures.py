"""When the sample packages set out: by the pattern of their week, for the days gone by and two months ahead.

Run again, the days that have come into sight are added. What is there stays as its guides left it, also cancelled.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, nullcontext
from datetime import date, datetime, time, timedelta

from app.core import clock
from app.core.dates import VILLAGE_ZONE, village_instant
from app.core.db import transaction
from app.seed.packages import PackagePlan, plan_packages
from app.tours import queries, services
from app.tours.rules import MOST_WEEKS
from app.villages.rules import PublicationState

DAYS_AHEAD = 60
PLANNED_BEFORE = timedelta(days=3)
"""Guides say at least so long before when they set out, so that there was time to book."""

FRIDAY = 5
PAUSE = (time(11, 30), time(13, 0))
"""Friday prayer: nobody is on the way then."""

WEEK = timedelta(weeks=1)


def starts_of(plan: PackagePlan, first: date, last: date) -> list[datetime]:
    """When a package sets out from `first` to `last`, both included, in order; the pause on Fridays is kept free."""
    days = [first + timedelta(days=offset) for offset in range((last - first).days + 1)]
    minutes = timedelta(minutes=plan.limits.duration_minutes)
    return sorted(
        village_instant(day, run.at)
        for day in days
        for run in plan.runs
        if day.isoweekday() in run.weekdays and not _meets_pause(day, run.at, minutes)
    )


def _meets_pause(day: date, at: time, minutes: timedelta) -> bool:
    if day.isoweekday() != FRIDAY:
        return False
    starts_at = village_instant(day, at)
    return starts_at < village_instant(day, PAUSE[1]) and starts_at + minutes > village_instant(day, PAUSE[0])


def in_series(starts: Iterable[datetime]) -> Iterator[tuple[datetime, int]]:
    """Instants as weekly series: the first of each, and over how many weeks it goes without a gap."""
    left = set(starts)
    for start in sorted(left):
        if start not in left:
            continue
        weeks = 1
        while weeks < MOST_WEEKS and start + weeks * WEEK in left:
            weeks += 1
        left -= {start + week * WEEK for week in range(weeks)}
        yield start, weeks


def seed_departures(*, days_past: int) -> int:
    """Add the departures that are missing from `days_past` days ago to two months from now; gives how many."""
    today = clock.today()
    first, last = today - timedelta(days=days_past), today + timedelta(days=DAYS_AHEAD)
    added = 0
    for plan in plan_packages():
        with transaction():
            package = queries.find_package(plan.slug)
            if package is None or package.state != PublicationState.PUBLISHED:
                continue
            there = queries.list_departures(package.id, first, last + timedelta(days=1))
            missing = set(starts_of(plan, first, last)) - {departure.starts_at for departure in there}
            for start, weeks in in_series(missing):
                added += _add(package.id, start, weeks, plan.seats)
    return added


def _add(package_id: int, start: datetime, weeks: int, seats: int) -> int:
    local = start.astimezone(VILLAGE_ZONE)
    with _planned(local.date()):
        series = services.add_series(
            package_id=package_id, on=local.date(), at=local.time(), seats=seats, weeks=weeks
        )
    return len(series.added)


def _planned(first: date) -> AbstractContextManager[object]:
    """The time at which a series was planned: now, or for days that are near or over a few days before its first."""
    planned_at = village_instant(first, time(0)) - PLANNED_BEFORE
    return clock.shifted(planned_at) if planned_at < clock.now() else nullcontext()
