"""What is free for a party at which price, best first. Reads only; nothing here promises anything."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from sqlalchemy import Row, Select

from app.core import clock
from app.core.dates import Nights
from app.core.db import db
from app.core.money import Rupiah
from app.homestays.inventory import statements
from app.homestays.inventory.checks import check_nights, check_party
from app.homestays.inventory.facts import HouseFacts, RoomFacts, read_row
from app.homestays.inventory.prices import QuotedNight, Seasons, priced, seasons_of
from app.homestays.inventory.statements import Shape
from app.homestays.rules import MOST_PARTY, NightKind, rooms_needed

MOST_ROOMS = 30

HIGHEST: Rupiah = 2**62
"""More than any stay costs, and still a number that the databases know."""


@dataclass(frozen=True)
class StaySearch:
    """What a guest asks for. `rooms` None means the fewest that sleep the party."""

    nights: Nights
    adults: int = 2
    children: int = 0
    rooms: int | None = None
    village: str | None = None
    homestay: str | None = None
    max_price: Rupiah | None = None
    amenities: tuple[str, ...] = ()
    sort: str = "recommended"

    @property
    def party(self) -> int:
        """Everybody who sleeps here."""
        return self.adults + self.children


@dataclass(frozen=True)
class StayOffer:
    """A room type that is free on all nights asked for, at the price of `rooms_needed` rooms."""

    room_type: RoomFacts
    homestay: HouseFacts
    rooms_needed: int
    rooms_left: int
    units: int
    nightly: tuple[QuotedNight, ...]

    @property
    def total(self) -> Rupiah:
        """What the guest pays for all rooms and nights, tax inside, in rupiah."""
        return self.rooms_needed * self.total_per_room

    @property
    def total_per_room(self) -> Rupiah:
        """The price of one room for all nights, in rupiah."""
        return sum(night.price for night in self.nightly)

    @property
    def sleeps(self) -> int:
        """How many the offered rooms sleep together."""
        return self.rooms_needed * self.room_type.sleeps


Place = tuple[Any, ...]
"""A place in the order of offers, as `rank` gives it."""

WINDOW = 8
"""For a page in the recommended order, so many times its offers are looked at first; all, where that is too few."""


@dataclass(frozen=True)
class Surveyed:
    """A kind of room of a published house, free or not: how many of its units are free, of how many."""

    room_type: RoomFacts
    homestay: HouseFacts
    free: int
    units: int
    is_open: bool


def find_free(
    search: StaySearch, *, limit: int | None = None, after: Place | None = None, day: date | None = None
) -> list[StayOffer]:
    """Everything published that lodges the party on all nights, one offer per room type, best first.

    `limit`: so many at most, and then only what comes `after` a place in the order of a `day` (today's). Raises Invalid
    for dates and numbers that cannot be searched.
    """
    check_nights(search.nights)
    check_party(search.adults, search.children)
    day, seasons = day or clock.today(), seasons_of(search.nights)
    if limit is None:
        return offers_of(search, survey(search, is_vacant=True), seasons)
    asking = _Asking(search, seasons, day)
    by_index = after is None and search.sort == "price"
    offers = asking.walk(limit) if by_index else asking.look(limit, after)
    return sorted(offers, key=rank(search, day))


def survey(search: StaySearch, *, is_vacant: bool) -> list[Surveyed]:
    """Every kind of room where the search looks, in the order of villages and houses, whatever the party wants.

    `is_vacant`: those without a free unit may be left out.
    """
    values = {
        "arrival": search.nights.arrival,
        "departure": search.nights.departure,
        "now": clock.now(),
        "village": search.village,
        "homestay": search.homestay,
    }
    statement = statements.survey(bool(search.village), bool(search.homestay), is_vacant)
    return [_surveyed(row) for row in db.session.execute(statement, values)]


def survey_others(
    search: StaySearch, surveyed: Sequence[Surveyed], stays: Sequence[Nights]
) -> Iterator[tuple[Nights, list[Surveyed]]]:
    """The same places on other nights, all of them asked for at once."""
    values: dict[str, object] = {"now": clock.now(), "village": search.village, "homestay": search.homestay}
    for place, nights in enumerate(stays):
        values |= {f"arrival_{place}": nights.arrival, f"departure_{place}": nights.departure}
    statement = statements.free_at(len(stays), bool(search.village), bool(search.homestay))
    free: dict[int, dict[int, int]] = defaultdict(dict)
    for place, kind, units in db.session.execute(statement, values) if stays else ():
        free[place][kind] = units
    for place, nights in enumerate(stays):
        yield nights, [replace(one, free=free[place].get(one.room_type.id, 0)) for one in surveyed]


def _surveyed(row: Any) -> Surveyed:
    room, house, (free, units, is_open) = read_row(row)
    return Surveyed(room, house, free, units, is_open)


def offers_of(search: StaySearch, surveyed: Iterable[Surveyed], seasons: Seasons) -> list[StayOffer]:
    """What of it lodges the party, best first."""
    offers = [offer for one in surveyed if (offer := _offer_of(search, one, seasons))]
    return sorted(offers, key=rank(search, clock.today()))


def _offer_of(search: StaySearch, one: Surveyed, seasons: Seasons) -> StayOffer | None:
    room, house = one.room_type, one.homestay
    rooms = search.rooms or rooms_needed(search.party, room.sleeps)
    if not one.is_open or one.free < rooms or rooms * room.sleeps < search.party or rooms > search.party:
        return None
    if len(search.nights) < house.min_nights or not set(search.amenities) <= set(house.amenities):
        return None
    offer = _offer(room, house, one.free, one.units, search, seasons)
    if search.max_price is not None and offer.total_per_room > search.max_price * len(search.nights):
        return None
    return offer


def _offer(
    room: RoomFacts, house: HouseFacts, free: int, units: int, search: StaySearch, seasons: Seasons
) -> StayOffer:
    rooms = search.rooms or rooms_needed(search.party, room.sleeps)
    nightly = priced(room.prices, house.village.id, search.nights, seasons)
    return StayOffer(room, house, rooms, free, units, nightly)


class _Asking:
    """A search for the first page or another one: ordered and cut by the database."""

    def __init__(self, search: StaySearch, seasons: Seasons, day: date) -> None:
        self.search, self.seasons = search, seasons
        own = seasons.own_villages
        self.shape = Shape(
            dialect=db.session.get_bind().dialect.name,
            by_price=search.sort == "price",
            village=bool(search.village),
            homestay=bool(search.homestay),
            rooms=bool(search.rooms),
            max_price=search.max_price is not None,
            amenities=len(search.amenities),
            own_villages=len(own),
        )
        self.values: dict[str, object] = {
            "arrival": search.nights.arrival,
            "departure": search.nights.departure,
            "now": clock.now(),
            "nights": len(search.nights),
            "party": search.party,
            "rooms": min(search.rooms or 0, MOST_PARTY + 1),
            "village": search.village,
            "homestay": search.homestay,
            "most_per_room": min((search.max_price or 0) * len(search.nights), HIGHEST),
            "day": day.toordinal(),
        }
        for place, code in enumerate(search.amenities):
            self.values[f"amenity_{place}"] = statements.amenity_pattern(code)
        for suffix, village_id in [("", None), *((f"_{place}", one) for place, one in enumerate(own))]:
            counts = seasons.count(village_id, search.nights)
            self.values["own" + suffix] = village_id
            self.values |= {kind.value + suffix: counts[kind] for kind in NightKind}

    def walk(self, limit: int) -> list[StayOffer]:
        """The `limit` cheapest offers, by the index of lowest prices."""
        # Some more than needed: mostly that spares the second question.
        reach = limit + limit // 2
        rows = self._ask(statements.cheapest(self.shape), limit=reach)
        first = sorted(rows, key=_by_price)[:limit]
        if len(rows) == reach:
            # Whatever was not seen costs at least its lowest price on every night: only what may be as cheap is read.
            most, last = first[-1].total, rows[-1]
            highest = most // len(self.search.nights)
            if last.lowest_price <= highest:
                known = {
                    "most": most,
                    "highest": highest,
                    "last_price": last.lowest_price,
                    "last_id": last.id,
                }
                rest = self._ask(statements.as_cheap(self.shape), limit=limit, **known)
                first = sorted([*first, *rest], key=_by_price)[:limit]
        return [self._read(row) for row in first]

    def look(self, limit: int, after: Place | None) -> list[StayOffer]:
        """The first `limit` offers after a place in the order."""
        names = statements.after_parameters(self.shape)
        place = dict(zip(names, after, strict=True)) if after else {}
        near = statements.first_in_order(self.shape, bool(after))
        rows = self._ask(near, limit=limit, window=limit * WINDOW, **place)
        if len(rows) < limit:
            rows = self._ask(statements.all_in_order(self.shape, bool(after)), limit=limit, **place)
        return [self._read(row) for row in rows]

    def _ask(self, statement: Select[*tuple[Any, ...]], **values: object) -> Sequence[Row[Any]]:
        return db.session.execute(statement, self.values | values).all()

    def _read(self, row: Row[Any]) -> StayOffer:
        room, house, (free, units, *_rest) = read_row(row)
        return _offer(room, house, free, units, self.search, self.seasons)


def _by_price(row: Row[Any]) -> tuple[int, str, str]:
    return (row.total, row.slug, row.public_id)


def rank(search: StaySearch, day: date) -> Callable[[StayOffer], Place]:
    """The order of offers, no two alike: the cheapest first; or recommended: fewest rooms, least empty beds, then the
    villages in turn from day to day.
    """

    def by_price(offer: StayOffer) -> Place:
        return (offer.total, offer.homestay.slug, offer.room_type.public_id)

    def recommended(offer: StayOffer) -> Place:
        turn = (offer.homestay.village_id + day.toordinal()) % 20
        return (offer.rooms_needed, offer.sleeps - search.party, turn, *by_price(offer))

    return by_price if search.sort == "price" else recommended


def is_place(search: StaySearch, place: Place) -> bool:
    """Whether this may be a place in the order of the search: as many figures, then house and room type as texts."""
    figures, names = place[:-2], place[-2:]
    return (
        len(place) == (3 if search.sort == "price" else 6)
        and all(type(figure) is int and abs(figure) < HIGHEST for figure in figures)
        and all(isinstance(name, str) and "\0" not in name for name in names)
    )
