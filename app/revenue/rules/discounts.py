"""How a sum falls on units, and what a voucher takes off, borne by one party alone: everybody else has of a unit what
they have without it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from app.core.money import Rupiah, split


def carried(
    amount: Rupiah, price: Rupiah, discount: Rupiah, bearer_gets: Callable[[Rupiah], Rupiah]
) -> Rupiah:
    """How much of a discount comes with an amount paid or kept of a unit: in proportion, the whole of it with the whole
    price. `price` is what the guest pays for the unit, without the discount.

    `bearer_gets` says what the bearer would have of so much of the unit's own price: nobody bears more than that, so
    that no share falls below 0 for a rupiah that was rounded.
    """
    part = discount * amount // price if price else 0
    while part > 0 and (has := bearer_gets(amount + part)) < part:
        part = max(0, has)
    return part


def spread(kept: Rupiah, prices: Sequence[Rupiah]) -> list[Rupiah]:
    """What of an amount kept falls on each unit of a line: by price, the last one takes the rest (design, section 6).

    No unit keeps more than it cost: what the last cannot take falls on the one before. Raises ValueError when more is
    kept than all cost.
    """
    if not 0 <= kept <= sum(prices):
        raise ValueError("what is kept lies between 0 and the price")
    if not kept:
        return [0 for _price in prices]
    parts = split(kept, prices, len(prices) - 1)
    for place in range(len(parts) - 1, 0, -1):
        over = max(0, parts[place] - prices[place])
        parts[place] -= over
        parts[place - 1] += over
    return parts
