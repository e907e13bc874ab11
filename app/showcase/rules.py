"""What kinds of products there are. Plain values."""

from __future__ import annotations

from enum import StrEnum


class ProductKind(StrEnum):
    """What a product is."""

    FOOD = "food"
    DRINK = "drink"
    CRAFT = "craft"
    TEXTILE = "textile"
    PLANT = "plant"
