"""The price of a night, and how a party is lodged."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.dates import Nights
from app.homestays.rules import Prices, Vacancy, combine, price_of_night, rooms_needed

PRICES = Prices(weekday=200_000, saturday=250_000, holiday=300_000)
LEBARAN = Nights(date(2027, 3, 9), date(2027, 3, 14))


@pytest.mark.parametrize(
    ("night", "price"),
    [
        (date(2027, 3, 5), 200_000),  # Friday
        (date(2027, 3, 6), 250_000),  # Saturday
        (date(2027, 3, 7), 200_000),  # Sunday
        (date(2027, 3, 8), 200_000),  # the night before the holiday
        (date(2027, 3, 9), 300_000),  # its first night
        (date(2027, 3, 13), 300_000),  # its last night, a Saturday: the holiday wins
        (date(2027, 3, 14), 200_000),  # the day after, Sunday
    ],
)
def test_a_night_has_one_of_three_prices(night: date, price: int) -> None:
    assert price_of_night(PRICES, night, [LEBARAN]) == price


@given(st.dates(date(2026, 1, 1), date(2030, 1, 1)), st.integers(1, 30))
def test_without_seasons_only_saturdays_cost_more(first: date, count: int) -> None:
    nights = list(Nights(first, first + timedelta(days=count)))
    saturdays = sum(night.isoweekday() == 6 for night in nights)
    total = sum(price_of_night(PRICES, night, []) for night in nights)
    assert total == 200_000 * count + 50_000 * saturdays


@pytest.mark.parametrize(
    ("party", "sleeps", "rooms"), [(1, 2, 1), (2, 2, 1), (3, 2, 2), (7, 3, 3), (60, 1, 60)]
)
def test_the_fewest_rooms(party: int, sleeps: int, rooms: int) -> None:
    assert rooms_needed(party, sleeps) == rooms


def vacancies() -> st.SearchStrategy[list[Vacancy]]:
    one = st.tuples(st.integers(1, 6), st.integers(0, 5), st.integers(1, 9).map(lambda n: n * 100_000))
    return st.lists(one, max_size=3).map(
        lambda found: [Vacancy(number, *values) for number, values in enumerate(found)]
    )


@given(st.integers(1, 60), vacancies())
def test_a_mixture_lodges_the_party_or_there_is_none(party: int, vacant: list[Vacancy]) -> None:
    beds = sum(vacancy.free * vacancy.sleeps for vacancy in vacant)
    found = combine(party, vacant)
    assert (found is None) == (beds < party)
    if found is None:
        return
    assert sum(rooms * vacancy.sleeps for vacancy, rooms in found) >= party
    assert all(0 < rooms <= vacancy.free for vacancy, rooms in found)
    assert len({vacancy.room_type_id for vacancy, _rooms in found}) == len(found)


@given(st.integers(1, 60), vacancies())
def test_no_room_of_a_mixture_is_superfluous(party: int, vacant: list[Vacancy]) -> None:
    for vacancy, _rooms in (found := combine(party, vacant) or []):
        assert sum(rooms * other.sleeps for other, rooms in found) - vacancy.sleeps < party


def test_one_large_room_before_two_small_ones() -> None:
    small, large = Vacancy(1, 2, 3, 100_000), Vacancy(2, 4, 1, 350_000)
    assert combine(3, [small, large]) == [(large, 1)]


def test_of_equally_many_rooms_the_cheaper() -> None:
    dear, cheap = Vacancy(1, 2, 2, 300_000), Vacancy(2, 2, 1, 200_000)
    assert combine(4, [dear, cheap]) == [(dear, 1), (cheap, 1)]
