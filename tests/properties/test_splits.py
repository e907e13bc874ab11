"""Dividing money: nothing is lost, nothing appears, and it does not matter in how many steps it comes or goes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.money import BASIS, share_up, split, tax_inside
from app.revenue.rules import (
    BadAgreement,
    Fee,
    Part,
    PayeeKind,
    Share,
    SoldUnit,
    SplitTerms,
    allocate,
    amounts,
    by_party,
    check_parts,
    divide_fee,
    fee_bearer,
    planned,
    runs,
)

rupiah = st.integers(0, 10**9)
weights = st.lists(st.integers(0, 10_000), min_size=1, max_size=8).filter(any)


@st.composite
def shares(draw: st.DrawFn) -> tuple[Share, ...]:
    """Parts that make a whole."""
    cuts = sorted(draw(st.sets(st.integers(1, BASIS - 1), max_size=5)))
    edges = [0, *cuts, BASIS]
    kinds = list(PayeeKind)
    return tuple(
        Share(number, kinds[number % len(kinds)], f"party {number}", high - low)
        for number, (low, high) in enumerate(pairwise(edges))
    )


@st.composite
def split_terms(draw: st.DrawFn, number: int = 0) -> SplitTerms:
    """An agreement and a rate; fees may be larger than the price."""
    parts = draw(shares())
    fees = draw(st.lists(st.integers(1, 300_000), max_size=2))
    return SplitTerms(
        agreement_id=number,
        version=1,
        tax_account="tax:a:pbjt",
        tax_rate=draw(st.integers(0, 2500)),
        fees=tuple(Fee(100 + n, PayeeKind.HOST, f"fee {n}", fee) for n, fee in enumerate(fees)),
        shares=parts,
        taker=draw(st.integers(0, len(parts) - 1)),
    )


@st.composite
def sold_units(draw: st.DrawFn) -> list[SoldUnit]:
    """One to three lines of a few units, under one or two agreements each."""
    units: list[SoldUnit] = []
    for line in range(draw(st.integers(1, 3))):
        agreements = [draw(split_terms(number)) for number in range(draw(st.integers(1, 2)))]
        count = draw(st.integers(1, 5))
        change = draw(st.integers(0, count))
        for place in range(count):
            terms = agreements[0 if place < change else -1]
            price = draw(st.one_of(st.just(0), st.integers(1, 2_000_000)))
            units.append(SoldUnit(len(units), line, date(2027, 5, 1) + timedelta(days=place), price, terms))
    return units


def total_of(units: Sequence[SoldUnit]) -> int:
    return sum(unit.price for unit in units)


def chain_of(draw: st.DataObject, total: int) -> list[int]:
    """The total in some receipts."""
    cuts = sorted(draw.draw(st.lists(st.integers(0, total), max_size=6)))
    return [high - low for low, high in pairwise([0, *cuts, total])]


def by_unit_and_account(parts: Sequence[Part]) -> dict[tuple[int, str, str], int]:
    sums: dict[tuple[int, str, str], int] = defaultdict(int)
    for part in parts:
        sums[part.unit, part.account, part.name] += part.amount
    return {key: amount for key, amount in sums.items() if amount}


@given(amount=rupiah, weights=weights, data=st.data())
def test_a_split_sums_and_only_the_taker_is_rounded_up(
    amount: int, weights: list[int], data: st.DataObject
) -> None:
    taker = data.draw(st.integers(0, len(weights) - 1))
    parts = split(amount, weights, taker)
    assert sum(parts) == amount
    for place, (part, weight) in enumerate(zip(parts, weights, strict=True)):
        exact = amount * weight / sum(weights)
        assert part <= exact + 1e-6 or place == taker
        assert part > exact - 1 or place == taker
        assert part >= 0
    assert parts[taker] - amount * weights[taker] / sum(weights) < len(weights)


def test_the_split_of_the_design() -> None:
    assert split(333_333, [70, 15, 10, 5], 3) == [233_333, 49_999, 33_333, 16_668]


@pytest.mark.parametrize(
    ("amount", "weights", "taker"),
    [(-1, [1], 0), (1, [], 0), (1, [0], 0), (1, [1, -1], 0), (1, [1], 1), (1, [1], -1)],
)
def test_what_cannot_be_split(amount: int, weights: list[int], taker: int) -> None:
    with pytest.raises(ValueError, match=r"split|taker"):
        split(amount, weights, taker)


@given(price=rupiah, rate=st.integers(0, 5000))
def test_the_tax_is_inside_the_price(price: int, rate: int) -> None:
    tax = tax_inside(price, rate)
    assert 0 <= tax <= price
    assert tax * (BASIS + rate) <= price * rate < (tax + 1) * (BASIS + rate)


@given(amount=rupiah, share=st.integers(0, BASIS))
def test_a_deposit_is_never_less_than_agreed(amount: int, share: int) -> None:
    deposit = share_up(amount, share)
    assert amount * share <= deposit * BASIS < amount * share + BASIS
    assert deposit <= amount


@given(terms=split_terms(), price=st.integers(1, 10**8), units=st.integers(1, 9), data=st.data())
def test_what_is_kept_is_divided_whole(
    terms: SplitTerms, price: int, units: int, data: st.DataObject
) -> None:
    kept = data.draw(st.integers(0, price))
    parts = amounts(terms, kept, price, units)
    assert sum(parts) == kept
    assert all(0 <= part <= kept for part in parts)
    assert parts[0] == tax_inside(kept, terms.tax_rate)
    for fee, part in zip(terms.fees, parts[1:], strict=False):
        assert part <= fee.amount * units


@given(terms=split_terms(), price=st.integers(1, 10**8), data=st.data())
def test_more_kept_is_never_less_divided(terms: SplitTerms, price: int, data: st.DataObject) -> None:
    """Taxes grow with the amount, and so does what all parties have together."""
    less, more = sorted((data.draw(st.integers(0, price)), data.draw(st.integers(0, price))))
    before, after = amounts(terms, less, price, 1), amounts(terms, more, price, 1)
    assert before[0] <= after[0]
    assert sum(before) <= sum(after)
    assert sum(before[1:]) <= sum(after[1:])


@given(terms=split_terms(), price=st.integers(1, 10**8), beyond=st.integers(1, 10))
def test_more_than_the_price_is_refused(terms: SplitTerms, price: int, beyond: int) -> None:
    for kept in (price + beyond, -beyond):
        with pytest.raises(ValueError, match="kept"):
            amounts(terms, kept, price, 1)


@given(units=sold_units(), data=st.data())
def test_any_chain_of_receipts_divides_like_one(units: list[SoldUnit], data: st.DataObject) -> None:
    before, parts = 0, []
    for receipt in chain_of(data, total_of(units)):
        given_now = allocate(units, before, receipt)
        assert sum(part.amount for part in given_now) == receipt
        parts += given_now
        before += receipt
    assert by_unit_and_account(parts) == by_unit_and_account(allocate(units, 0, total_of(units)))


@given(units=sold_units())
def test_units_sum_to_their_lines(units: list[SoldUnit]) -> None:
    parts = allocate(units, 0, total_of(units))
    for unit in units:
        assert sum(part.amount for part in parts if part.unit == unit.key) == unit.price
    for run in runs(units):
        price = total_of(run)
        at_once = amounts(run[0].terms, price, price, len(run)) if price else []
        keys = {unit.key for unit in run}
        found = sorted(by_account(part for part in parts if part.unit in keys).values())
        assert found == sorted(amount for amount in at_once if amount)


def by_account(parts: object) -> dict[tuple[str, str], int]:
    sums: dict[tuple[str, str], int] = defaultdict(int)
    for part in parts:
        sums[part.account, part.name] += part.amount
    return {key: amount for key, amount in sums.items() if amount}


@given(units=sold_units(), data=st.data())
def test_money_fills_the_units_in_order(units: list[SoldUnit], data: st.DataObject) -> None:
    """A unit gets nothing before every earlier one has its price; nobody is owed what nobody paid."""
    paid = data.draw(st.integers(0, total_of(units)))
    parts = allocate(units, 0, paid)
    left = paid
    for unit in units:
        here = sum(part.amount for part in parts if part.unit == unit.key)
        assert here == min(left, unit.price)
        left -= here


@given(units=sold_units(), beyond=st.integers(1, 10))
def test_units_take_no_more_than_their_price(units: list[SoldUnit], beyond: int) -> None:
    for before, received in (
        (0, total_of(units) + beyond),
        (total_of(units), beyond),
        (-beyond, 0),
        (0, -beyond),
    ):
        with pytest.raises(ValueError, match="allocated"):
            allocate(units, before, received)


@given(units=sold_units())
def test_what_is_shown_is_what_is_divided(units: list[SoldUnit]) -> None:
    shown = planned(units)
    assert sum(share.amount for share in shown) == total_of(units)
    assert all(share.amount for share in shown)
    assert [share.kind == "tax" for share in shown] == sorted(share.kind == "tax" for share in shown)
    assert shown == by_party(allocate(units, 0, total_of(units)))


@given(terms=split_terms())
def test_terms_come_back_from_the_line_as_they_were(terms: SplitTerms) -> None:
    assert SplitTerms.from_data(terms.to_data()) == terms


@given(parts=shares(), off=st.integers(1, 50), data=st.data())
def test_only_a_whole_is_an_agreement(parts: tuple[Share, ...], off: int, data: st.DataObject) -> None:
    points = [share.basis_points for share in parts]
    taker = data.draw(st.integers(0, len(points) - 1))
    takers = [place == taker for place in range(len(points))]
    check_parts(points, takers)
    for wrong in ([*points[:-1], points[-1] + off], [*points, off, -off], [*points, 0]):
        with pytest.raises(BadAgreement):
            check_parts(wrong, takers + [False] * (len(wrong) - len(takers)))
    for wrong_takers in ([False] * len(points), [*takers[:-1], True, True]):
        with pytest.raises(BadAgreement):
            check_parts(points, wrong_takers)


priced_lines = st.lists(st.tuples(st.integers(0, 10**8), split_terms()), min_size=1, max_size=5).filter(
    lambda lines: any(price for price, _terms in lines)
)


@given(rupiah, priced_lines)
def test_a_fee_is_borne_whole_and_by_price(fee: int, lines: list[tuple[int, SplitTerms]]) -> None:
    parts = divide_fee(fee, lines)
    total = sum(price for price, _terms in lines)
    assert [bearer for bearer, _part in parts] == [fee_bearer(terms) for _price, terms in lines]
    assert sum(part for _bearer, part in parts) == fee
    for (_bearer, part), (price, _terms) in list(zip(parts, lines, strict=True))[:-1]:
        assert part == fee * price // total
    assert 0 <= parts[-1][1] - fee * lines[-1][0] // total < len(lines)


@given(split_terms())
def test_the_company_bears_a_fee_else_the_bumdes(terms: SplitTerms) -> None:
    kinds = {share.payee_id: share.kind for share in terms.shares}
    bearer = fee_bearer(terms)
    for kind in (PayeeKind.MANAGER, PayeeKind.BUMDES):
        if kind in kinds.values():
            assert kinds[bearer] == kind
            return
    assert bearer == terms.shares[terms.taker].payee_id
