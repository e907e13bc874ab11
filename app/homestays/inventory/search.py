"""What is free for a party at which price, best first. Reads only; nothing here promises anything."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TypeVarTuple

from sqlalchemy import Select, case, func, select
from sqlalchemy.orm import contains_eager

from app.core import clock
from app.core.dates import Nights
from app.core.db import db
from app.core.errors import Invalid
from app.core.money import Rupiah
from app.core.words import gettext as _
from app.homestays.inventory.prices import QuotedNight, priced, seasons_of
from app.homestays.inventory.vacancy import is_sold, unit_is_free
from app.homestays.models import Homestay, RoomType, Unit
from app.homestays.rules import DAYS_AHEAD, MOST_NIGHTS, MOST_PARTY, rooms_needed
from app.villages.models import Village

Row = TypeVarTuple("Row")

MOST_ROOMS = 30


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

    room_type: RoomType
    homestay: Homestay
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


def find_free(search: StaySearch) -> list[StayOffer]:
    """Everything published that lodges the party on all nights, one offer per room type, best first.

    Raises Invalid for dates and numbers that cannot be searched.
    """
    check_nights(search.nights)
    check_party(search.adults, search.children)
    seasons = seasons_of(search.nights)
    offers = [
        offer
        for room_type, free, units in db.session.execute(_room_types(search))
        if (offer := _offer(search, room_type, free, units, seasons))
    ]
    return sorted(offers, key=rank(search, clock.today()))


def _offer(
    search: StaySearch, room_type: RoomType, free: int, units: int, seasons: dict[int | None, list[Nights]]
) -> StayOffer | None:
    rooms = search.rooms or rooms_needed(search.party, room_type.sleeps)
    if free < rooms or rooms * room_type.sleeps < search.party or rooms > search.party:
        return None
    homestay = room_type.homestay
    if len(search.nights) < homestay.min_nights or not set(search.amenities) <= set(homestay.amenities):
        return None
    offer = StayOffer(room_type, homestay, rooms, free, units, priced(room_type, search.nights, seasons))
    if search.max_price is not None and offer.total_per_room > search.max_price * len(search.nights):
        return None
    return offer


def rank(search: StaySearch, day: date) -> Callable[[StayOffer], tuple[int | str, ...]]:
    """The order of offers, no two alike: the cheapest first; or recommended: fewest rooms, least empty beds, then the
    villages in turn from day to day.
    """

    def by_price(offer: StayOffer) -> tuple[int | str, ...]:
        return (offer.total, offer.homestay.slug, offer.room_type.public_id)

    def recommended(offer: StayOffer) -> tuple[int | str, ...]:
        turn = (offer.homestay.village_id + day.toordinal()) % 20
        return (offer.rooms_needed, offer.sleeps - search.party, turn, *by_price(offer))

    return by_price if search.sort == "price" else recommended


def check_nights(nights: Nights) -> None:
    """Refuse nights that cannot be sold: past, too many, too far ahead. Raises Invalid."""
    today = clock.today()
    if nights.arrival < today:
        message = _("The arrival is in the past. Choose today or a later day.")
        raise Invalid(message, errors=[("arrival", message)])
    if len(nights) > MOST_NIGHTS:
        message = _("A stay is at most %(nights)d nights. For longer, ask the village.", nights=MOST_NIGHTS)
        raise Invalid(message, errors=[("departure", message)])
    if nights.departure > today + timedelta(days=DAYS_AHEAD):
        message = _("The villages do not plan that far ahead yet.")
        raise Invalid(message, errors=[("departure", message)])


def check_party(adults: int, children: int) -> None:
    """Refuse parties that cannot be lodged by a search. Raises Invalid."""
    if adults < 1:
        message = _("At least one adult must come along.")
        raise Invalid(message, errors=[("adults", message)])
    if children < 0 or adults + children > MOST_PARTY:
        message = _("We search for parties of up to %(most)d. For more, ask the village.", most=MOST_PARTY)
        raise Invalid(message, errors=[("adults" if children >= 0 else "children", message)])


def _filtered(query: Select[*Row], search: StaySearch) -> Select[*Row]:
    query = query.where(*is_sold())
    if search.village:
        query = query.where(Village.slug == search.village)
    if search.homestay:
        query = query.where(Homestay.slug == search.homestay)
    return query


def _room_types(search: StaySearch) -> Select[RoomType, int, int]:
    """What is on sale, with how many units of it are free on all nights, and how many there are."""
    is_free = case((unit_is_free(search.nights, clock.now()), 1), else_=0)
    counted = select(Unit.room_type_id, func.sum(is_free).label("free"), func.count().label("units"))
    counted = counted.join(RoomType).join(RoomType.homestay).join(Homestay.village)
    counts = _filtered(counted, search).group_by(Unit.room_type_id).subquery()
    query = (
        select(RoomType, counts.c.free, counts.c.units)
        .join(counts, counts.c.room_type_id == RoomType.id)
        .join(RoomType.homestay)
        .join(Homestay.village)
        .options(contains_eager(RoomType.homestay).contains_eager(Homestay.village))
        .order_by(RoomType.id)
    )
    return _filtered(query, search)
