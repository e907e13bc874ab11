"""What each house can offer a party: one kind of room, the whole house, or several kinds together."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date

from app.core.dates import Nights
from app.core.money import Rupiah
from app.homestays import queries
from app.homestays.inventory.days import calendar
from app.homestays.inventory.quotes import StayChoice
from app.homestays.inventory.search import StayOffer, StaySearch, find_free
from app.homestays.models import Homestay, RoomType
from app.homestays.rules import Vacancy, combine


@dataclass(frozen=True)
class Lodging:
    """A way to lodge the whole party in one house: each part is an offer for `rooms_needed` rooms of its type."""

    parts: tuple[StayOffer, ...]

    @property
    def total(self) -> Rupiah:
        """All rooms, all nights, in rupiah."""
        return sum(part.total for part in self.parts)

    @property
    def rooms(self) -> int:
        """How many rooms, or whole houses."""
        return sum(part.rooms_needed for part in self.parts)

    @property
    def sleeps(self) -> int:
        """How many these rooms sleep together."""
        return sum(part.sleeps for part in self.parts)

    def choices(self, search: StaySearch) -> list[StayChoice]:
        """The lodging as choices that can be booked, the party divided over the rooms; at least one adult in each."""
        adults, children = search.adults, search.children
        choices = []
        for place, part in enumerate(self.parts):
            beds_later = sum(other.sleeps for other in self.parts[place + 1 :])
            guests = max(part.rooms_needed, adults + children - beds_later)
            grown = max(1, guests - children)
            choices.append(self._choice(search, part, grown, guests - grown))
            adults, children = adults - grown, children - (guests - grown)
        return choices

    @staticmethod
    def _choice(search: StaySearch, part: StayOffer, adults: int, children: int) -> StayChoice:
        return StayChoice(part.room_type.public_id, search.nights, part.rooms_needed, adults, children)


@dataclass(frozen=True)
class HouseOffer:
    """A house with every way in which it can lodge the party, best first, and how many of its rooms are free."""

    homestay: Homestay
    lodgings: tuple[Lodging, ...]
    rooms_free: int
    rooms: int

    @property
    def best(self) -> Lodging:
        """The way shown on a card."""
        return self.lodgings[0]


def find_houses(search: StaySearch) -> list[HouseOffer]:
    """Houses that lodge the whole party on all nights, best first; all rooms of an offer are in one house.

    Where no single kind of room is enough, kinds are combined. Raises Invalid like `find_free`.
    """
    ways: dict[int, list[Lodging]] = defaultdict(list)
    for offer in find_free(search):
        ways[offer.homestay.id].append(Lodging((offer,)))
    vacant = _vacant(search)
    houses = {house.id: house for house in queries.list_homestays(vacant.keys() | ways.keys())}
    for house_id in vacant.keys() - ways.keys():
        if (mixed := _mixed(search, vacant[house_id], separate_types(houses[house_id]))) is not None:
            ways[house_id].append(mixed)
    offers = [
        HouseOffer(houses[house_id], tuple(lodgings), *_free_rooms(houses[house_id], vacant[house_id]))
        for house_id, lodgings in ways.items()
    ]
    return sorted(offers, key=lambda offer: offer.best.total) if search.sort == "price" else offers


def count_free_rooms(search: StaySearch, homestays: Iterable[Homestay]) -> dict[int, int]:
    """How many rooms of each house are free on all nights, whether or not they are enough for the party."""
    vacant = _vacant(search)
    return {house.id: _free_rooms(house, vacant.get(house.id, ()))[0] for house in homestays}


def _vacant(search: StaySearch) -> dict[int, list[StayOffer]]:
    """Each house's kinds of rooms with a free unit on all nights, offered one room at a time."""
    vacant: dict[int, list[StayOffer]] = defaultdict(list)
    for offer in find_free(replace(search, adults=1, children=0, rooms=1)):
        vacant[offer.homestay.id].append(offer)
    return vacant


def _mixed(search: StaySearch, vacant: Iterable[StayOffer], separate: Sequence[RoomType]) -> Lodging | None:
    """Several kinds of rooms for the party, if together they sleep it. Only kinds that share no room are combined."""
    apart = {room_type.id for room_type in separate}
    offers = {offer.room_type.id: offer for offer in vacant if offer.room_type.id in apart}
    if search.rooms is not None or len(offers) < 2:
        return None
    found = combine(
        search.party,
        [Vacancy(key, o.room_type.sleeps, o.rooms_left, o.total_per_room) for key, o in offers.items()],
    )
    if found is None or len(found) > search.adults:
        return None
    return Lodging(
        tuple(replace(offers[vacancy.room_type_id], rooms_needed=rooms) for vacancy, rooms in found)
    )


def separate_types(homestay: Homestay) -> list[RoomType]:
    """Kinds of rooms that can be sold beside each other: a whole house drops out where its rooms are sold singly."""
    seen: set[int] = set()
    separate = []
    for room_type in sorted(
        homestay.room_types, key=lambda t: (max(len(unit.rooms) for unit in t.units), t.position)
    ):
        rooms = {room.id for unit in room_type.units for room in unit.rooms}
        if not rooms & seen:
            separate.append(room_type)
            seen |= rooms
    return separate


def room_count(homestay: Homestay) -> int:
    """What its drawing shows as houses: units that can be sold beside each other."""
    return sum(len(room_type.units) for room_type in separate_types(homestay))


def _free_rooms(homestay: Homestay, vacant: Iterable[StayOffer]) -> tuple[int, int]:
    left = {offer.room_type.id: offer.rooms_left for offer in vacant}
    separate = separate_types(homestay)
    return sum(left.get(room_type.id, 0) for room_type in separate), room_count(homestay)


@dataclass(frozen=True)
class HouseNight:
    """One night of a house as a party sees it: whether it can sleep here, and what its rooms cost together."""

    night: date
    is_free: bool
    is_shut: bool
    price: Rupiah | None


def house_nights(
    homestay: Homestay, nights: Nights, party: int, room_type: RoomType | None = None
) -> dict[date, HouseNight]:
    """Each night by itself: the cheapest way to lodge the party, in one kind of room or in all of the house.

    A stay needs the same rooms on all its nights, so a run of free nights is still to be asked of `find_houses`.
    """
    days = calendar(homestay.id, nights.arrival, nights.departure)
    shown = [room_type] if room_type is not None else homestay.room_types
    apart = {kind.id for kind in separate_types(homestay)}
    found = {}
    for place, night in enumerate(nights):
        tonight = [(kind, days[kind.id][place]) for kind in shown]
        vacant = [Vacancy(kind.id, kind.sleeps, day.free, day.price) for kind, day in tonight if day.free]
        price = _cheapest(party, vacant, apart)
        found[night] = HouseNight(night, price is not None, all(day.shut for _kind, day in tonight), price)
    return found


def _cheapest(party: int, vacant: Sequence[Vacancy], apart: set[int]) -> Rupiah | None:
    alone = [way for one in vacant if (way := combine(party, [one])) is not None]
    ways = alone or [way for way in [combine(party, [v for v in vacant if v.room_type_id in apart])] if way]
    return min((sum(rooms * vacancy.total for vacancy, rooms in way) for way in ways), default=None)
