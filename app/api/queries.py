"""What the contract tells of several packages at once. Reads only."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import Select, func, select

from app.core.db import db
from app.homestays.models import Homestay, Room, RoomType
from app.showcase.models import Maker, Product, Stock
from app.tours.models import Package
from app.villages.models import Village
from app.villages.rules import PublicationState


@dataclass(frozen=True)
class Counts:
    """How much a village has on sale."""

    homestays: int = 0
    rooms: int = 0
    packages: int = 0
    products: int = 0


NOTHING = Counts()


def counts_by_village() -> dict[int, Counts]:
    """What each village has on sale: houses and their rooms, packages, products; one without anything is left out."""
    on_sale = PublicationState.PUBLISHED
    houses = (
        select(Homestay.village_id, func.count(Homestay.id.distinct()), func.count(Room.id))
        .outerjoin(Room, Room.homestay_id == Homestay.id)
        .where(Homestay.state == on_sale)
        .group_by(Homestay.village_id)
    )
    packages = select(Package.village_id, func.count()).where(Package.state == on_sale)
    products = select(Maker.village_id, func.count()).join(Product.maker).where(Product.state == on_sale)
    found: dict[int, dict[str, int]] = defaultdict(dict)
    for village_id, homes, rooms in db.session.execute(houses):
        found[village_id] |= {"homestays": homes, "rooms": rooms}
    for village_id, count in db.session.execute(packages.group_by(Package.village_id)):
        found[village_id]["packages"] = count
    for village_id, count in db.session.execute(products.group_by(Maker.village_id)):
        found[village_id]["products"] = count
    return {village_id: Counts(**counts) for village_id, counts in found.items()}


@dataclass(frozen=True)
class SoldRoom:
    """A room type by the names that the contract uses."""

    room_type: str
    homestay: str
    breakfast: bool


def rooms_by_id(room_type_ids: Collection[int]) -> dict[int, SoldRoom]:
    """Room types by number."""
    rows = db.session.execute(_rooms().where(RoomType.id.in_(room_type_ids)))
    return {key: SoldRoom(code, slug, breakfast) for key, code, slug, breakfast in rows}


def rooms_by_code(room_types: Collection[str]) -> dict[str, SoldRoom]:
    """Room types by the code that programs know; one that is not there is left out."""
    rows = db.session.execute(_rooms().where(RoomType.public_id.in_(room_types)))
    return {code: SoldRoom(code, slug, breakfast) for _key, code, slug, breakfast in rows}


def _rooms() -> Select[int, str, str, bool]:
    return select(RoomType.id, RoomType.public_id, Homestay.slug, Homestay.breakfast).join(RoomType.homestay)


def homestay_is_known(slug: str) -> bool:
    """Whether there is a house at this address, on sale or not."""
    return db.session.scalar(select(select(Homestay.id).where(Homestay.slug == slug).exists())) or False


@dataclass(frozen=True)
class SoldProduct:
    """A product in the village where it is picked up, by the names that the contract uses."""

    product: str
    slug: str
    pickup: str


def products_by_stock(stock_ids: Collection[int]) -> dict[int, SoldProduct]:
    """Products by the number of their stock, on sale or not."""
    query = select(Stock.id, Product.public_id, Product.slug, Village.slug)
    query = query.join(Stock.product).join(Stock.village).where(Stock.id.in_(stock_ids))
    return {key: SoldProduct(code, slug, pickup) for key, code, slug, pickup in db.session.execute(query)}


def maker_is_known(slug: str) -> bool:
    """Whether there is a maker of that name."""
    return db.session.scalar(select(select(Maker.id).where(Maker.slug == slug).exists())) or False
