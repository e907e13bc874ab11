"""How a sale is divided. A(x) is one function of the amount x that is kept; everything else is a difference of it.

Order: first the tax inside the amount, then fees that one party pays off the top, then the shares of the rest, which
exhaust it. Design, section 6; docs/money.md works one booking through.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from app.core.money import BASIS, Rupiah, split, tax_inside
from app.revenue.rules.discounts import carried
from app.revenue.rules.discounts import spread as spread
from app.revenue.rules.kinds import TAX as TAX
from app.revenue.rules.kinds import PayeeKind as PayeeKind
from app.revenue.rules.kinds import RevenueKind as RevenueKind


@dataclass(frozen=True)
class Fee:
    """A fixed sum per unit (night, seat, piece), in rupiah, taken before the shares."""

    payee_id: int
    kind: PayeeKind
    name: str
    amount: Rupiah


@dataclass(frozen=True)
class Share:
    """A part of the rest, in basis points."""

    payee_id: int
    kind: PayeeKind
    name: str
    basis_points: int


@dataclass(frozen=True)
class SplitTerms:
    """One agreement and one tax rate as they were on the service date; copied into the line at sale. `bearer` is the
    payee whose share alone falls by a voucher.
    """

    agreement_id: int
    version: int
    tax_account: str
    tax_rate: int
    fees: tuple[Fee, ...]
    shares: tuple[Share, ...]
    taker: int
    bearer: int | None = None

    def to_data(self) -> dict[str, Any]:
        """As JSON for the line."""
        return {
            "agreement_id": self.agreement_id,
            "version": self.version,
            "tax_account": self.tax_account,
            "tax_rate": self.tax_rate,
            "fees": [[f.payee_id, f.kind.value, f.name, f.amount] for f in self.fees],
            "shares": [[s.payee_id, s.kind.value, s.name, s.basis_points] for s in self.shares],
            "taker": self.taker,
        } | ({} if self.bearer is None else {"bearer": self.bearer})

    @classmethod
    def from_data(cls, kept: dict[str, Any]) -> SplitTerms:
        """From the line's JSON."""
        return cls(
            agreement_id=kept["agreement_id"],
            version=kept["version"],
            tax_account=kept["tax_account"],
            tax_rate=kept["tax_rate"],
            fees=tuple(Fee(p, PayeeKind(k), n, a) for p, k, n, a in kept["fees"]),
            shares=tuple(Share(p, PayeeKind(k), n, b) for p, k, n, b in kept["shares"]),
            taker=kept["taker"],
            bearer=kept.get("bearer"),
        )


class BadAgreement(ValueError):
    """Parts of an agreement that do not exhaust the amount."""


def check_parts(basis_points: Sequence[int], takers: Sequence[bool]) -> None:
    """Refuse percentages that do not make a whole, or not exactly one taker. Raises BadAgreement."""
    if sum(basis_points) != BASIS or any(part <= 0 for part in basis_points):
        raise BadAgreement("the shares must be positive and make 10,000 basis points")
    if sum(takers) != 1:
        raise BadAgreement("exactly one share takes the remainder")


@dataclass(frozen=True)
class SoldUnit:
    """A night, seat or piece of a line: its price in rupiah, its service date, and which of the line's splits holds.
    `discount` is what a voucher took off before: the price without it is `full`.
    """

    key: int
    line: int
    on: date
    price: Rupiah
    terms: SplitTerms
    discount: Rupiah = 0

    @property
    def full(self) -> Rupiah:
        """The unit's own price, in rupiah, as it is without a voucher: what is divided."""
        return self.price + self.discount


@dataclass(frozen=True)
class Part:
    """What one account gets of one unit. `account` is `payee:<id>` or a tax account; the amount may be negative."""

    unit: int
    on: date
    account: str
    kind: str
    name: str
    amount: Rupiah


def amounts(terms: SplitTerms, kept: Rupiah, price: Rupiah, units: int) -> list[Rupiah]:
    """A(x): tax, then each fee, then each share, of the amount kept out of a run of units with that price.

    The list sums to `kept`. Raises ValueError when more is kept than the price.
    """
    if not 0 <= kept <= price:
        raise ValueError("what is kept lies between 0 and the price")
    tax = tax_inside(kept, terms.tax_rate)
    fees: list[Rupiah] = []
    for fee in terms.fees:
        # A fee never takes more than what is left after the tax and earlier fees.
        wanted = fee.amount * units * kept // price if price else 0
        fees.append(min(wanted, kept - tax - sum(fees)))
    rest = kept - tax - sum(fees)
    return [tax, *fees, *split(rest, [share.basis_points for share in terms.shares], terms.taker)]


def runs(units: Sequence[SoldUnit]) -> list[list[SoldUnit]]:
    """Consecutive units of one line under one agreement and one rate."""
    found: list[list[SoldUnit]] = []
    for unit in units:
        if found and found[-1][-1].line == unit.line and found[-1][-1].terms == unit.terms:
            found[-1].append(unit)
        else:
            found.append([unit])
    return found


def allocate(units: Sequence[SoldUnit], before: Rupiah, received: Rupiah) -> list[Part]:
    """What a receipt gives to whom: A(before + received) − A(before), unit by unit, in filling order.

    `units` are in filling order (line, then date). The parts sum to `received`. Raises ValueError when the units
    cannot take the amount.
    """
    if before < 0 or received < 0 or before + received > sum(unit.price for unit in units):
        raise ValueError("more than the price of the units cannot be allocated")
    parts: list[Part] = []
    start = 0
    for run in runs(units):
        price = sum(unit.price for unit in run)
        filled = _within(before - start, price)
        filled_after = _within(before + received - start, price)
        if filled_after > filled:
            parts += _allocate_run(run, filled, filled_after)
        start += price
    return parts


def _within(amount: Rupiah, most: Rupiah) -> Rupiah:
    return max(0, min(amount, most))


def _allocate_run(run: list[SoldUnit], filled: Rupiah, filled_after: Rupiah) -> list[Part]:
    parts: list[Part] = []
    start = begins = 0
    for unit in run:
        low, high = max(filled, start), min(filled_after, start + unit.price)
        if low < high:
            was, becomes = (_has(unit, run, begins, amount - start)[1] for amount in (low, high))
            parts += _difference(unit, was, becomes)
        start += unit.price
        begins += unit.full
    return parts


def _has(
    unit: SoldUnit, run: Sequence[SoldUnit], begins: Rupiah, amount: Rupiah
) -> tuple[Rupiah, list[Rupiah]]:
    """What of the run's full price an amount of a unit stands for, whose own begins at `begins` there; and who has what
    of the run then, less what the bearer of a voucher gives for this unit.
    """
    terms, price, units = unit.terms, sum(one.full for one in run), len(run)
    if not unit.discount:
        return begins + amount, amounts(terms, begins + amount, price, units)
    place = 1 + len(terms.fees) + bearer_place(terms)
    before = amounts(terms, begins, price, units)[place]
    off = carried(
        amount,
        unit.price,
        unit.discount,
        lambda full: amounts(terms, begins + full, price, units)[place] - before,
    )
    had = amounts(terms, begins + amount + off, price, units)
    had[place] -= off
    return begins + amount + off, had


def bearer_place(terms: SplitTerms) -> int:
    """The place among the shares of whoever bears a voucher. Raises ValueError where that party has no share."""
    return [share.payee_id for share in terms.shares].index(terms.bearer or 0)


def _difference(unit: SoldUnit, was: Sequence[Rupiah], becomes: Sequence[Rupiah]) -> list[Part]:
    """What its unit gives to whom of what a run gives: what they have less what they had."""
    return [
        Part(unit.key, unit.on, account, kind, name, new - old)
        for (account, kind, name), old, new in zip(_names(unit.terms), was, becomes, strict=True)
        if new != old
    ]


def _names(terms: SplitTerms) -> list[tuple[str, str, str]]:
    tax = (terms.tax_account, TAX, TAX)
    fees = [(f"payee:{fee.payee_id}", fee.kind.value, fee.name) for fee in terms.fees]
    return [
        tax,
        *fees,
        *((f"payee:{share.payee_id}", share.kind.value, share.name) for share in terms.shares),
    ]


@dataclass(frozen=True)
class PartyShare:
    """One party's part of an amount, as it is shown to everybody."""

    account: str
    kind: str
    name: str
    amount: Rupiah


def by_party(parts: Sequence[Part]) -> list[PartyShare]:
    """The parts summed by account, in the order in which shares are shown: the tax last, nobody with nothing."""
    sums: dict[tuple[str, str, str], Rupiah] = defaultdict(int)
    for part in parts:
        sums[part.account, part.kind, part.name] += part.amount
    order = [*(kind.value for kind in PayeeKind), TAX]
    ranked = sorted(sums.items(), key=lambda item: (order.index(item[0][1]), item[0][2], item[0][0]))
    return [PartyShare(account, kind, name, amount) for (account, kind, name), amount in ranked if amount]


def planned(units: Sequence[SoldUnit]) -> list[PartyShare]:
    """Who gets what when the units are paid in full; sums to their price."""
    return by_party(allocate(units, 0, sum(unit.price for unit in units)))


def fee_bearer(terms: SplitTerms) -> int:
    """Who bears what a payment costs: the assisting company, without a share the BUMDes, without both the taker."""
    by_kind = {share.kind: share.payee_id for share in terms.shares}
    taker = terms.shares[terms.taker].payee_id
    return by_kind.get(PayeeKind.MANAGER, by_kind.get(PayeeKind.BUMDES, taker))


def divide_fee(fee: Rupiah, lines: Sequence[tuple[Rupiah, SplitTerms]]) -> list[tuple[int, Rupiah]]:
    """What a payment cost, over lines by their prices (the last takes the rest): who bears how much of each."""
    parts = split(fee, [price for price, _terms in lines], len(lines) - 1)
    return [(fee_bearer(terms), part) for part, (_price, terms) in zip(parts, lines, strict=True)]


def divide_kept(units: Sequence[SoldUnit], kept: Mapping[int, Rupiah]) -> list[Part]:
    """Who has what of the amounts that units keep, by the unit's key: A of what a run keeps, unit by unit.

    The parts of a unit sum to what it keeps. Raises ValueError when a unit keeps more than its price.
    """
    if any(not 0 <= kept.get(unit.key, 0) <= unit.price for unit in units):
        raise ValueError("what a unit keeps lies between 0 and its price")
    parts: list[Part] = []
    for run in runs(units):
        so_far = 0
        for unit in run:
            was = amounts(unit.terms, so_far, sum(one.full for one in run), len(run))
            so_far, becomes = _has(unit, run, so_far, kept.get(unit.key, 0))
            parts += _difference(unit, was, becomes)
    return parts
