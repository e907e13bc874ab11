"""Units, parties, weeks and terms of packages."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.tours.rules import PartyFault, fault_of_party, steps_left, units_needed, weekly
from app.villages.rules import Keeps, Terms

START = datetime(2027, 5, 3, 2, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("party", "size", "units"), [(1, 1, 1), (7, 1, 7), (1, 4, 1), (4, 4, 1), (5, 4, 2), (9, 4, 3)]
)
def test_units_are_rounded_up(party: int, size: int, units: int) -> None:
    assert units_needed(party, size) == units


@given(st.integers(1, 200), st.integers(1, 50))
def test_the_fewest_units_that_carry_all(party: int, size: int) -> None:
    units = units_needed(party, size)
    assert (units - 1) * size < party <= units * size


@pytest.mark.parametrize(
    ("adults", "children", "takes", "fault"),
    [
        (2, 0, True, None),
        (2, 3, True, None),
        (1, 1, True, None),
        (5, 0, True, None),
        (0, 2, True, PartyFault.NO_ADULT),
        (2, 1, False, PartyFault.NO_CHILDREN),
        (2, -1, True, PartyFault.NO_CHILDREN),
        (1, 0, True, PartyFault.TOO_SMALL),
        (3, 3, True, PartyFault.TOO_LARGE),
    ],
)
def test_who_can_come_along(adults: int, children: int, takes: bool, fault: PartyFault | None) -> None:
    found = fault_of_party(adults=adults, children=children, least=2, most=5, takes_children=takes)
    assert found == fault


def test_the_same_day_of_some_weeks() -> None:
    assert weekly(date(2027, 12, 25), 3) == [date(2027, 12, 25), date(2028, 1, 1), date(2028, 1, 8)]


def test_deadlines_that_have_passed_are_left_out() -> None:
    day = timedelta(days=1)
    whole = steps_left(Terms.FLEXIBLE, START, START - 3 * day)
    assert [(step.until, step.keeps) for step in whole] == [
        (START - day, Keeps.NOTHING),
        (None, Keeps.FIRST_NIGHT),
    ]
    assert len(steps_left(Terms.FLEXIBLE, START, START - day)) == 2, "the very instant still counts"
    late = steps_left(Terms.FLEXIBLE, START, START - day + timedelta(seconds=1))
    assert [step.keeps for step in late] == [Keeps.FIRST_NIGHT]
