"""What the front page shows, some of each kind in a fair order with what its makers get; and what a village has.

The front page is asked for more often than any other, so houses, packages, products and how money is divided are one
question each.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from app.core import clock
from app.core.money import Rupiah
from app.homestays.inventory.houses import HouseOffer, Lodging
from app.homestays.inventory.search import StaySearch
from app.homestays.inventory.search import find_free as find_rooms
from app.homestays.rules import HouseKind
from app.pages.rules import in_turn, tonight, weekend
from app.revenue.queries import SELLER, splits_in_force
from app.revenue.rules import PartyShare, RevenueKind, SoldUnit, SplitTerms, planned
from app.showcase.inventory import ProductOffer, ProductSearch
from app.showcase.inventory import find_free as find_products
from app.showcase.rules import own_part
from app.tours.inventory.search import DepartureOffer, DepartureSearch, find_running
from app.tours.models import Package
from app.tours.rules import DAYS_AHEAD, MOST_PARTY
from app.tours.views.answers import Answer, Card, answer_search
from app.villages.models import Village

CARDS = 3
SOON, LATER = timedelta(days=3), timedelta(days=30)
"""Departures of the coming days; of the coming month where there are none so soon."""

LOOKED_AT = 100
"""Departures of the coming month that are looked at, the soonest first."""

WEEK = timedelta(days=7)

STAYS = {True: RevenueKind.STAY_BALKONDES, False: RevenueKind.STAY_HOME}
Splits = Mapping[tuple[int, RevenueKind], SplitTerms]


@dataclass(frozen=True)
class Front:
    """Some houses, packages and products. `shares` are basis points by house, `gets` rupiah by package or product."""

    search: StaySearch
    houses: Sequence[HouseOffer]
    shares: Mapping[int, int]
    package_search: DepartureSearch
    packages: Sequence[Card]
    guide_gets: Mapping[int, Rupiah]
    products: Sequence[ProductOffer]
    maker_gets: Mapping[int, Rupiah]
    example: Sequence[PartyShare]


def show_front(today: date) -> Front:
    """What is free tonight (else the coming weekend), what is done in the coming days, what waits on the shelves."""
    search, houses = _free_houses(today)
    package_search, packages = _packages(today)
    products = [offer for offer in find_products(ProductSearch()) if not offer.is_sold_out][:CARDS]
    splits = splits_in_force(_villages(houses, packages, products), search.nights.arrival)
    return Front(
        search=search,
        houses=houses,
        shares={house.homestay.id: _own_share(splits, house) for house in houses if _split_of(splits, house)},
        package_search=package_search,
        packages=packages,
        guide_gets=_guide_gets(splits, [card.package for card in packages]),
        products=products,
        maker_gets=_maker_gets(splits, products),
        example=_example(splits, houses),
    )


def _free_houses(today: date) -> tuple[StaySearch, list[HouseOffer]]:
    search = StaySearch(tonight(today))
    houses = _houses(search)
    if not houses:
        search = StaySearch(weekend(today))
        houses = _houses(search)
    return search, houses


def _houses(search: StaySearch) -> list[HouseOffer]:
    """Houses with room, each of another village as long as there are such; of each the kind of room that fits best."""
    best: dict[int, HouseOffer] = {}
    for offer in find_rooms(search):
        house = HouseOffer(offer.homestay, (Lodging((offer,)),), offer.rooms_left, offer.units)
        best.setdefault(offer.homestay.id, house)
    of_village: dict[int, HouseOffer] = {}
    for house in best.values():
        of_village.setdefault(house.homestay.village_id, house)
    first = list(of_village.values())
    return [*first, *(house for house in best.values() if house not in first)][:CARDS]


def _packages(today: date) -> tuple[DepartureSearch, list[Card]]:
    """Packages that two can join, one of each village, the villages in turn from day to day."""
    search = DepartureSearch(today, today + LATER, 2)
    offers = find_running(search, limit=LOOKED_AT)
    soon = _cards([offer for offer in offers if offer.departure.on < today + SOON], search.party)
    if soon:
        search = replace(search, end=today + SOON)
    cards = in_turn(
        soon or _cards(offers, search.party),
        lambda card: card.package.village_id,
        lambda card: card.package.id,
        today,
    )
    return search, cards[:CARDS]


def _cards(offers: Sequence[DepartureOffer], party: int) -> list[Card]:
    packages: dict[int, list[DepartureOffer]] = defaultdict(list)
    for offer in offers:
        packages[offer.package.id].append(offer)
    cards = [Card(own[0].package, own, party, None) for own in packages.values()]
    return [card for card in cards if card.free]


# Who gets what


def _villages(
    houses: Sequence[HouseOffer], cards: Sequence[Card], products: Sequence[ProductOffer]
) -> set[int]:
    return {
        *(house.homestay.village_id for house in houses),
        *(card.package.village_id for card in cards),
        *(offer.maker.village_id for offer in products),
    }


def _split_of(splits: Splits, house: HouseOffer) -> SplitTerms | None:
    homestay = house.homestay
    return splits.get((homestay.village_id, STAYS[homestay.house_kind == HouseKind.BALKONDES]))


def _own_share(splits: Splits, house: HouseOffer) -> int:
    terms = _split_of(splits, house)
    return sum(share.basis_points for share in terms.shares if share.payee_id == SELLER) if terms else 0


def _guide_gets(splits: Splits, packages: Sequence[Package]) -> dict[int, Rupiah]:
    found = {one.id: splits.get((one.village_id, RevenueKind.PACKAGE)) for one in packages}
    return {one.id: own_part(terms, one.price, SELLER) for one in packages if (terms := found[one.id])}


def _maker_gets(splits: Splits, offers: Sequence[ProductOffer]) -> dict[int, Rupiah]:
    found = {one.product.id: splits.get((one.maker.village_id, RevenueKind.PRODUCT)) for one in offers}
    return {
        one.product.id: own_part(terms, one.product.price, SELLER)
        for one in offers
        if (terms := found[one.product.id])
    }


def _example(splits: Splits, houses: Sequence[HouseOffer]) -> list[PartyShare]:
    """Who gets what of the first house shown, as it would be booked; nothing where nothing is agreed."""
    if not houses or (terms := _split_of(splits, houses[0])) is None:
        return []
    seller = houses[0].homestay.name
    shares = tuple(replace(s, name=seller) if s.payee_id == SELLER else s for s in terms.shares)
    fees = tuple(replace(fee, name=seller) if fee.payee_id == SELLER else fee for fee in terms.fees)
    terms = replace(terms, shares=shares, fees=fees)
    rooms = [
        (part, night)
        for part in houses[0].best.parts
        for night in part.nightly
        for _r in range(part.rooms_needed)
    ]
    return planned([SoldUnit(key, 1, night.on, night.price, terms) for key, (_p, night) in enumerate(rooms)])


# A village


def packages_of(village: Village, search: StaySearch) -> Answer:
    """What is done in the village in the week that begins with the stay, for the same party; and near it if little."""
    start = search.nights.arrival
    last = clock.today() + timedelta(days=DAYS_AHEAD)
    week = DepartureSearch(start, min(start + WEEK, last), min(search.party, MOST_PARTY))
    return answer_search(week, village, 1)
