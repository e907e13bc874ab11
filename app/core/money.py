"""Whole rupiah. Everything that divides money goes through `split`."""

from __future__ import annotations

from collections.abc import Sequence

Rupiah = int
"""An amount of money: a whole number of rupiah, never a fraction."""

BASIS = 10_000
"""Basis points in a whole: 10 % is 1,000."""


def split(amount: Rupiah, weights: Sequence[int], taker: int) -> list[Rupiah]:
    """Divide an amount by weights: every part but the taker's is rounded down, the taker gets the rest.

    The parts always sum to the amount. `taker` is an index. Raises ValueError for a negative amount, a negative
    weight, no weight at all or an unknown taker.
    """
    total = sum(weights)
    if amount < 0 or total <= 0 or any(weight < 0 for weight in weights):
        raise ValueError("split needs an amount ≥ 0 and weights ≥ 0 of which one is positive")
    if not 0 <= taker < len(weights):
        raise ValueError("the taker must be one of the parts")
    parts = [amount * weight // total for weight in weights]
    parts[taker] += amount - sum(parts)
    return parts


def tax_inside(price: Rupiah, rate: int) -> Rupiah:
    """The tax contained in a price that includes it, rounded down; the rate is in basis points of the net price."""
    return price * rate // (BASIS + rate)


def share_up(amount: Rupiah, basis_points: int) -> Rupiah:
    """A share of an amount, rounded up: a deposit never falls below what was agreed."""
    return -(-amount * basis_points // BASIS)
