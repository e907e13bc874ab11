"""Searching towns of three sizes: one village and the whole sub-district by price, and a weekend with nothing free."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from statistics import median
from typing import Any

from app.core import clock
from app.core.db import db
from app.homestays.inventory.search import StaySearch, find_free
from bench import places, raw
from bench.places import Place
from bench.report import Figure
from bench.town import SIZES, Town, get_town

PAGE = 20
FEW = 10
"""Offers that a village of every town has."""

SAME = f"one village by price, first {FEW}"
LEAST_TIMES, MOST_TIMES, MOST_SECONDS = 5, 200, 8.0


def measure(place: Place) -> list[Figure]:
    """Every size in turn, and the largest beside the smallest."""
    given = os.environ.get("SIZES")
    sizes = [int(size) for size in given.split(",")] if given else SIZES
    figures = [figure for size in sizes for figure in _at(place, size)]
    return [*figures, *_growth(place, figures, sizes)] if len(sizes) > 1 else figures


def _growth(place: Place, figures: Sequence[Figure], sizes: Sequence[int]) -> list[Figure]:
    """What one village costs when the whole has grown: for as many offers as the smallest town has."""
    (least, *_), (most, *_) = (
        [f for f in figures if f.what == f"{n:,} rooms: {SAME}"] for n in (sizes[0], sizes[-1])
    )
    what = f"{SAME}, at {sizes[-1]:,} rooms beside {sizes[0]:,} (as `raw`)"
    kept = most.value <= 1.5 * least.value
    return [Figure("search", place.name, what, most.value, "ms", least.value, "≤ 1.5×", kept)]


def _at(place: Place, size: int) -> list[Figure]:
    places.say(f"search: {place.name}, {size:,} rooms")
    town = get_town(place, size)
    with places.app_on(town.url):
        return [
            _beside(place, f"{size:,} rooms: {what}", search, limit) for what, search, limit in searches(town)
        ]


def searches(town: Town) -> list[tuple[str, StaySearch, int | None]]:
    """What is measured: its name, what is asked for, and how many offers at the most."""
    village, price = "desa-03", "price"
    return [
        (SAME, StaySearch(town.midweek, village=village, sort=price), FEW),
        ("one village by price, first 20", StaySearch(town.midweek, village=village, sort=price), PAGE),
        (
            "one village by price, first 20, weekend",
            StaySearch(town.weekend, village=village, sort=price),
            PAGE,
        ),
        ("whole sub-district by price, first 20", StaySearch(town.weekend, sort=price), PAGE),
        ("whole sub-district by price, all of it", StaySearch(town.weekend, sort=price), None),
        ("one village, sold-out weekend", StaySearch(town.full_weekend, village=village, sort=price), PAGE),
        ("whole sub-district, sold-out weekend", StaySearch(town.full_weekend, sort=price), PAGE),
    ]


def _beside(place: Place, what: str, search: StaySearch, limit: int | None) -> Figure:
    """Both take turns, so that what else the machine does meets both alike."""
    ours, bare = list[float](), list[float]()
    found, begun = same_answers(search, limit), time.perf_counter()
    while len(ours) < LEAST_TIMES or (len(ours) < MOST_TIMES and time.perf_counter() - begun < MOST_SECONDS):
        ours.append(_seconds(lambda: find_free(search, limit=limit)))
        bare.append(_seconds(lambda: raw.find(db.session.connection(), search, clock.now(), limit)))
    value, other = median(ours) * 1000, median(bare) * 1000
    note = f"{found:,} found, {len(ours)} times"
    return Figure("search", place.name, what, value, "ms", other, "≤ 3×", value <= 3 * other, note)


def same_answers(search: StaySearch, limit: int | None) -> int:
    """How many offers both find; raises where they find different ones."""
    offers = [
        (offer.room_type.public_id, offer.homestay.slug, offer.total, offer.rooms_left, offer.units)
        for offer in find_free(search, limit=limit)
    ]
    rows = raw.find(db.session.connection(), search, clock.now(), limit)
    if offers != [(row[1], row[10], row[-1], row[-2], row[23]) for row in rows]:
        raise RuntimeError(f"raw SQL finds something else: {search}")
    return len(offers)


def _seconds(act: Callable[[], list[Any]]) -> float:
    """Of one search in a session with nothing in it and a connection at hand, as a request has it."""
    db.session.rollback()
    db.session.expunge_all()
    db.session.connection()
    begun = time.perf_counter()
    act()
    return time.perf_counter() - begun
