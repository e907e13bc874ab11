"""What kinds of products there are, how many a guest may take, in which order they are shown. Plain values."""

from __future__ import annotations

from enum import StrEnum

from app.core.money import Rupiah
from app.revenue.rules import SplitTerms, amounts
from app.villages.rules import PublicationState

PREFIX = "line:"
"""Before the number of a line, where it holds pieces."""

MOST = 50
"""Pieces in one line of a booking; whoever wants more talks to the maker."""

DAYS_AHEAD = 540
"""How far ahead a piece is kept for somebody who comes later."""

MOST_PIECES = 10_000
"""More pieces of one product in one place is a slip of the finger."""

DEAREST: Rupiah = 50_000_000
"""A price above this is a slip of the finger, not a price."""

VILLAGES = 20
"""So many take turns."""


class ProductKind(StrEnum):
    """What a product is."""

    FOOD = "food"
    DRINK = "drink"
    CRAFT = "craft"
    TEXTILE = "textile"
    PLANT = "plant"


def turn(number: int, day: int) -> int:
    """Whose turn it is to stand first: the place of a village (or product) of this number on a day. All come to it."""
    return (number + day) % VILLAGES


def needs_village(current: PublicationState, wanted: PublicationState) -> bool:
    """Whether a step in a product's life is the village's to take: the maker proposes, the village puts on sale.

    Once it is on sale, the maker pauses it and takes it up again alone.
    """
    return current == PublicationState.PROPOSED and wanted == PublicationState.PUBLISHED


def own_part(terms: SplitTerms, price: Rupiah, payee_id: int) -> Rupiah:
    """What one party has of a piece sold at a price, in rupiah, as the agreement and the tax divide it."""
    parties = [None, *(fee.payee_id for fee in terms.fees), *(share.payee_id for share in terms.shares)]
    divided = zip(parties, amounts(terms, price, price, 1), strict=True)
    return sum(amount for party, amount in divided if party == payee_id)
