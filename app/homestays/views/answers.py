"""What a search is answered with: houses, a page at a time, and the way on where there are too few."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from app.core import clock
from app.core.money import Rupiah
from app.homestays import queries
from app.homestays.forms import StaySearchForm
from app.homestays.inventory.facts import HouseFacts, kinds_apart, list_on_sale
from app.homestays.inventory.houses import HouseOffer, draw, look
from app.homestays.inventory.overflow import (
    Nearby,
    OtherNights,
    find_nearby,
    find_other_nights,
    seasons_around,
)
from app.homestays.inventory.search import StaySearch
from app.villages.models import Village

PAGE = 12
"""Houses on one page, so that it stays light on a weak signal."""

FULL = 6
"""Full houses of the village under those that are free."""

FEW = 3
"""With fewer houses than this in the village, its neighbours are shown as well."""


@dataclass(frozen=True)
class Answer:
    """A page of houses and what stands under them. While no nights are chosen `search` is None, and there are `houses`
    with their number of rooms and lowest price.
    """

    search: StaySearch | None
    page: int
    count: int | None = None
    has_more: bool = False
    offers: Sequence[HouseOffer] = ()
    houses: Sequence[tuple[HouseFacts, int, Rupiah | None]] = ()
    full: Sequence[HouseOffer] = ()
    nearby: Sequence[Nearby] = ()
    other_nights: Sequence[OtherNights] = ()
    host_shares: Mapping[int, int] = field(default_factory=dict)


def answer_search(
    search: StaySearch, village: Village | None, minutes: Mapping[int, int], page: int
) -> Answer:
    """Free houses, the full ones of the village, its neighbours by road, other nights where nothing is free.

    `minutes` by road from the village to each other one, by their numbers.
    """
    seasons = seasons_around(search.nights)
    found = look(search, seasons)
    count = len(found.offered)
    is_last = page * PAGE >= count
    shown = found.offered[(page - 1) * PAGE : page * PAGE]
    full = found.others[:FULL] if village and is_last else ()
    near = find_nearby(search, minutes, seasons, limit=6) if village and count < FEW else []
    drawn = draw([*shown, *full, *near])
    ends = len(shown) + len(full)
    return Answer(
        search=search,
        page=page,
        count=count,
        has_more=not is_last,
        offers=drawn[: len(shown)],
        full=drawn[len(shown) : ends],
        nearby=[Nearby(offer, minutes[offer.homestay.village_id]) for offer in drawn[ends:]],
        other_nights=[] if count else find_other_nights(search, seasons, limit=3),
        host_shares=queries.host_shares([offer.homestay for offer in drawn], search.nights.arrival),
    )


def list_without_nights(form: StaySearchForm, village: Village | None, page: int) -> Answer:
    """Houses on sale with the lowest price of a night, a page at a time."""
    wanted = set(form.amenity.data or ())
    on_sale = list_on_sale(village.slug if village else None)
    found = [(house, price) for house, price in on_sale if wanted <= set(house.amenities)][
        (page - 1) * PAGE :
    ]
    shown = found[:PAGE]
    kinds = kinds_apart([house.id for house, _price in shown])
    return Answer(
        search=None,
        page=page,
        has_more=len(found) > PAGE,
        houses=[(house, sum(kinds[house.id].values()), price) for house, price in shown],
        host_shares=queries.host_shares([house for house, _price in shown], clock.today()),
    )
