"""What a voucher takes off, and on which units it falls. Plain values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from enum import StrEnum

from app.core.money import BASIS, Rupiah
from app.revenue.rules import SoldUnit, amounts, bearer_place, runs, spread

MOST_USES = 1_000_000
MOST_CREDIT = 1_000_000_000
COMES_BACK_FOR = timedelta(days=90)
"""Money that comes back to a credit can be spent for so long at least."""


class CreditKind(StrEnum):
    """Where the money of a credit came from: somebody paid for a gift, or a guest took it instead of a refund."""

    GIFT = "gift"
    REFUND = "refund"


def taken_off(
    *, amount: Rupiah | None, basis_points: int | None, most: Rupiah | None, price: Rupiah
) -> Rupiah:
    """What a voucher takes off a price, in rupiah: its amount, or its part rounded down, and no more than its most."""
    if amount is not None:
        return amount
    part = price * (basis_points or 0) // BASIS
    return part if most is None else min(part, most)


def borne(units: Sequence[SoldUnit], bearer: int) -> dict[int, Rupiah]:
    """What a party has of each unit by its share, in rupiah by the unit's key; nothing of what it has no share in."""
    found: dict[int, Rupiah] = {}
    for run in runs(units):
        terms = replace(run[0].terms, bearer=bearer)
        if bearer not in {share.payee_id for share in terms.shares}:
            continue
        place, price, so_far = 1 + len(terms.fees) + bearer_place(terms), sum(unit.price for unit in run), 0
        for unit in run:
            before, after = (
                amounts(terms, kept, price, len(run))[place] for kept in (so_far, so_far + unit.price)
            )
            found[unit.key] = max(0, after - before)
            so_far += unit.price
    return found


def fall_of(discount: Rupiah, shares: Sequence[tuple[int, Rupiah]]) -> dict[int, Rupiah]:
    """How a discount falls on units, by what their bearer has of them: (key, share). Nobody bears more than that.

    Raises ValueError when it is more than all of it.
    """
    parts = spread(discount, [share for _key, share in shares])
    return {key: part for (key, _share), part in zip(shares, parts, strict=True)}
