"""Dividing money: nothing is lost, nobody but the taker gains by rounding."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.money import BASIS, share_up, split, tax_inside

AMOUNTS = st.integers(0, 10**13)
WEIGHTS = st.lists(st.integers(0, 10**6), min_size=1, max_size=12).filter(lambda weights: sum(weights) > 0)


@given(AMOUNTS, WEIGHTS, st.data())
def test_split_loses_nothing_and_rounds_everybody_down_but_the_taker(
    amount: int, weights: list[int], data: st.DataObject
) -> None:
    taker = data.draw(st.integers(0, len(weights) - 1))
    parts = split(amount, weights, taker)
    assert sum(parts) == amount
    assert len(parts) == len(weights)
    for place, (part, weight) in enumerate(zip(parts, weights, strict=True)):
        fair = amount * weight // sum(weights)
        if place == taker:
            assert fair <= part < fair + len(weights)
        else:
            assert part == fair


@given(AMOUNTS, WEIGHTS, st.integers(1, 50))
def test_split_knows_only_the_relation_of_the_weights(amount: int, weights: list[int], factor: int) -> None:
    assert split(amount, weights, 0) == split(amount, [weight * factor for weight in weights], 0)


def test_the_example_of_the_design() -> None:
    assert split(333_333, [70, 15, 10, 5], 3) == [233_333, 49_999, 33_333, 16_668]


def test_a_party_without_weight_gets_nothing_unless_it_takes() -> None:
    assert split(100, [0, 3, 3], 1) == [0, 50, 50]
    assert split(101, [0, 3, 3], 0) == [1, 50, 50]


@pytest.mark.parametrize(
    ("amount", "weights", "taker"),
    [(-1, [1], 0), (1, [], 0), (1, [0, 0], 0), (1, [2, -1], 0), (1, [1, 1], 2), (1, [1, 1], -1)],
)
def test_split_refuses_nonsense(amount: int, weights: list[int], taker: int) -> None:
    with pytest.raises(ValueError, match=r"split|taker"):
        split(amount, weights, taker)


@given(AMOUNTS, st.integers(0, 5000))
def test_the_tax_inside_is_the_rate_of_what_is_left(price: int, rate: int) -> None:
    tax = tax_inside(price, rate)
    assert 0 <= tax <= price
    assert tax * (BASIS + rate) <= price * rate < (tax + 1) * (BASIS + rate)


@given(AMOUNTS, AMOUNTS, st.integers(0, 5000))
def test_more_is_never_taxed_less(one: int, other: int, rate: int) -> None:
    low, high = sorted((one, other))
    assert tax_inside(low, rate) <= tax_inside(high, rate)


def test_tax_in_figures() -> None:
    assert tax_inside(110_000, 1000) == 10_000
    assert tax_inside(109_999, 1000) == 9_999
    assert tax_inside(150_000, 0) == 0


@given(AMOUNTS, st.integers(0, BASIS))
def test_a_deposit_is_never_below_what_was_agreed(amount: int, basis_points: int) -> None:
    deposit = share_up(amount, basis_points)
    assert deposit <= amount
    assert deposit * BASIS >= amount * basis_points > (deposit - 1) * BASIS
