"""Kinds of houses and rooms, the price of a night, and how a party is lodged. Plain values only."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from itertools import product
from typing import TypeVar

from app.core.dates import Nights
from app.core.money import Rupiah

MOST_NIGHTS = 60
"""The longest stay that is sold: lets of more than a month are another kind of contract and tax (domain, section 3)."""

MOST_PARTY = 60
"""The largest party a search takes; larger ones are arranged by the desk."""

DAYS_AHEAD = 540
"""How far ahead nights are sold."""


class HouseKind(StrEnum):
    """Who lives here: the question that the regency and the guests ask first."""

    FAMILY = "family"
    BESIDE_FAMILY = "beside_family"
    BALKONDES = "balkondes"


class RoomKind(StrEnum):
    """Single, kopel (couple) and family: the three types the Balkondes were planned with."""

    SINGLE = "single"
    KOPEL = "kopel"
    FAMILY = "family"


class NightState(StrEnum):
    """Why a night is not free."""

    HELD = "held"
    SOLD = "sold"
    BLOCKED = "blocked"


class NightKind(StrEnum):
    """By which of its prices a night is sold."""

    WEEKDAY = "weekday"
    SATURDAY = "saturday"
    HOLIDAY = "holiday"


@dataclass(frozen=True)
class Prices:
    """Simple first: three prices of a room type, in rupiah per night."""

    weekday: Rupiah
    saturday: Rupiah
    holiday: Rupiah

    @property
    def lowest(self) -> Rupiah:
        """No night costs less."""
        return min(self.weekday, self.saturday, self.holiday)

    def of(self, kind: NightKind) -> Rupiah:
        """What a night of this kind costs."""
        if kind is NightKind.HOLIDAY:
            return self.holiday
        return self.saturday if kind is NightKind.SATURDAY else self.weekday


def kind_of_night(night: date, seasons: Iterable[Nights]) -> NightKind:
    """A night in a season is a holiday, else it is Saturday night, else a weekday."""
    if any(night in season for season in seasons):
        return NightKind.HOLIDAY
    return NightKind.SATURDAY if night.weekday() == 5 else NightKind.WEEKDAY


def price_of_night(prices: Prices, night: date, seasons: Iterable[Nights]) -> Rupiah:
    """The price of one night, in rupiah."""
    return prices.of(kind_of_night(night, seasons))


def rooms_needed(party: int, sleeps: int) -> int:
    """The fewest rooms of a type that sleep the party."""
    return max(1, -(-party // sleeps))


@dataclass(frozen=True)
class Vacancy:
    """A room type with free units on all nights asked for."""

    room_type_id: int
    sleeps: int
    free: int
    total: Rupiah


def combine(party: int, vacancies: Sequence[Vacancy]) -> list[tuple[Vacancy, int]] | None:
    """Several rooms of one house for a party no single type can lodge: fewest rooms, then cheapest; None if too few.

    Every mixture is looked at: a house has a handful of room types, and never more rooms than the party needs count.
    """
    most = [min(vacancy.free, rooms_needed(party, vacancy.sleeps)) for vacancy in vacancies]
    best: tuple[int, Rupiah, tuple[int, ...]] | None = None
    for counts in product(*(range(limit + 1) for limit in most)):
        taken = list(zip(vacancies, counts, strict=True))
        if sum(rooms * vacancy.sleeps for vacancy, rooms in taken) < party:
            continue
        mixture = (sum(counts), sum(rooms * vacancy.total for vacancy, rooms in taken), counts)
        best = mixture if best is None else min(best, mixture)
    return None if best is None else [(v, n) for v, n in zip(vacancies, best[2], strict=True) if n]


Kind = TypeVar("Kind", bound=tuple[int, int])


def apart(kinds: Mapping[Kind, Sequence[Set[int]]]) -> list[Kind]:
    """Kinds of rooms of one house that can be sold beside each other: none shares a room with another.

    A kind is (position, number) with the rooms of each of its units. What is sold in the smallest units stays: a whole
    house drops out where its rooms are sold singly.
    """
    seen: set[int] = set()
    found = []
    for kind in sorted(kinds, key=lambda one: (max(map(len, kinds[one])), one)):
        rooms = set().union(*kinds[kind])
        if not rooms & seen:
            found.append(kind)
            seen |= rooms
    return found


class Amenity(StrEnum):
    """What a house offers beside beds. A code, so that a search can ask for it and every language can name it."""

    HOT_WATER = "hot_water"
    PRIVATE_BATHROOM = "private_bathroom"
    SITTING_TOILET = "sitting_toilet"
    FAN = "fan"
    AIR_CONDITIONING = "air_conditioning"
    WIFI = "wifi"
    KITCHEN = "kitchen"
    PARKING = "parking"
    BICYCLES = "bicycles"
    GARDEN = "garden"
    TEMPLE_VIEW = "temple_view"
    STEP_FREE = "step_free"
    PRAYER_ROOM = "prayer_room"
    MEALS = "meals"
