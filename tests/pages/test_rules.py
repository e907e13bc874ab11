"""Shortcuts to near nights, and the small map."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from app.core.dates import Nights
from app.pages.rules import MAP_HEIGHT, MAP_WIDTH, in_turn, map_points, next_week, tonight, weekend
from app.villages.rules import Place

MONDAY = date(2027, 5, 3)


@pytest.mark.parametrize("offset", range(14))
def test_near_nights_are_never_in_the_past(offset: int) -> None:
    today = MONDAY + timedelta(days=offset)
    assert tonight(today) == Nights(today, today + timedelta(days=1))
    assert weekend(today).arrival >= today
    assert weekend(today).departure.weekday() == 6
    assert next_week(today).arrival.weekday() == 0
    assert next_week(today).arrival > today


def test_the_weekend_is_this_one_until_saturday_night() -> None:
    assert weekend(MONDAY) == Nights(date(2027, 5, 7), date(2027, 5, 9))
    assert weekend(date(2027, 5, 8)) == Nights(date(2027, 5, 8), date(2027, 5, 9))
    assert weekend(date(2027, 5, 9)) == Nights(date(2027, 5, 14), date(2027, 5, 16))


def test_the_map_has_north_on_top_and_everything_on_it() -> None:
    places = [
        ("lor", "Lor", Place(-7.55, 110.2)),
        ("kidul", "Kidul", Place(-7.65, 110.2)),
        ("w", "W", Place(-7.6, 110.3)),
    ]
    north, south, east, temple = map_points(places)
    assert north.y < temple.y < south.y
    assert north.x == south.x < east.x
    assert temple.slug is None
    assert all(0 < p.x < MAP_WIDTH and 0 < p.y < MAP_HEIGHT for p in (north, south, east, temple))


def test_the_map_of_one_place_at_the_temple_does_not_divide_by_nothing() -> None:
    assert len(map_points([("x", "X", Place(-7.608, 110.204))])) == 2


def test_every_village_comes_to_stand_first_and_none_twice_before_all() -> None:
    things = [(village, number) for village in range(1, 5) for number in range(1, 4)]
    first = set()
    for offset in range(20):
        day = MONDAY + timedelta(days=offset)
        order = in_turn(things, lambda one: one[0], lambda one: one[1], day)
        assert sorted(order) == things
        assert {village for village, _number in order[:4]} == {1, 2, 3, 4}
        first.add(order[0])
    assert {village for village, _number in first} == {1, 2, 3, 4}
    assert {number for _village, number in first} == {1, 2, 3}
