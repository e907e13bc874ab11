"""What kinds of packages there are, how they are priced, and when a departure can be booked. Plain values."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from enum import StrEnum

from app.core.money import Rupiah
from app.villages.rules import DatedStep, Terms, dated_steps

DAYS_AHEAD = 540
"""How far ahead departures are planned and searched."""

MOST_DAYS = 92
"""The longest span of one search."""

MOST_PARTY = 60
"""The largest party a search takes; larger ones are arranged by the desk."""

MOST_SEATS = 200
"""Units of one departure: above this it is a slip of the finger."""

MOST_WEEKS = 26
"""How many weeks a departure is repeated in one step."""

DEAREST: Rupiah = 50_000_000
"""A price above this is a slip of the finger, not a price."""


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


class PartyFault(StrEnum):
    """Why a package cannot take a party."""

    NO_ADULT = "no_adult"
    NO_CHILDREN = "no_children"
    TOO_SMALL = "too_small"
    TOO_LARGE = "too_large"


def fault_of_party(
    *, adults: int, children: int, least: int, most: int, takes_children: bool
) -> PartyFault | None:
    """Why the party cannot come along; None when it can. `least` and `most` count everybody."""
    if adults < 1:
        return PartyFault.NO_ADULT
    if children < 0 or (children and not takes_children):
        return PartyFault.NO_CHILDREN
    if adults + children < least:
        return PartyFault.TOO_SMALL
    return PartyFault.TOO_LARGE if adults + children > most else None


def weekly(first: date, weeks: int) -> list[date]:
    """The same day of so many weeks, the first one included."""
    return [first + timedelta(weeks=week) for week in range(weeks)]


def steps_left(terms: Terms, starts_at: datetime, now: datetime) -> list[DatedStep]:
    """The terms of one departure from now on: deadlines that have passed are no choice any more."""
    return [step for step in dated_steps(terms, starts_at) if step.until is None or step.until >= now]
