"""What a search reads of a kind of room, its house and its village: a few columns, not whole objects.

A search looks at every kind of room there is; whole objects would cost more than the question itself.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, func, select

from app.core.db import db
from app.core.money import Rupiah
from app.homestays.models import Homestay, RoomType, Unit, UnitRoom
from app.homestays.rules import HouseKind, Prices, apart
from app.villages.models import Village
from app.villages.rules import PublicationState, Terms


class VillageFacts(NamedTuple):
    """The village of a house as a card names it."""

    id: int
    slug: str
    name: str
    temple_minutes: int


class HouseFacts(NamedTuple):
    """A house as a card and an offer show it."""

    id: int
    slug: str
    name: str
    house_kind: HouseKind
    drawing: str
    terms: Terms
    min_nights: int
    amenities: list[str]
    breakfast: bool
    is_sample: bool
    village: VillageFacts

    @property
    def village_id(self) -> int:
        """The number of its village."""
        return self.village.id


class RoomFacts(NamedTuple):
    """A kind of room as an offer shows it. `homestay_id` is its house's number."""

    id: int
    public_id: str
    homestay_id: int
    name: str
    beds: str
    sleeps: int
    weekday_price: int
    saturday_price: int
    holiday_price: int

    @property
    def prices(self) -> Prices:
        """The three prices as one value."""
        return Prices(self.weekday_price, self.saturday_price, self.holiday_price)


ROOM_COLUMNS: tuple[ColumnElement[Any], ...] = tuple(RoomType.__table__.c[name] for name in RoomFacts._fields)
HOUSE_COLUMNS: tuple[ColumnElement[Any], ...] = (
    *(Homestay.__table__.c[name] for name in HouseFacts._fields if name != "village"),
    *(Village.__table__.c[name] for name in VillageFacts._fields),
)
_ROOM = len(RoomFacts._fields)
_HOUSE = _ROOM + len(HouseFacts._fields) - 1
_VILLAGE = _HOUSE + len(VillageFacts._fields)


def read_house(columns: Any) -> HouseFacts:
    """A house from a row of HOUSE_COLUMNS."""
    own = len(HouseFacts._fields) - 1
    return HouseFacts._make((*columns[:own], VillageFacts._make(columns[own:])))


def read_row(row: Any) -> tuple[RoomFacts, HouseFacts, Any]:
    """A kind of room and its house from a row of ROOM_COLUMNS and HOUSE_COLUMNS, and what follows them."""
    return RoomFacts._make(row[:_ROOM]), read_house(row[_ROOM:_VILLAGE]), row[_VILLAGE:]


def kinds_apart(homestay_ids: Collection[int]) -> dict[int, dict[int, int]]:
    """For each house the kinds of rooms that can be sold beside each other, with their number of units."""
    query = (
        select(RoomType.homestay_id, RoomType.position, RoomType.id, UnitRoom.unit_id, UnitRoom.room_id)
        .join(Unit, Unit.room_type_id == RoomType.id)
        .join(UnitRoom, UnitRoom.unit_id == Unit.id)
        .where(RoomType.homestay_id.in_(homestay_ids))
    )
    houses: dict[int, dict[tuple[int, int], dict[int, set[int]]]] = {key: {} for key in homestay_ids}
    for homestay_id, position, kind, unit_id, room_id in db.session.execute(query) if homestay_ids else ():
        units = houses[homestay_id].setdefault((position, kind), {})
        units.setdefault(unit_id, set()).add(room_id)
    return {
        key: {
            kind: len(kinds[position, kind])
            for position, kind in apart({kind: list(units.values()) for kind, units in kinds.items()})
        }
        for key, kinds in houses.items()
    }


def list_on_sale(village: str | None = None) -> list[tuple[HouseFacts, Rupiah | None]]:
    """Published houses by village and name, with the lowest price of a weekday night in rupiah; None: nothing open."""
    prices = select(func.min(RoomType.weekday_price)).where(
        RoomType.homestay_id == Homestay.id, RoomType.is_open.is_(True)
    )
    query = select(*HOUSE_COLUMNS, prices.scalar_subquery()).join(Homestay.village)
    query = query.where(Homestay.state == PublicationState.PUBLISHED)
    if village is not None:
        query = query.where(Village.slug == village)
    rows = db.session.execute(query.order_by(Village.name, Homestay.name, Homestay.id))
    return [(read_house(row[:-1]), row[-1]) for row in rows]
