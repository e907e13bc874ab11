"""The statements of a search. Each shape is built once and kept; what a guest asks for comes as parameters.

A page of offers by price walks an index, the cheapest first, and looks only at as many kinds of rooms as it takes to
fill the page: that is why a village of five thousand rooms answers like one of forty.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    BindParameter,
    ColumnElement,
    CompoundSelect,
    FromClause,
    Select,
    Subquery,
    Text,
    and_,
    bindparam,
    case,
    cast,
    func,
    literal,
    not_,
    select,
    tuple_,
    union_all,
)

from app.homestays.inventory.facts import HOUSE_COLUMNS, ROOM_COLUMNS
from app.homestays.inventory.vacancy import (
    ASKED,
    NOW,
    AskedStay,
    all_units,
    free_units,
    house_rows,
    is_sold,
    kind_rows,
    unit_is_free,
    unit_rows,
)
from app.homestays.models import Homestay, RoomType, Unit
from app.villages.models import Village
from app.villages.rules import PublicationState

Number = ColumnElement[int]

village_rows = Village.__table__.c
kinds = RoomType.__table__.join(Homestay.__table__, house_rows.id == kind_rows.homestay_id).join(
    Village.__table__, village_rows.id == house_rows.village_id
)
"""Kinds of rooms with their houses and villages."""


@dataclass(frozen=True)
class Shape:
    """Which conditions a search has. `own_villages`: how many villages have holidays of their own on its nights."""

    dialect: str
    by_price: bool
    village: bool
    homestay: bool
    rooms: bool
    max_price: bool
    amenities: int
    own_villages: int

    @property
    def is_narrow(self) -> bool:
        """Whether one village or house is asked for."""
        return self.village or self.homestay


@cache
def survey(village: bool, homestay: bool, is_vacant: bool) -> Select[*tuple[Any, ...]]:
    """Every kind of room of the published houses, with how many units of it are free and whether it is sold at all.

    `is_vacant` leaves out, over the whole sub-district, the kinds without a free unit.
    """
    if village or homestay:
        free: Number = free_units()
        within: FromClause = kinds
    else:
        # Over the whole sub-district it is quicker to count what is free once than to ask for each kind of room.
        counts = counted()
        free = func.coalesce(counts.c.free, 0)
        within = kinds.join(counts, counts.c.room_type_id == kind_rows.id, isouter=not is_vacant)
    columns = (*ROOM_COLUMNS, *HOUSE_COLUMNS, free.label("free"), all_units().label("units"))
    published = house_rows.state == PublicationState.PUBLISHED
    query = select(*columns, kind_rows.is_open).select_from(within)
    query = query.where(published, *_place(village, homestay))
    return query.order_by(village_rows.name, house_rows.name, kind_rows.id)


@cache
def free_at(many: int, village: bool, homestay: bool) -> CompoundSelect[*tuple[Any, ...]]:
    """For each of several stays (`arrival_0`, `departure_0`, …) how many units of each kind of room are free.

    Gives (place of the stay, number of the kind, free); a kind with none is left out.
    """
    stays = [
        select(literal(place), unit_rows.room_type_id, func.count())
        .select_from(Unit.__table__.join(RoomType.__table__, kind_rows.id == unit_rows.room_type_id))
        .where(unit_is_free(AskedStay(f"_{place}"), NOW), *_place(village, homestay))
        .group_by(unit_rows.room_type_id)
        for place in range(many)
    ]
    return union_all(*stays)


def counted() -> Subquery:
    """How many units of each kind of room are free; a kind with none is left out."""
    vacant = select(unit_rows.room_type_id, func.count().label("free")).where(unit_is_free(ASKED, NOW))
    return vacant.group_by(unit_rows.room_type_id).subquery()


@cache
def cheapest(shape: Shape) -> Select[*tuple[Any, ...]]:
    """The first `limit` offers by the lowest price of any night; the price of these nights may be in another order."""
    walk = _offers(shape, free_units())
    return walk.order_by(kind_rows.lowest_price, kind_rows.id).limit(_number("limit"))


@cache
def as_cheap(shape: Shape) -> Select[*tuple[Any, ...]]:
    """What comes after the kind of room (`last_price`, `last_id`) in that walk and costs no more than `most`.

    `highest` is the lowest price of a night beyond which nothing can be as cheap: it ends the walk.
    """
    near = kind_rows.lowest_price.between(_number("last_price"), _number("highest"))
    seen = and_(kind_rows.lowest_price == _number("last_price"), kind_rows.id <= _number("last_id"))
    query = _offers(shape, free_units(), near, not_(seen), _total(shape) <= _number("most"))
    return query.order_by(*_rank(shape)).limit(_number("limit"))


@cache
def first_in_order(shape: Shape, after: bool) -> Select[*tuple[Any, ...]]:
    """The first `limit` offers in the search's order among the first `window` kinds of rooms in it, free or not."""
    rank = _rank(shape)
    inner = select(kind_rows.id).select_from(kinds).where(*_conditions(shape)).order_by(*rank)
    if after:
        inner = inner.where(_is_after(shape))
    near = inner.limit(_number("window")).subquery()
    within = kinds.join(near, near.c.id == kind_rows.id)
    query = _offers(shape, free_units(), within=within)
    return query.order_by(*rank).limit(_number("limit"))


@cache
def all_in_order(shape: Shape, after: bool) -> Select[*tuple[Any, ...]]:
    """The first `limit` offers in the search's order."""
    if shape.is_narrow:
        query = _offers(shape, free_units())
    else:
        counts = counted()
        within = kinds.join(counts, counts.c.room_type_id == kind_rows.id)
        query = _offers(shape, counts.c.free, within=within)
    query = query.order_by(*_rank(shape)).limit(_number("limit"))
    return query.where(_is_after(shape)) if after else query


def after_parameters(shape: Shape) -> list[str]:
    """The names of the parameters that carry a place in the order."""
    return [f"after_{place}" for place in range(3 if shape.by_price else 6)]


def amenity_pattern(code: str) -> str:
    """What the list of a house's amenities, as it is stored, is like when this one is in it."""
    escaped = code.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f'%"{escaped}"%'


def _offers(
    shape: Shape, free: Number, *more: ColumnElement[bool], within: FromClause = kinds
) -> Select[*tuple[Any, ...]]:
    return (
        select(*ROOM_COLUMNS, *HOUSE_COLUMNS, free.label("free"), all_units().label("units"))
        .add_columns(kind_rows.lowest_price, _total(shape).label("total"))
        .select_from(within)
        # Last what costs most: SQLite looks at conditions in this order.
        .where(*_conditions(shape), *more, free >= _rooms(shape))
    )


def _conditions(shape: Shape) -> list[ColumnElement[bool]]:
    """What can be said of a kind of room without looking at its nights."""
    rooms, party = _rooms(shape), _number("party")
    wanted = [*is_sold(), house_rows.min_nights <= _number("nights"), rooms <= party]
    wanted.append(rooms * kind_rows.sleeps >= party)
    wanted += _place(shape.village, shape.homestay)
    if shape.max_price:
        wanted.append(_per_room(shape) <= _number("most_per_room"))
    offered = cast(house_rows.amenities, Text)
    wanted += [offered.like(bindparam(f"amenity_{place}"), escape="\\") for place in range(shape.amenities)]
    return wanted


def _place(village: bool, homestay: bool) -> list[ColumnElement[bool]]:
    wanted: list[ColumnElement[bool]] = []
    if village:
        named = select(village_rows.id).where(village_rows.slug == bindparam("village"))
        wanted.append(kind_rows.village_id == named.scalar_subquery())
    if homestay:
        house = select(house_rows.id).where(house_rows.slug == bindparam("homestay"))
        wanted.append(kind_rows.homestay_id == house.scalar_subquery())
    return wanted


def _rooms(shape: Shape) -> Number:
    """How many rooms the party needs, or wants."""
    if shape.rooms:
        return _number("rooms")
    return (_number("party") + kind_rows.sleeps - 1) // kind_rows.sleeps


def _total(shape: Shape) -> Number:
    return _rooms(shape) * _per_room(shape)


def _per_room(shape: Shape) -> Number:
    """The price of one room for all nights: so many weekdays, Saturdays and holidays, which villages may differ in."""
    if not shape.own_villages:
        return _sum_of_nights("")
    own = [
        (kind_rows.village_id == _number(f"own_{place}"), _sum_of_nights(f"_{place}"))
        for place in range(shape.own_villages)
    ]
    return case(*own, else_=_sum_of_nights(""))


def _sum_of_nights(suffix: str) -> Number:
    return (
        kind_rows.weekday_price * _number("weekday" + suffix)
        + kind_rows.saturday_price * _number("saturday" + suffix)
        + kind_rows.holiday_price * _number("holiday" + suffix)
    )


def _rank(shape: Shape) -> list[ColumnElement[Any]]:
    """The order of `search.rank`, in SQL."""
    by_price: list[ColumnElement[Any]] = [
        _total(shape),
        _plain(shape, house_rows.slug),
        _plain(shape, kind_rows.public_id),
    ]
    if shape.by_price:
        return by_price
    empty = _rooms(shape) * kind_rows.sleeps - _number("party")
    return [_rooms(shape), empty, (kind_rows.village_id + _number("day")) % 20, *by_price]


def _is_after(shape: Shape) -> ColumnElement[bool]:
    texts = 2
    names = after_parameters(shape)
    place: list[ColumnElement[Any]] = [_number(name) for name in names[:-texts]]
    place += [_plain(shape, bindparam(name, type_=Text())) for name in names[-texts:]]
    return tuple_(*_rank(shape)) > tuple_(*place)


def _plain(shape: Shape, text: Any) -> ColumnElement[str]:
    """A text in the order of its letters' numbers, as Python sorts, whatever language the database was made for."""
    ordered: ColumnElement[str] = text.collate("C" if shape.dialect == "postgresql" else "BINARY")
    return ordered


def _number(name: str) -> BindParameter[int]:
    return bindparam(name, type_=BigInteger())
