"""What is free at which price, and what one choice costs. Reads only; nothing here promises anything."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import TypeVarTuple, Unpack

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select
from sqlalchemy.orm import contains_eager

from app.core import clock
from app.core.dates import Nights
from app.core.db import db
from app.core.errors import Invalid, NotFound
from app.core.money import Rupiah
from app.core.words import gettext as _
from app.core.words import ngettext
from app.homestays.models import Homestay, RoomNight, RoomType, Season, Unit, UnitRoom
from app.homestays.rules import DAYS_AHEAD, MOST_NIGHTS, MOST_PARTY, NightState, price_of_night, rooms_needed
from app.villages.models import Village
from app.villages.rules import PublicationState

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
class QuotedNight:
    """A night with the price of one room, in rupiah."""

    on: date
    price: Rupiah


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


@dataclass(frozen=True)
class StayChoice:
    """One stay as a guest chose it. `adults` and `children` are the whole party over all rooms."""

    room_type: str
    nights: Nights
    rooms: int
    adults: int
    children: int = 0

    @property
    def party(self) -> int:
        """Everybody who sleeps here."""
        return self.adults + self.children


@dataclass(frozen=True)
class StayQuote:
    """A choice with its prices, worked out now."""

    choice: StayChoice
    room_type: RoomType
    homestay: Homestay
    nightly: tuple[QuotedNight, ...]

    @property
    def total(self) -> Rupiah:
        """All rooms, all nights, in rupiah."""
        return self.choice.rooms * sum(night.price for night in self.nightly)


@dataclass
class CalendarDay:
    """One night of one room type: how many units are free, at which price, and whether it is shut rather than full."""

    night: date
    free: int
    units: int
    price: Rupiah
    shut: bool
    min_nights: int
    arrival_allowed: bool = field(default=True)


def find_free(search: StaySearch) -> list[StayOffer]:
    """Everything published that lodges the party on all nights, one offer per room type, best first.

    Raises Invalid for dates and numbers that cannot be searched.
    """
    check_nights(search.nights)
    check_party(search.adults, search.children)
    free, units = _free_units(search), _unit_counts(search)
    seasons = _seasons(search.nights)
    offers = [
        offer
        for room_type in db.session.scalars(_room_types(search)).unique()
        if (
            offer := _offer(search, room_type, free.get(room_type.id, 0), units.get(room_type.id, 0), seasons)
        )
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
    offer = StayOffer(room_type, homestay, rooms, free, units, _priced(room_type, search.nights, seasons))
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


def quote(choice: StayChoice) -> StayQuote:
    """Price one choice. Raises NotFound when it is not sold, Invalid when the party or the nights do not fit it."""
    check_nights(choice.nights)
    check_party(choice.adults, choice.children)
    room_type = db.session.scalars(
        select(RoomType)
        .join(RoomType.homestay)
        .join(Homestay.village)
        .options(contains_eager(RoomType.homestay).contains_eager(Homestay.village))
        .where(RoomType.public_id == choice.room_type, *_sold())
    ).one_or_none()
    if room_type is None:
        raise NotFound(_("This room is not sold any more."))
    _check_fit(choice, room_type)
    seasons = _seasons(choice.nights)
    return StayQuote(choice, room_type, room_type.homestay, _priced(room_type, choice.nights, seasons))


def _check_fit(choice: StayChoice, room_type: RoomType) -> None:
    if not 1 <= choice.rooms <= MOST_ROOMS or choice.rooms > choice.party:
        message = _("The number of rooms does not fit your party.")
        raise Invalid(message, errors=[("rooms", message)])
    if choice.rooms * room_type.sleeps < choice.party:
        message = _(
            "%(room)s sleeps %(sleeps)d. Take more rooms or a larger one.",
            room=room_type.name,
            sleeps=room_type.sleeps,
        )
        raise Invalid(message, errors=[("adults", message)])
    least = room_type.homestay.min_nights
    if len(choice.nights) < least:
        message = ngettext(
            "This house takes stays from %(num)d night.", "This house takes stays from %(num)d nights.", least
        )
        raise Invalid(message, errors=[("departure", message)])


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


def calendar(homestay_id: int, start: date, end: date) -> dict[int, list[CalendarDay]]:
    """Each room type's nights from `start` up to, not including, `end`: free units, price, full or shut."""
    nights = Nights(start, end)
    room_types = db.session.scalars(
        select(RoomType)
        .join(RoomType.homestay)
        .options(contains_eager(RoomType.homestay))
        .where(RoomType.homestay_id == homestay_id)
        .order_by(RoomType.position)
    ).all()
    rooms_of_unit = _rooms_of_units([room_type.id for room_type in room_types])
    taken, blocked = _taken_rooms(homestay_id, nights)
    seasons, today = _seasons(nights), clock.today()
    return {
        room_type.id: [
            _calendar_day(
                room_type, rooms_of_unit[room_type.id], taken[night.on], blocked[night.on], night, today
            )
            for night in _priced(room_type, nights, seasons)
        ]
        for room_type in room_types
    }


def _calendar_day(
    room_type: RoomType,
    units: list[set[int]],
    taken: set[int],
    blocked: set[int],
    night: QuotedNight,
    today: date,
) -> CalendarDay:
    free = sum(1 for rooms in units if not rooms & taken) if room_type.is_open else 0
    shut = not room_type.is_open or (free == 0 and all(rooms & blocked for rooms in units))
    on_sale = today <= night.on < today + timedelta(days=DAYS_AHEAD)
    least = room_type.homestay.min_nights
    return CalendarDay(night.on, free, len(units), night.price, shut, least, free > 0 and on_sale)


def _taken_rooms(homestay_id: int, nights: Nights) -> tuple[dict[date, set[int]], dict[date, set[int]]]:
    taken: dict[date, set[int]] = defaultdict(set)
    blocked: dict[date, set[int]] = defaultdict(set)
    rows = db.session.execute(
        select(RoomNight.room_id, RoomNight.night, RoomNight.state)
        .join(UnitRoom, UnitRoom.room_id == RoomNight.room_id)
        .join(Unit, Unit.id == UnitRoom.unit_id)
        .join(RoomType, RoomType.id == Unit.room_type_id)
        .where(RoomType.homestay_id == homestay_id, _in(nights), _not_lapsed(clock.now()))
        .distinct()
    )
    for room_id, night, state in rows:
        taken[night].add(room_id)
        if state == NightState.BLOCKED:
            blocked[night].add(room_id)
    return taken, blocked


def _rooms_of_units(room_type_ids: Sequence[int]) -> dict[int, list[set[int]]]:
    rooms: dict[tuple[int, int], set[int]] = defaultdict(set)
    rows = db.session.execute(
        select(Unit.room_type_id, Unit.id, UnitRoom.room_id)
        .join(UnitRoom, UnitRoom.unit_id == Unit.id)
        .where(Unit.room_type_id.in_(room_type_ids))
    )
    for room_type_id, unit_id, room_id in rows:
        rooms[room_type_id, unit_id].add(room_id)
    found: dict[int, list[set[int]]] = {room_type_id: [] for room_type_id in room_type_ids}
    for (room_type_id, _unit), room_ids in rooms.items():
        found[room_type_id].append(room_ids)
    return found


def _sold() -> tuple[ColumnElement[bool], ...]:
    return (Homestay.state == PublicationState.PUBLISHED, RoomType.is_open.is_(True))


def _filtered(query: Select[Unpack[Row]], search: StaySearch) -> Select[Unpack[Row]]:
    query = query.where(*_sold())
    if search.village:
        query = query.where(Village.slug == search.village)
    if search.homestay:
        query = query.where(Homestay.slug == search.homestay)
    return query


def _room_types(search: StaySearch) -> Select[RoomType]:
    query = (
        select(RoomType)
        .join(RoomType.homestay)
        .join(Homestay.village)
        .options(contains_eager(RoomType.homestay).contains_eager(Homestay.village))
        .order_by(RoomType.id)
    )
    return _filtered(query, search)


def units_left(choice: StayChoice) -> int:
    """How many units of the chosen type are free on all the chosen nights."""
    query = (
        select(func.count(Unit.id))
        .join(RoomType, RoomType.id == Unit.room_type_id)
        .where(RoomType.public_id == choice.room_type, unit_is_free(choice.nights, clock.now()))
    )
    return db.session.scalar(query) or 0


def _unit_counts(search: StaySearch) -> dict[int, int]:
    query = select(Unit.room_type_id, func.count()).group_by(Unit.room_type_id)
    query = query.join(RoomType).join(RoomType.homestay).join(Homestay.village)
    return dict(db.session.execute(_filtered(query, search)).all())


def _free_units(search: StaySearch) -> dict[int, int]:
    query = select(Unit.room_type_id, func.count()).group_by(Unit.room_type_id)
    query = query.join(RoomType).join(RoomType.homestay).join(Homestay.village)
    query = _filtered(query, search).where(unit_is_free(search.nights, clock.now()))
    return dict(db.session.execute(query).all())


def unit_is_free(nights: Nights, now: datetime, line_id: int | None = None) -> ColumnElement[bool]:
    """An SQL condition on Unit: none of its rooms is taken on any of the nights, or only by this very line."""
    taken = (
        select(UnitRoom.unit_id)
        .join(RoomNight, RoomNight.room_id == UnitRoom.room_id)
        .where(UnitRoom.unit_id == Unit.id, _in(nights), _not_lapsed(now))
    )
    if line_id is not None:
        taken = taken.where(or_(RoomNight.booking_line_id.is_(None), RoomNight.booking_line_id != line_id))
    return ~exists(taken)


def _in(nights: Nights) -> ColumnElement[bool]:
    return and_(RoomNight.night >= nights.arrival, RoomNight.night < nights.departure)


def _not_lapsed(now: datetime) -> ColumnElement[bool]:
    return or_(RoomNight.state != NightState.HELD, RoomNight.expires_at > now)


def _seasons(nights: Nights) -> dict[int | None, list[Nights]]:
    rows = db.session.execute(
        select(Season.village_id, Season.starts_on, Season.ends_on).where(
            Season.starts_on < nights.departure, Season.ends_on > nights.arrival
        )
    )
    seasons: dict[int | None, list[Nights]] = defaultdict(list)
    for village_id, starts_on, ends_on in rows:
        seasons[village_id].append(Nights(starts_on, ends_on))
    return seasons


def _priced(
    room_type: RoomType, nights: Iterable[date], seasons: dict[int | None, list[Nights]]
) -> tuple[QuotedNight, ...]:
    here = [*seasons.get(None, ()), *seasons.get(room_type.homestay.village_id, ())]
    return tuple(QuotedNight(night, price_of_night(room_type.prices, night, here)) for night in nights)
