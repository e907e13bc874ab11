"""What the public pages reckon with: the shortcuts to near nights, and a small map. Plain values only."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TypeVar

from app.core.dates import Nights
from app.villages.rules import TEMPLE, Place

T = TypeVar("T")

FRIDAY, SATURDAY, SUNDAY = 4, 5, 6


def tonight(today: date) -> Nights:
    """The one night that begins today."""
    return Nights(today, today + timedelta(days=1))


def weekend(today: date) -> Nights:
    """The coming Friday to Sunday; from Saturday to Sunday when today is Saturday."""
    if today.weekday() == SATURDAY:
        return tonight(today)
    friday = today + timedelta(days=(FRIDAY - today.weekday()) % 7)
    return Nights(friday, friday + timedelta(days=2))


def next_week(today: date) -> Nights:
    """Two nights from the coming Monday on: the quiet days."""
    monday = today + timedelta(days=7 - today.weekday())
    return Nights(monday, monday + timedelta(days=2))


VILLAGES = 20
"""So many take turns."""

ASIDE = 7
"""Houses and products are shown in turn as well; with packages other villages come first, so that more of them do."""


def in_turn(
    things: Iterable[T], village_of: Callable[[T], int], number_of: Callable[[T], int], day: date
) -> list[T]:
    """One thing of each village, then the second of each; which begins, and with what, changes from day to day."""
    of_village: dict[int, list[T]] = defaultdict(list)
    for thing in sorted(
        things, key=lambda one: ((number_of(one) + day.toordinal()) % VILLAGES, number_of(one))
    ):
        of_village[village_of(thing)].append(thing)
    order = sorted(of_village, key=lambda village: ((village + day.toordinal() + ASIDE) % VILLAGES, village))
    most = max(map(len, of_village.values()), default=0)
    return [of_village[key][place] for place in range(most) for key in order if place < len(of_village[key])]


MAP_WIDTH, MAP_HEIGHT, MAP_EDGE = 360, 300, 26


@dataclass(frozen=True)
class MapPoint:
    """A place on the small map, in its units."""

    name: str
    slug: str | None
    x: float
    y: float


def map_points(places: Iterable[tuple[str, str, Place]]) -> list[MapPoint]:
    """The villages (slug, name, place) and, last, the temple, drawn to scale with north on top."""
    named: list[tuple[str | None, str, Place]] = [*places, (None, "", TEMPLE)]
    west, east = _range(place.longitude for _slug, _name, place in named)
    south, north = _range(place.latitude for _slug, _name, place in named)
    width, height = MAP_WIDTH - 2 * MAP_EDGE, MAP_HEIGHT - 2 * MAP_EDGE
    # So near the equator a degree is as long either way, so one scale serves for both.
    scale = min(width / (east - west), height / (north - south))
    left = (MAP_WIDTH - scale * (east - west)) / 2
    top = (MAP_HEIGHT - scale * (north - south)) / 2
    return [
        MapPoint(
            name,
            slug,
            round(left + (place.longitude - west) * scale, 1),
            round(top + (north - place.latitude) * scale, 1),
        )
        for slug, name, place in named
    ]


def _range(values: Iterable[float]) -> tuple[float, float]:
    known = list(values)
    low, high = min(known), max(known)
    return (low, high) if high > low else (low - 0.01, high + 0.01)
