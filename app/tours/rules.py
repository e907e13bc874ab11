"""What kinds of packages there are, how they are priced, and when a departure can be booked. Plain values."""

from __future__ import annotations

from enum import StrEnum


class PackageKind(StrEnum):
    """What one does there."""

    COOKING = "cooking"
    PARAGLIDING = "paragliding"
    JEMPARINGAN = "jemparingan"
    CRAFT = "craft"
    CULTURE = "culture"
    NATURE = "nature"
    RIDE = "ride"
    WATER = "water"
    FARM = "farm"
    GAME = "game"


class PriceUnit(StrEnum):
    """What the price is for."""

    PERSON = "person"
    VEHICLE = "vehicle"
    BOAT = "boat"
    GROUP = "group"


class DepartureState(StrEnum):
    """Whether a departure is sold. `full` is never stored: it is read from the counter."""

    OPEN = "open"
    CLOSED = "closed"
    CANCELLED = "cancelled"


def units_needed(party: int, unit_size: int) -> int:
    """How many units a party takes: as many as there are persons, or vehicles of so many seats, rounded up."""
    return -(-party // unit_size)
