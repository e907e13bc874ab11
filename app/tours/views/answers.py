"""What a search is answered with: packages, a page at a time, and the way on where there are too few."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, time

from app.core.dates import village_instant
from app.core.money import Rupiah
from app.tours import queries
from app.tours.inventory.search import DepartureOffer, DepartureSearch, find_running, fits
from app.tours.models import Package
from app.villages.models import Village
from app.villages.queries import road_minutes

PAGE = 12
"""Packages on one page, so that it stays light on a weak signal."""

FEW = 3
"""With fewer packages than this to join in the village, its neighbours are shown as well."""

SHOWN = 3
"""Departures named on a card; the others are on the package's page."""


@dataclass(frozen=True)
class Card:
    """A package with its departures on the days asked for; `next_on` is the first day after them that has room."""

    package: Package
    offers: Sequence[DepartureOffer]
    party: int
    next_on: date | None

    @property
    def is_for_party(self) -> bool:
        """Whether it takes a party of that size at all."""
        return fits(self.package, self.party)

    @property
    def free(self) -> list[DepartureOffer]:
        """The departures that the party can join."""
        return [offer for offer in self.offers if offer.has_room] if self.is_for_party else []

    @property
    def named(self) -> Sequence[DepartureOffer]:
        """The departures named on the card: those with room, else the full ones."""
        return (self.free or self.offers)[:SHOWN]

    @property
    def others(self) -> int:
        """How many more there are of the kind that is named."""
        return len(self.free or self.offers) - len(self.named)


@dataclass(frozen=True)
class Answer:
    """A page of packages and what stands under them; `gets` is what the maker gets of one unit, in rupiah."""

    search: DepartureSearch
    page: int
    count: int
    has_more: bool
    cards: Sequence[Card]
    nearby: Sequence[tuple[Card, int]]
    next_on: date | None
    gets: Mapping[int, Rupiah]


def answer_search(search: DepartureSearch, village: Village | None, page: int) -> Answer:
    """Packages with room, then those that are full, for others or on other days; neighbours by road where few have."""
    cards = _cards(replace(search, village=None))
    own = [card for card in cards if village is None or card.package.village_id == village.id]
    free = [card for card in own if card.free]
    shown = own[(page - 1) * PAGE : page * PAGE]
    nearby = _nearby(cards, village) if village is not None and len(free) < FEW else []
    drawn = [card.package for card in shown] + [card.package for card, _minutes in nearby]
    later = [card.next_on for card in own if card.next_on is not None and card.is_for_party]
    return Answer(
        search=search,
        page=page,
        count=len(free),
        has_more=page * PAGE < len(own),
        cards=shown,
        nearby=nearby,
        next_on=None if free else min(later, default=None),
        gets=queries.guide_amounts(drawn, search.start),
    )


def _cards(search: DepartureSearch) -> list[Card]:
    """All packages on sale: first those that the party can join, soonest first; the others as they are listed."""
    running: dict[int, list[DepartureOffer]] = defaultdict(list)
    for offer in find_running(search):
        running[offer.package.id].append(offer)
    after = village_instant(search.end, time(0))
    cards = [
        Card(package, running[package.id], search.party, next_on)
        for package, next_on in queries.list_on_sale(after, kind=search.kind)
    ]
    return sorted(cards, key=_rank)


def _rank(card: Card) -> tuple[bool, float, bool]:
    first = card.free[0].departure.starts_at.timestamp() if card.free else 0.0
    return (not card.free, first, not card.offers)


def _nearby(cards: Sequence[Card], village: Village) -> list[tuple[Card, int]]:
    """Packages of other villages that the party can join, nearest by road first."""
    minutes = road_minutes(village.id)
    near = [
        (card, minutes[card.package.village_id])
        for card in cards
        if card.free and card.package.village_id in minutes and card.package.village_id != village.id
    ]
    return sorted(near, key=lambda one: one[1])[:6]
