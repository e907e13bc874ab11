"""What the home page and the village pages show of several packages at once. Reads only."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from app.bookings.services.quote import Quote, quote_trip
from app.core import clock
from app.core.dates import Nights
from app.core.errors import NotFound
from app.core.money import Rupiah
from app.homestays import queries as homestays
from app.homestays.inventory.houses import HouseOffer, find_houses, room_count
from app.homestays.inventory.search import StayChoice, StaySearch
from app.homestays.models import Homestay
from app.homestays.rules import HouseKind
from app.revenue.rules import PayeeKind


@dataclass(frozen=True)
class HouseCard:
    """A house as its card shows it for some nights. `total` is None where it has no room for the party."""

    homestay: Homestay
    free: int
    rooms: int
    total: Rupiah | None
    rooms_needed: int
    host_share: Rupiah | None


@dataclass(frozen=True)
class FreeHouses:
    """How many houses of a village have room for the party, of how many."""

    free: int
    houses: int


def list_cards(village_id: int, search: StaySearch) -> list[HouseCard]:
    """The published houses of the village that is searched, those with room for the party first. Raises Invalid."""
    offers = find_houses(search)
    seen = {offer.homestay.id for offer in offers}
    full = [
        HouseCard(homestay, 0, room_count(homestay), None, 0, None)
        for homestay in homestays.list_published(village_id=village_id)
        if homestay.id not in seen
    ]
    return [*(_card(offer, search) for offer in offers), *full]


def list_free_cards(search: StaySearch, *, most: int) -> list[HouseCard]:
    """Free houses for the home page, each of another village where there are enough."""
    offers = find_houses(search)
    first: dict[int, HouseOffer] = {}
    for offer in offers:
        first.setdefault(offer.homestay.village_id, offer)
    chosen = [*first.values(), *(offer for offer in offers if offer not in first.values())]
    return [_card(offer, search) for offer in chosen[:most]]


def _card(offer: HouseOffer, search: StaySearch) -> HouseCard:
    best = offer.best
    return HouseCard(
        offer.homestay,
        offer.rooms_free,
        offer.rooms,
        best.total,
        best.rooms,
        _host_share(best.choices(search)),
    )


def _host_share(choices: Sequence[StayChoice]) -> Rupiah | None:
    """What the household gets of the price; None where no agreement covers these dates yet."""
    try:
        shares = quote_trip(choices).shares
    except NotFound:
        return None
    return sum(share.amount for share in shares if share.kind == PayeeKind.HOST)


def free_by_village(search: StaySearch) -> dict[int, FreeHouses]:
    """For each village, how many of its houses have room for the party on these nights. Raises Invalid."""
    free: dict[int, int] = defaultdict(int)
    for offer in find_houses(search):
        free[offer.homestay.village_id] += 1
    houses: dict[int, int] = defaultdict(int)
    for homestay in homestays.list_published():
        houses[homestay.village_id] += 1
    return {village_id: FreeHouses(free[village_id], houses[village_id]) for village_id in houses}


def find_example() -> Quote | None:
    """A worked example of sharing: two nights in a household, as it would be quoted now for a month ahead."""
    first = clock.today() + timedelta(days=30)
    search = StaySearch(Nights(first, first + timedelta(days=2)))
    for offer in find_houses(search):
        if offer.homestay.house_kind != HouseKind.BALKONDES:
            try:
                return quote_trip(offer.best.choices(search))
            except NotFound:
                continue
    return None
