"""What the contract tells of several packages at once. Reads only."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, select

from app.bookings.models import Participant
from app.core.db import db
from app.homestays.models import Homestay, Room, RoomType
from app.showcase.models import Maker, Product, Stock
from app.tours.models import Departure, Package
from app.villages.models import Village
from app.villages.rules import PublicationState

Ids = Collection[int | None]


@dataclass(frozen=True)
class Counts:
    """How much a village has on sale."""

    homestays: int = 0
    rooms: int = 0
    packages: int = 0
    products: int = 0


NOTHING = Counts()


def counts_by_village() -> dict[int, Counts]:
    """What each village has on sale: houses with their rooms, packages, products; one without anything is left out."""
    on_sale = PublicationState.PUBLISHED
    houses = (
        select(Homestay.village_id, func.count(Homestay.id.distinct()), func.count(Room.id))
        .outerjoin(Room, Room.homestay_id == Homestay.id)
        .where(Homestay.state == on_sale)
        .group_by(Homestay.village_id)
    )
    packages = select(Package.village_id, func.count()).where(Package.state == on_sale)
    products = select(Maker.village_id, func.count()).join(Product.maker).where(Product.state == on_sale)
    found: dict[int, dict[str, int]] = {}
    for village_id, count, rooms in db.session.execute(houses):
        found[village_id] = {"homestays": count, "rooms": rooms}
    for name, query in (
        ("packages", packages.group_by(Package.village_id)),
        ("products", products.group_by(Maker.village_id)),
    ):
        for village_id, count in db.session.execute(query):
            found.setdefault(village_id, {})[name] = count
    return {village_id: Counts(**counts) for village_id, counts in found.items()}


@dataclass(frozen=True)
class SoldRoom:
    """A room type by the names that the contract uses."""

    room_type: str
    homestay: str
    breakfast: bool


@dataclass(frozen=True)
class SoldDeparture:
    """A departure by the names that the contract uses."""

    departure: str
    package: str
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True)
class SoldGoods:
    """A product in a place, by the names that the contract uses."""

    product: str
    slug: str
    maker: str
    pickup: str


@dataclass(frozen=True)
class SoldItems:
    """What the lines of a trip are of, each by its number; and how many names are known, by line."""

    rooms: Mapping[int, SoldRoom] = field(default_factory=dict)
    departures: Mapping[int, SoldDeparture] = field(default_factory=dict)
    goods: Mapping[int, SoldGoods] = field(default_factory=dict)
    participants: Mapping[int, int] = field(default_factory=dict)


def sold_items(
    *, room_type_ids: Ids = (), departure_ids: Ids = (), stock_ids: Ids = (), participants_of: Ids = ()
) -> SoldItems:
    """What these numbers of a trip's lines stand for, on sale or not. Kinds that do not occur are not asked for."""
    return SoldItems(
        {key: SoldRoom(*row) for key, *row in _rows(_rooms(), RoomType.id, room_type_ids)},
        {key: SoldDeparture(*row) for key, *row in _rows(_departures(), Departure.id, departure_ids)},
        {key: SoldGoods(*row) for key, *row in _rows(_goods(), Stock.id, stock_ids)},
        dict(_rows(_participants(), Participant.line_id, participants_of)),
    )


def rooms_by_code(room_types: Collection[str]) -> dict[str, SoldRoom]:
    """Room types by the code that programs know; one that is not there is left out."""
    rows = db.session.execute(_rooms().where(RoomType.public_id.in_(room_types)))
    return {code: SoldRoom(code, slug, breakfast) for _key, code, slug, breakfast in rows}


def homestay_is_known(slug: str) -> bool:
    """Whether there is a house at this address, on sale or not."""
    return db.session.scalar(select(select(Homestay.id).where(Homestay.slug == slug).exists())) or False


def maker_is_known(slug: str) -> bool:
    """Whether there is a maker of that name here."""
    return db.session.scalar(select(select(Maker.id).where(Maker.slug == slug).exists())) or False


def _rows(query: Any, key: Any, wanted: Ids) -> list[Any]:
    numbers = [number for number in wanted if number is not None]
    return list(db.session.execute(query.where(key.in_(numbers)))) if numbers else []


def _rooms() -> Select[int, str, str, bool]:
    return select(RoomType.id, RoomType.public_id, Homestay.slug, Homestay.breakfast).join(RoomType.homestay)


def _departures() -> Select[int, str, str, datetime, datetime]:
    columns = (Departure.id, Departure.public_id, Package.slug, Departure.starts_at, Departure.ends_at)
    return select(*columns).join(Departure.package)


def _goods() -> Select[int, str, str, str, str]:
    query = select(Stock.id, Product.public_id, Product.slug, Maker.slug, Village.slug)
    return query.join(Stock.product).join(Product.maker).join(Stock.village)


def _participants() -> Select[int, int]:
    return select(Participant.line_id, func.count()).group_by(Participant.line_id)
