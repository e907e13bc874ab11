"""A voucher's arithmetic: whatever is taken off, paid or kept, its bearer alone has less."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from app.bookings.rules import borne, fall_of
from app.revenue.rules import (
    Fee,
    Part,
    PayeeKind,
    Share,
    SoldUnit,
    SplitTerms,
    allocate,
    divide_kept,
)

BEARER = 2
prices = st.lists(st.integers(0, 900_000), min_size=1, max_size=6)


@st.composite
def agreements(draw: st.DrawFn) -> SplitTerms:
    """Four parties of which the second bears, perhaps a fee, any of them the taker."""
    cuts = sorted(draw(st.sets(st.integers(1, 9_999), min_size=3, max_size=3)))
    points = [cuts[0], cuts[1] - cuts[0], cuts[2] - cuts[1], 10_000 - cuts[2]]
    kinds = (PayeeKind.HOST, PayeeKind.BUMDES, PayeeKind.MANAGER, PayeeKind.VILLAGE_CASH)
    shares = [
        Share(at + 1, kind, f"payee {at + 1}", part)
        for at, (kind, part) in enumerate(zip(kinds, points, strict=True))
    ]
    fees = (Fee(1, PayeeKind.HOST, "payee 1", draw(st.integers(1, 30_000))),) if draw(st.booleans()) else ()
    rate = draw(st.sampled_from([0, 1000, 1100]))
    return SplitTerms(1, 1, "tax:x:pbjt", rate, fees, tuple(shares), draw(st.integers(0, 3)))


@st.composite
def sales(draw: st.DrawFn) -> tuple[list[SoldUnit], list[SoldUnit], int]:
    """Units of one or two lines as they are without a voucher and with one, and what it takes off."""
    plain: list[SoldUnit] = []
    for line in range(draw(st.integers(1, 2))):
        terms = draw(agreements())
        for place, price in enumerate(draw(prices)):
            plain.append(SoldUnit(len(plain), line, date(2027, 5, 1) + timedelta(days=place), price, terms))
    shares = list(borne(plain, BEARER).items())
    discount = draw(st.integers(0, sum(share for _key, share in shares)))
    off = fall_of(discount, shares)
    less = [
        replace(
            unit,
            price=unit.price - off[unit.key],
            discount=off[unit.key],
            terms=replace(unit.terms, bearer=BEARER),
        )
        for unit in plain
    ]
    return plain, less, discount


def sums(parts: list[Part]) -> dict[tuple[int, str, str], int]:
    found: dict[tuple[int, str, str], int] = defaultdict(int)
    for part in parts:
        found[part.unit, part.account, part.kind] += part.amount
    return {key: amount for key, amount in found.items() if amount}


def total(units: list[SoldUnit]) -> int:
    return sum(unit.price for unit in units)


@given(sales())
def test_paid_in_full_the_bearer_alone_has_less_unit_by_unit(
    sale: tuple[list[SoldUnit], list[SoldUnit], int],
) -> None:
    plain, less, discount = sale
    before = sums(allocate(plain, 0, total(plain)))
    after = sums(allocate(less, 0, total(less)))
    assert total(less) == total(plain) - discount == sum(after.values())
    own = {unit.key: unit.discount for unit in less}
    for key in {*before, *after}:
        fell = before.get(key, 0) - after.get(key, 0)
        mine = key[1:] == (f"payee:{BEARER}", PayeeKind.BUMDES.value)
        assert fell == (own[key[0]] if mine else 0)


@given(sales(), st.data())
def test_paid_in_parts_it_is_the_same(
    sale: tuple[list[SoldUnit], list[SoldUnit], int], data: st.DataObject
) -> None:
    _plain, less, _discount = sale
    cuts = sorted(data.draw(st.lists(st.integers(0, total(less)), max_size=4)))
    parts: list[Part] = []
    for low, high in zip([0, *cuts], [*cuts, total(less)], strict=True):
        step = allocate(less, low, high - low)
        assert sum(part.amount for part in step) == high - low
        parts += step
    assert sums(parts) == sums(allocate(less, 0, total(less)))


@given(sales(), st.data())
def test_of_what_is_kept_nobody_bears_more_than_their_part(
    sale: tuple[list[SoldUnit], list[SoldUnit], int], data: st.DataObject
) -> None:
    """What the bearer has of each unit is never below what a rupiah of rounding does to any share without a voucher."""
    _plain, less, _discount = sale
    kept = {unit.key: data.draw(st.integers(0, unit.price)) for unit in less}
    by_unit = defaultdict(int)
    for key, amount in sums(divide_kept(less, kept)).items():
        by_unit[key[0]] += amount
        if key[1:] == (f"payee:{BEARER}", PayeeKind.BUMDES.value):
            assert amount >= -1
    assert dict(by_unit) == {key: amount for key, amount in kept.items() if amount}
    assert sums(divide_kept(less, {unit.key: unit.price for unit in less})) == sums(
        allocate(less, 0, total(less))
    )
