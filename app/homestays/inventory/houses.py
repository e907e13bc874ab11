"""What each house can offer a party: one kind of room, the whole house, or several kinds together."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from app.core.dates import Nights
from app.core.money import Rupiah
from app.homestays.inventory.checks import check_nights, check_party
from app.homestays.inventory.days import days_of
from app.homestays.inventory.facts import HouseFacts, kinds_apart
from app.homestays.inventory.prices import Seasons, seasons_of
from app.homestays.inventory.quotes import StayChoice
from app.homestays.inventory.search import (
    StayOffer,
    StaySearch,
    Surveyed,
    offers_of,
    survey,
)
from app.homestays.models import Homestay, RoomType
from app.homestays.rules import Vacancy, apart, combine

Separate = Mapping[int, Mapping[int, int]]
"""For each house the kinds of rooms that can be sold beside each other, with their number of units."""


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

    homestay: HouseFacts
    lodgings: tuple[Lodging, ...]
    rooms_free: int
    rooms: int

    @property
    def best(self) -> Lodging:
        """The way shown on a card."""
        return self.lodgings[0]


@dataclass(frozen=True)
class LookedAt:
    """A house as a search found it: the ways to lodge the party, and what of it is free for a single guest."""

    homestay: HouseFacts
    lodgings: tuple[Lodging, ...]
    vacant: tuple[StayOffer, ...]


@dataclass(frozen=True)
class Found:
    """The houses where a search looked: those that lodge the party, best first, and the others by village and name.

    Over the whole sub-district full houses are left out.
    """

    offered: tuple[LookedAt, ...]
    others: tuple[LookedAt, ...]


def find_houses(search: StaySearch) -> list[HouseOffer]:
    """Houses that lodge the whole party on all nights, best first; all rooms of an offer are in one house.

    Where no single kind of room is enough, kinds are combined. Raises Invalid like `find_free`.
    """
    return draw(look(search).offered)


def look(search: StaySearch, seasons: Seasons | None = None) -> Found:
    """The houses where the search looks, and which of them lodge the party; `seasons` where they are known.

    Raises Invalid like `find_free`.
    """
    check_nights(search.nights)
    check_party(search.adults, search.children)
    return sort_houses(search, survey(search, is_vacant=True), seasons or seasons_of(search.nights))


def sort_houses(
    search: StaySearch, surveyed: Sequence[Surveyed], seasons: Seasons, separate: Separate | None = None
) -> Found:
    """Houses that lodge the party, and the others, from what was surveyed; `separate` where it is known."""
    ways: dict[int, list[Lodging]] = defaultdict(list)
    for offer in offers_of(search, surveyed, seasons):
        ways[offer.homestay.id].append(Lodging((offer,)))
    vacant = _vacant(search, surveyed, seasons)
    houses = {one.homestay.id: one.homestay for one in surveyed}
    too_small = {key: vacant[key] for key in houses if key not in ways}
    for house_id, mixed in _mixtures(search, too_small, separate).items():
        ways[house_id].append(mixed)
    offered = [LookedAt(houses[key], tuple(lodgings), tuple(vacant[key])) for key, lodgings in ways.items()]
    if search.sort == "price":
        offered.sort(key=lambda house: house.lodgings[0].total)
    others = (LookedAt(house, (), tuple(vacant[key])) for key, house in houses.items() if key not in ways)
    return Found(tuple(offered), tuple(others))


def draw(houses: Sequence[LookedAt]) -> list[HouseOffer]:
    """The same houses with how many rooms each has, and how many of them are free."""
    separate = kinds_apart([house.homestay.id for house in houses])
    return [_drawn(house, separate[house.homestay.id]) for house in houses]


def draw_known(house: LookedAt, homestay: Homestay) -> HouseOffer:
    """The same of a house that was read with its room types, units and rooms."""
    return _drawn(house, {kind.id: len(kind.units) for kind in separate_types(homestay)})


def _drawn(house: LookedAt, kinds: Mapping[int, int]) -> HouseOffer:
    left = {offer.room_type.id: offer.rooms_left for offer in house.vacant}
    rooms_free = sum(left.get(kind, 0) for kind in kinds)
    return HouseOffer(house.homestay, house.lodgings, rooms_free, sum(kinds.values()))


def count_free_rooms(search: StaySearch, homestays: Iterable[Homestay]) -> dict[int, int]:
    """How many rooms of each house are free on all nights, whether or not they are enough for the party."""
    wanted = {house.id for house in homestays}
    found = look(search)
    houses = [house for house in (*found.offered, *found.others) if house.homestay.id in wanted]
    return dict.fromkeys(wanted, 0) | {offer.homestay.id: offer.rooms_free for offer in draw(houses)}


def _vacant(search: StaySearch, surveyed: Iterable[Surveyed], seasons: Seasons) -> dict[int, list[StayOffer]]:
    """Each house's kinds of rooms with a free unit on all nights, offered one room at a time."""
    vacant: dict[int, list[StayOffer]] = defaultdict(list)
    for offer in offers_of(replace(search, adults=1, children=0, rooms=1), surveyed, seasons):
        vacant[offer.homestay.id].append(offer)
    return vacant


def _mixtures(
    search: StaySearch, vacant: Mapping[int, Sequence[StayOffer]], separate: Separate | None
) -> dict[int, Lodging]:
    """Several kinds of rooms for the party, in houses where together they sleep it.

    Only kinds that share no room are combined.
    """
    several = {key: offers for key, offers in vacant.items() if _may_be_enough(search, offers)}
    separate = kinds_apart(several) if separate is None else separate
    found = {
        key: _mixed(search, [o for o in several[key] if o.room_type.id in separate[key]]) for key in several
    }
    return {key: lodging for key, lodging in found.items() if lodging is not None}


def _may_be_enough(search: StaySearch, offers: Sequence[StayOffer]) -> bool:
    beds = sum(offer.rooms_left * offer.room_type.sleeps for offer in offers)
    return search.rooms is None and len(offers) > 1 and beds >= search.party


def _mixed(search: StaySearch, vacant: Sequence[StayOffer]) -> Lodging | None:
    offers = {offer.room_type.id: offer for offer in vacant}
    if len(offers) < 2:
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
    types = {(one.position, one.id): one for one in homestay.room_types}
    rooms = {key: [{room.id for room in unit.rooms} for unit in one.units] for key, one in types.items()}
    return [types[key] for key in apart(rooms)]


def room_count(homestay: Homestay) -> int:
    """What its drawing shows as houses: units that can be sold beside each other."""
    return sum(len(room_type.units) for room_type in separate_types(homestay))


@dataclass(frozen=True)
class HouseNight:
    """One night of a house as a party sees it: whether it can sleep here, and what its rooms cost together."""

    night: date
    is_free: bool
    is_shut: bool
    price: Rupiah | None


def house_nights(
    homestay: Homestay,
    nights: Nights,
    party: int,
    room_type: RoomType | None = None,
    seasons: Seasons | None = None,
) -> dict[date, HouseNight]:
    """Each night by itself: the cheapest way to lodge the party, in one kind of room or in all of the house.

    A stay needs the same rooms on all its nights, so a run of free nights is still to be asked of `find_houses`.
    """
    days = days_of(homestay, nights, seasons)
    shown = [room_type] if room_type is not None else homestay.room_types
    separate = {kind.id for kind in separate_types(homestay)}
    found = {}
    for place, night in enumerate(nights):
        tonight = [(kind, days[kind.id][place]) for kind in shown]
        vacant = [Vacancy(kind.id, kind.sleeps, day.free, day.price) for kind, day in tonight if day.free]
        price = _cheapest(party, vacant, separate)
        found[night] = HouseNight(night, price is not None, all(day.shut for _kind, day in tonight), price)
    return found


def _cheapest(party: int, vacant: Sequence[Vacancy], separate: set[int]) -> Rupiah | None:
    alone = [way for one in vacant if (way := combine(party, [one])) is not None]
    ways = alone or [
        way for way in [combine(party, [v for v in vacant if v.room_type_id in separate])] if way
    ]
    return min((sum(rooms * vacancy.total for vacancy, rooms in way) for way in ways), default=None)
