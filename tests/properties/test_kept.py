"""Dividing what is kept: nobody's part grows, nothing is lost, and nothing lies where it cannot."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.money import split
from app.revenue.rules import SoldUnit, allocate, by_party, divide_kept, runs, spread
from tests.properties.test_splits import split_terms

DAY = date(2027, 5, 3)
prices = st.lists(st.integers(0, 10**7), min_size=1, max_size=9)


@given(prices, st.data())
def test_what_is_kept_is_spread_over_the_units(prices: list[int], data: st.DataObject) -> None:
    """It adds up, no unit keeps more than it cost, and units of one price differ by a few rupiah at the most."""
    kept = data.draw(st.integers(0, sum(prices)))
    parts = spread(kept, prices)
    assert sum(parts) == kept
    assert all(0 <= part <= price for part, price in zip(parts, prices, strict=True))
    exact = [kept * price / max(1, sum(prices)) for price in prices]
    assert all(abs(part - fair) <= len(prices) for part, fair in zip(parts, exact, strict=True))


@given(prices.filter(any), st.data())
def test_the_last_takes_the_rest_where_it_can(prices: list[int], data: st.DataObject) -> None:
    kept = data.draw(st.integers(0, sum(prices)))
    plain = split(kept, prices, len(prices) - 1)
    if plain[-1] <= prices[-1]:
        assert spread(kept, prices) == plain


@given(prices)
def test_all_and_nothing(prices: list[int]) -> None:
    assert spread(0, prices) == [0] * len(prices)
    assert spread(sum(prices), prices) == prices


@pytest.mark.parametrize("kept", [-1, 301])
def test_more_than_all_cost_cannot_be_kept(kept: int) -> None:
    with pytest.raises(ValueError, match="between 0 and the price"):
        spread(kept, [100, 200])


@st.composite
def sold(draw: st.DrawFn) -> list[SoldUnit]:
    """Units of a few lines, under one agreement or two."""
    terms = [draw(split_terms(number)) for number in range(2)]
    units: list[SoldUnit] = []
    for line in range(draw(st.integers(1, 3))):
        for night in range(draw(st.integers(1, 4))):
            price, number = draw(st.integers(0, 10**6)), draw(st.integers(0, 1))
            on = DAY + timedelta(days=night)
            units.append(SoldUnit(len(units), line, on, price, terms[number]))
    return units


@given(sold(), st.data())
def test_every_unit_divides_exactly_what_it_keeps(units: list[SoldUnit], data: st.DataObject) -> None:
    kept = {unit.key: data.draw(st.integers(0, unit.price)) for unit in units}
    sums: dict[int, int] = defaultdict(int)
    for part in divide_kept(units, kept):
        sums[part.unit] += part.amount
    divided = {key: amount for key, amount in sums.items() if amount}
    assert divided == {key: amount for key, amount in kept.items() if amount}


@given(sold())
def test_keeping_all_is_what_was_planned_and_nothing_is_nothing(units: list[SoldUnit]) -> None:
    everything = {unit.key: unit.price for unit in units}
    assert divide_kept(units, everything) == allocate(units, 0, sum(everything.values()))
    assert divide_kept(units, {}) == []


@given(sold(), st.data())
def test_a_run_keeps_what_its_agreement_makes_of_the_sum(units: list[SoldUnit], data: st.DataObject) -> None:
    """How the units share it makes no difference to anybody: each run divides A of all that it keeps."""
    run = runs(units)[0]
    kept = {unit.key: data.draw(st.integers(0, unit.price)) for unit in run}
    whole = allocate(run, 0, sum(kept.values()))
    assert by_party(divide_kept(run, kept)) == by_party(whole)


@given(sold(), st.integers(1, 1000))
def test_a_unit_cannot_keep_more_than_its_price(units: list[SoldUnit], more: int) -> None:
    with pytest.raises(ValueError, match="between 0 and its price"):
        divide_kept(units, {units[0].key: units[0].price + more})
