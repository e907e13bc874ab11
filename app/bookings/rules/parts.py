"""What stays of a line when a guest gives up a part of it: fewer nights at either end, rooms, people or pieces."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

from app.bookings.rules.states import LineKind


@dataclass(frozen=True)
class Shape:
    """When a line is, how many rooms, places or pieces it has, and for whom."""

    arrival: date
    departure: date
    quantity: int
    adults: int
    children: int

    @property
    def party(self) -> int:
        """Everybody who comes."""
        return self.adults + self.children


@dataclass(frozen=True)
class Rest:
    """What a guest wants to keep of a line; None: as it is. `quantity` are rooms or pieces, for a package follows from
    the party; `without` are the positions of named participants who do not come.
    """

    arrival: date | None = None
    departure: date | None = None
    quantity: int | None = None
    adults: int | None = None
    children: int | None = None
    without: frozenset[int] = frozenset()


class PartFault(StrEnum):
    """Why a part cannot be given up as it was asked."""

    MORE = "more"
    NO_NIGHT = "no_night"
    NOBODY = "nobody"
    NO_ADULT = "no_adult"
    TOO_FULL = "too_full"
    TOO_SMALL = "too_small"
    NAMES = "names"


def rest_of(kind: LineKind, now: Shape, rest: Rest, unit_size: int) -> Shape:
    """What a line is then. A package takes as many units (of so many persons) as its party needs, never more than it
    has: the price is that of the units, as sold.
    """
    left = Shape(
        arrival=rest.arrival or now.arrival,
        departure=rest.departure or now.departure,
        quantity=now.quantity if rest.quantity is None else rest.quantity,
        adults=now.adults if rest.adults is None else rest.adults,
        children=now.children if rest.children is None else rest.children,
    )
    if kind != LineKind.PACKAGE:
        return left
    return replace(left, quantity=min(now.quantity, max(1, -(-left.party // unit_size))))


def fault_of_rest(
    kind: LineKind, now: Shape, left: Shape, *, names: int, least: int, sleeps: int
) -> PartFault | None:
    """Why this cannot be what stays; None where it can. `names` are named participants left, `least` the smallest party
    of the package, `sleeps` how many a room takes. How few nights a house sells does not matter: these were bought.
    """
    if left.arrival < now.arrival or left.departure > now.departure or left.quantity > now.quantity:
        return PartFault.MORE
    if left.adults > now.adults or left.children > now.children:
        return PartFault.MORE
    if left.quantity < 1 or left.children < 0:
        return PartFault.NOBODY
    if kind == LineKind.STAY and left.arrival >= left.departure:
        return PartFault.NO_NIGHT
    if kind == LineKind.PRODUCT:
        return None
    if left.adults < 1:
        return PartFault.NO_ADULT
    if kind == LineKind.STAY:
        return PartFault.TOO_FULL if left.party > left.quantity * sleeps else None
    if left.party < least:
        return PartFault.TOO_SMALL
    return PartFault.NAMES if names > left.party else None


@dataclass(frozen=True)
class UnitPlace:
    """A unit of a line that is still to come: a night in a room (`room` tells them apart), a seat, a piece."""

    key: int
    on: date
    room: int | None


def places_that_go(kind: LineKind, places: Sequence[UnitPlace], left: Shape) -> list[int]:
    """The keys of the units that are not left: of a stay the nights outside, and of the others those in the rooms that
    were chosen last; else the last ones, which are paid last.
    """
    if kind != LineKind.STAY:
        return [place.key for place in places[left.quantity :]]
    rooms = list(dict.fromkeys(place.room for place in places))[: left.quantity]
    return [
        place.key
        for place in places
        if not left.arrival <= place.on < left.departure or place.room not in rooms
    ]
