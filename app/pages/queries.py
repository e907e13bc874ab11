"""What the home page and the village pages show of several packages at once. Reads only."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import func, select

from app.bookings.services import Quote, quote_trip
from app.core import clock
from app.core.dates import Nights
from app.core.db import db
from app.core.errors import NotFound
from app.homestays import queries as homestays
from app.homestays.inventory.houses import HouseOffer, count_free_rooms, find_houses, room_count
from app.homestays.inventory.search import StaySearch
from app.homestays.models import Homestay
from app.homestays.rules import HouseKind
from app.showcase.models import Maker, Product
from app.tours.models import Package
from app.villages.rules import PublicationState


@dataclass(frozen=True)
class FullHouse:
    """A house without room for the party: its rooms, and how many of them are free all the same."""

    homestay: Homestay
    rooms: int
    free: int


@dataclass(frozen=True)
class FreeHouses:
    """How many houses of a village have room for the party, of how many."""

    free: int
    houses: int


def list_full_houses(village_id: int, search: StaySearch, free: Collection[HouseOffer]) -> list[FullHouse]:
    """The other houses of the village that is searched: those without room for the party."""
    ids = {offer.homestay.id for offer in free}
    full = [house for house in homestays.list_published(village_id=village_id) if house.id not in ids]
    rooms = count_free_rooms(search, full) if full else {}
    return [FullHouse(house, room_count(house), rooms[house.id]) for house in full]


def free_by_village(search: StaySearch) -> dict[int, FreeHouses]:
    """For each village, how many of its houses have room for the party on these nights. Raises Invalid."""
    free = Counter(offer.homestay.village_id for offer in find_houses(search))
    houses = Counter(house.village_id for house in homestays.list_published())
    return {village_id: FreeHouses(free[village_id], count) for village_id, count in houses.items()}


def find_example() -> Quote | None:
    """A worked example of sharing: two nights in a household, as it would be quoted now for a month ahead."""
    first = clock.today() + timedelta(days=30)
    search = StaySearch(Nights(first, first + timedelta(days=2)))
    for offer in find_houses(search):
        if offer.homestay.house_kind != HouseKind.BALKONDES:
            try:
                return quote_trip(choices=offer.best.choices(search))
            except NotFound:
                # No agreement covers these dates in that village yet: another one will do.
                continue
    return None


@dataclass(frozen=True)
class OnSale:
    """How much of each kind a village has on sale."""

    houses: int = 0
    packages: int = 0
    products: int = 0


def on_sale_by_village() -> dict[int, OnSale]:
    """What each village has on sale; a village without anything is left out."""
    published = PublicationState.PUBLISHED
    houses = select(Homestay.village_id, func.count()).where(Homestay.state == published)
    packages = select(Package.village_id, func.count()).where(Package.state == published)
    products = select(Maker.village_id, func.count()).join(Product, Product.maker_id == Maker.id)
    products = products.where(Product.state == published)
    kinds: list[Mapping[int, int]] = [
        dict(db.session.execute(houses.group_by(Homestay.village_id)).all()),
        dict(db.session.execute(packages.group_by(Package.village_id)).all()),
        dict(db.session.execute(products.group_by(Maker.village_id)).all()),
    ]
    village_ids = set().union(*kinds)
    return {key: OnSale(*(counts.get(key, 0) for counts in kinds)) for key in village_ids}
