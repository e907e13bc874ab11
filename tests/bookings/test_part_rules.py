"""What stays of a line when a part is given up: plain values, drawn and written out."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.bookings.rules import (
    LineKind,
    PartFault,
    Rest,
    Shape,
    UnitPlace,
    fault_of_rest,
    kept_by_terms,
    places_that_go,
    rest_of,
)
from app.villages.rules import Keeps

FIRST = date(2027, 5, 3)
DAY = timedelta(days=1)
NOW = Shape(FIRST, FIRST + 3 * DAY, 2, 3, 1)
STAY, PACKAGE, PRODUCT = LineKind.STAY, LineKind.PACKAGE, LineKind.PRODUCT


def test_what_is_not_said_stays() -> None:
    assert rest_of(STAY, NOW, Rest(), 1) == NOW
    assert rest_of(STAY, NOW, Rest(quantity=1), 1) == replace(NOW, quantity=1)


@pytest.mark.parametrize(("people", "units"), [(7, 3), (6, 2), (4, 2), (3, 1), (1, 1)])
def test_a_package_takes_as_many_units_as_its_party_needs(people: int, units: int) -> None:
    now = Shape(FIRST, FIRST, 3, 8, 0)
    assert rest_of(PACKAGE, now, Rest(adults=people), 3).quantity == units


def test_it_never_takes_more_than_it_has() -> None:
    assert rest_of(PACKAGE, Shape(FIRST, FIRST, 1, 4, 0), Rest(adults=3), 2).quantity == 1


FAULTS: list[tuple[LineKind, dict[str, Any], PartFault | None]] = [
    (STAY, {"arrival": FIRST - DAY}, PartFault.MORE),
    (STAY, {"departure": FIRST + 4 * DAY}, PartFault.MORE),
    (STAY, {"quantity": 3}, PartFault.MORE),
    (STAY, {"adults": 4}, PartFault.MORE),
    (STAY, {"children": 2}, PartFault.MORE),
    (STAY, {"arrival": FIRST + 2 * DAY, "departure": FIRST + 2 * DAY}, PartFault.NO_NIGHT),
    (STAY, {"quantity": 0}, PartFault.NOBODY),
    (STAY, {"children": -1}, PartFault.NOBODY),
    (STAY, {"adults": 0}, PartFault.NO_ADULT),
    (STAY, {"quantity": 1}, PartFault.TOO_FULL),
    (STAY, {"quantity": 1, "adults": 1}, None),
    (STAY, {"arrival": FIRST + 2 * DAY}, None),
    (PACKAGE, {"adults": 1, "children": 0}, PartFault.TOO_SMALL),
    (PACKAGE, {"adults": 2, "children": 0}, PartFault.NAMES),
    (PACKAGE, {"adults": 3, "children": 0}, None),
    (PRODUCT, {"quantity": 1}, None),
    (PRODUCT, {"quantity": 0}, PartFault.NOBODY),
]


@pytest.mark.parametrize(("kind", "left", "fault"), FAULTS)
def test_why_it_cannot_be(kind: LineKind, left: dict[str, Any], fault: PartFault | None) -> None:
    found = fault_of_rest(kind, NOW, replace(NOW, **left), names=3, least=2, sleeps=2)
    assert found == fault


@given(st.integers(1, 6), st.integers(1, 3), st.integers(0, 5), st.integers(0, 5), st.integers(0, 2))
def test_what_goes_and_what_stays_are_all_of_it(
    nights: int, rooms: int, first: int, last: int, fewer: int
) -> None:
    """Of each night that stays so many rooms, the same ones."""
    days = [FIRST + at * DAY for at in range(nights)]
    places = [UnitPlace(at * 10 + room, on, room) for at, on in enumerate(days) for room in range(rooms)]
    arrival, departure = FIRST + first * DAY, FIRST + (nights - last) * DAY
    left = Shape(arrival, departure, max(1, rooms - fewer), 1, 0)
    gone = set(places_that_go(STAY, places, left))
    stays = [place for place in places if place.key not in gone]
    assert [(place.on, place.room) for place in stays] == [
        (on, room) for on in days if arrival <= on < departure for room in range(left.quantity)
    ]


@given(st.lists(st.integers(0, 10**7), min_size=2, max_size=8), st.data(), st.sampled_from(list(Keeps)))
def test_taking_a_stay_apart_gains_nothing(prices: list[int], data: st.DataObject, keeps: Keeps) -> None:
    """Night by night from either end, what is kept in all is what the whole would have kept; half loses less than a
    rupiah for each step.
    """
    nights = [(FIRST + at * DAY, price) for at, price in enumerate(prices)]
    whole = kept_by_terms(STAY, keeps, nights)
    left, kept, first = list(nights), 0, nights[0][0]
    while left:
        cut = data.draw(st.integers(1, len(left)))
        going = left[:cut] if data.draw(st.booleans()) else left[-cut:]
        left = [night for night in left if night not in going]
        kept += kept_by_terms(STAY, keeps, going, first)
    assert whole - len(prices) < kept <= whole if keeps == Keeps.HALF else kept == whole
