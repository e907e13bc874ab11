"""What a search is answered with: houses, a page at a time, and the way on where there are too few."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from app.core import clock
from app.homestays import queries
from app.homestays.forms import StaySearchForm
from app.homestays.inventory.houses import HouseOffer, count_free_rooms, find_houses, room_count
from app.homestays.inventory.overflow import Nearby, OtherNights, find_nearby, find_other_nights
from app.homestays.inventory.search import StaySearch
from app.homestays.models import Homestay
from app.villages.models import Village

PAGE = 12
"""Houses on one page, so that it stays light on a weak signal."""

FEW = 3
"""With fewer houses than this in the village, its neighbours are shown as well."""


@dataclass(frozen=True)
class Answer:
    """A page of houses and what stands under them. `search` is None while no nights are chosen."""

    search: StaySearch | None
    page: int
    count: int | None = None
    has_more: bool = False
    offers: Sequence[HouseOffer] = ()
    houses: Sequence[Homestay] = ()
    full: Sequence[Homestay] = ()
    nearby: Sequence[Nearby] = ()
    other_nights: Sequence[OtherNights] = ()
    rooms: Mapping[int, int] = field(default_factory=dict)
    free_rooms: Mapping[int, int] = field(default_factory=dict)
    host_shares: Mapping[int, int] = field(default_factory=dict)


def answer_search(search: StaySearch, village: Village | None, page: int) -> Answer:
    """Free houses, the full ones of the village, its neighbours by road, other nights where nothing is free."""
    offers = find_houses(search)
    shown = offers[(page - 1) * PAGE : page * PAGE]
    is_last = page * PAGE >= len(offers)
    nearby = find_nearby(search, village.id, limit=6) if village and len(offers) < FEW else []
    full = _full_houses(village, {offer.homestay.id for offer in offers}) if village and is_last else []
    drawn = [offer.homestay for offer in shown] + [near.offer.homestay for near in nearby] + full
    return Answer(
        search=search,
        page=page,
        count=len(offers),
        has_more=not is_last,
        offers=shown,
        full=full,
        nearby=nearby,
        other_nights=[] if offers else find_other_nights(search, limit=3),
        rooms={house.id: room_count(house) for house in drawn},
        free_rooms=count_free_rooms(search, full) if full else {},
        host_shares=queries.host_shares(drawn, search.nights.arrival),
    )


def _full_houses(village: Village, free: Collection[int]) -> list[Homestay]:
    return [house for house in queries.list_published(village_id=village.id) if house.id not in free][:6]


def list_without_nights(form: StaySearchForm, village: Village | None, page: int) -> Answer:
    """Houses on sale with the lowest price of a night, a page at a time."""
    wanted = set(form.amenity.data or ())
    on_sale = queries.list_published(village_id=village.id if village else None)
    found = [house for house in on_sale if wanted <= set(house.amenities)][(page - 1) * PAGE :]
    houses = found[:PAGE]
    return Answer(
        search=None,
        page=page,
        has_more=len(found) > PAGE,
        houses=houses,
        rooms={house.id: room_count(house) for house in houses},
        host_shares=queries.host_shares(houses, clock.today()),
    )
