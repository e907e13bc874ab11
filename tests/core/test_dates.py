"""Nights are half-open, and the day turns in the village."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.dates import Nights, month_of, next_month, parse_month, village_date, village_instant

DAYS = st.dates(date(2020, 1, 1), date(2040, 12, 31))
STAYS = st.builds(lambda day, nights: Nights(day, day + timedelta(days=nights)), DAYS, st.integers(1, 30))


@given(STAYS)
def test_nights_are_those_from_arrival_until_before_departure(nights: Nights) -> None:
    inside = list(nights)
    assert len(inside) == len(nights)
    assert inside[0] == nights.arrival
    assert inside[-1] == nights.departure - timedelta(days=1)
    assert all(night in nights for night in inside)
    assert nights.departure not in nights
    assert nights.arrival - timedelta(days=1) not in nights


@pytest.mark.parametrize(
    ("other", "overlaps"),
    [
        # ours:       |-- 10 11 12 --|13
        ((7, 9), False),
        ((7, 10), False),
        ((7, 11), True),
        ((10, 13), True),
        ((11, 12), True),
        ((9, 14), True),
        ((12, 15), True),
        ((13, 15), False),
        ((14, 15), False),
    ],
)
def test_one_leaves_and_another_comes_on_the_same_day(other: tuple[int, int], overlaps: bool) -> None:
    ours = Nights(date(2027, 5, 10), date(2027, 5, 13))
    theirs = Nights(*(date(2027, 5, day) for day in other))
    assert ours.overlaps(theirs) is overlaps
    assert theirs.overlaps(ours) is overlaps


@given(STAYS, STAYS)
def test_overlapping_is_having_a_night_in_common(one: Nights, other: Nights) -> None:
    assert one.overlaps(other) == bool(set(one) & set(other))


@pytest.mark.parametrize("days", [0, -1, -400])
def test_no_night_is_no_stay(days: int) -> None:
    with pytest.raises(ValueError, match="departure"):
        Nights(date(2027, 5, 10), date(2027, 5, 10) + timedelta(days=days))


@pytest.mark.parametrize(
    ("instant", "day"),
    [
        (datetime(2027, 4, 30, 16, 59, tzinfo=UTC), date(2027, 4, 30)),
        (datetime(2027, 4, 30, 17, 0, tzinfo=UTC), date(2027, 5, 1)),
    ],
)
def test_the_day_turns_at_17_utc(instant: datetime, day: date) -> None:
    assert village_date(instant) == day


@given(DAYS, st.times())
def test_a_village_time_and_back(day: date, at: time) -> None:
    instant = village_instant(day, at)
    assert instant.utcoffset() == timedelta(0)
    assert village_date(instant) == day


@given(DAYS)
def test_months_follow_each_other(day: date) -> None:
    first, after = month_of(day), next_month(day)
    assert first <= day < after
    assert after.day == 1
    assert month_of(after - timedelta(days=1)) == first
    assert parse_month(f"{day:%Y-%m}") == first


@pytest.mark.parametrize("text", ["0001-01", "1899-12", "3000-01", "9999-12"])
def test_a_month_that_nobody_lives_in_is_none(text: str) -> None:
    with pytest.raises(ValueError, match="nothing happens"):
        parse_month(text)


@pytest.mark.parametrize("text", ["", "2027", "2027-13", "2027-05-01", "mei 2027", "2027-00"])
def test_what_is_no_month(text: str) -> None:
    with pytest.raises(ValueError, match=r"time data|unconverted"):
        parse_month(text)
