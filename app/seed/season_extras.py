"""What guests of the season do and take home beside sleeping: departures and products, and how they choose them.

Read once, as the world stands when the season is seeded. The season never takes the last places or pieces, so that
whoever looks at the demo finds some.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import TypeVar

from sqlalchemy import select

from app.core import clock
from app.core.counters import Counter, left_now
from app.core.dates import village_instant
from app.core.db import db
from app.seed.season_plans import GuestPlan
from app.showcase.inventory import ProductChoice
from app.showcase.models import Product, Stock
from app.tours.inventory import PackageChoice
from app.tours.models import Departure, Package
from app.tours.rules import DepartureState, units_needed
from app.villages.models import Village
from app.villages.rules import PublicationState

T = TypeVar("T")

PLACES_LEFT = 2
"""So many persons always find a place on a departure, as far as the season is concerned."""

PLENTY, PLENTY_LEFT, FEW_LEFT = 40, 20, 2
"""Of a product of which forty pieces came to a place the season leaves twenty there, of others two."""

FROM, UNTIL = time(15, 0), time(9, 0)
"""Who sleeps in the village joins from the afternoon of arrival until the morning of departure."""


@dataclass
class Places:
    """A departure that the season may book, with the units that are left as it goes on."""

    departure: str
    village_id: int
    on: date
    starts_at: datetime
    bookable_until: datetime
    unit_size: int
    min_party: int
    max_party: int
    takes_children: bool
    left: int

    def fits(self, plan: GuestPlan, now: datetime) -> bool:
        """Whether the party can come along and leaves places for others."""
        left = self.left - self.units_for(plan)
        return (
            now < self.bookable_until
            and self.min_party <= plan.party <= self.max_party
            and (self.takes_children or not plan.children)
            and left >= units_needed(PLACES_LEFT, self.unit_size)
        )

    def units_for(self, plan: GuestPlan) -> int:
        """How many units the party takes."""
        return units_needed(plan.party, self.unit_size)

    def choice(self, plan: GuestPlan) -> PackageChoice:
        """The whole party on this departure."""
        return PackageChoice(self.departure, plan.adults, plan.children)


@dataclass
class Pieces:
    """A product at a place where the season may buy it, with what is left as it goes on, and what stays there."""

    product: str
    village_id: int
    pickup: str
    left: int
    stays: int

    def units_for(self, plan: GuestPlan) -> int:
        """How many pieces the guest takes home."""
        return plan.wishes.pieces

    def choice(self, plan: GuestPlan) -> ProductChoice:
        """So many pieces, picked up here when the trip begins."""
        return ProductChoice(self.product, plan.wishes.pieces, self.pickup)


Extra = Places | Pieces


class Extras:
    """Departures by day, and pieces, to choose from."""

    def __init__(self, first: date) -> None:
        """Read what sets out from a day on, and what waits anywhere."""
        self._places: dict[date, list[Places]] = {}
        for places in _list_places(first):
            self._places.setdefault(places.on, []).append(places)
        self._pieces = _list_pieces()

    def wanted_by(self, plan: GuestPlan, village_id: int | None) -> list[Extra]:
        """What the guest would like beside a room in that village; None for a guest who only comes for the day."""
        wished: list[Extra | None] = []
        if plan.wishes.package:
            wished.append(self._find_places(plan, village_id))
        if plan.wishes.pieces:
            wished.append(self._find_pieces(plan, village_id))
        return [extra for extra in wished if extra is not None]

    def _find_places(self, plan: GuestPlan, village_id: int | None) -> Places | None:
        """A departure while the party is there; every other time one of the village where it sleeps."""
        now = clock.now()
        fitting = [places for places in self._while_there(plan, village_id) if places.fits(plan, now)]
        near = [places for places in fitting if places.village_id == village_id]
        return _drawn(near if near and plan.number % 2 else fitting, plan.wishes.draw)

    def _while_there(self, plan: GuestPlan, village_id: int | None) -> list[Places]:
        if village_id is None:
            return self._places.get(plan.nights.arrival, [])
        first = village_instant(plan.nights.arrival, FROM)
        last = village_instant(plan.nights.departure, UNTIL)
        days = [*plan.nights, plan.nights.departure]
        return [
            places
            for day in days
            for places in self._places.get(day, ())
            if first <= places.starts_at <= last
        ]

    def _find_pieces(self, plan: GuestPlan, village_id: int | None) -> Pieces | None:
        """A product at the Balkondes of the village, else anywhere."""
        fitting = [pieces for pieces in self._pieces if pieces.left - plan.wishes.pieces >= pieces.stays]
        near = [pieces for pieces in fitting if pieces.village_id == village_id]
        return _drawn(near or fitting, plan.wishes.draw)


def _drawn(things: Sequence[T], draw: float) -> T | None:
    return things[int(draw * len(things))] if things else None


def _list_places(first: date) -> list[Places]:
    query = (
        select(
            Departure.public_id,
            Package.village_id,
            Departure.on,
            Departure.starts_at,
            Departure.bookable_until,
            Package.unit_size,
            Package.min_party,
            Package.max_party,
            Package.takes_children,
            left_now(clock.now()),
        )
        .join(Package, Package.id == Departure.package_id)
        .join(Counter, Counter.id == Departure.counter_id)
        .where(Departure.on >= first, Departure.state == DepartureState.OPEN)
        .where(Package.is_sample, Package.state == PublicationState.PUBLISHED)
        .order_by(Departure.starts_at, Package.slug)
    )
    return [Places(*tuple(row)) for row in db.session.execute(query)]


def _list_pieces() -> list[Pieces]:
    left = left_now(clock.now())
    query = (
        select(Product.public_id, Stock.village_id, Village.slug, left, Counter.capacity)
        .join(Stock, Stock.product_id == Product.id)
        .join(Village, Village.id == Stock.village_id)
        .join(Counter, Counter.id == Stock.counter_id)
        .where(Product.is_sample, Product.state == PublicationState.PUBLISHED)
        .order_by(Village.slug, Product.slug)
    )
    return [
        Pieces(product, village_id, pickup, int(free), PLENTY_LEFT if capacity >= PLENTY else FEW_LEFT)
        for product, village_id, pickup, free, capacity in db.session.execute(query)
    ]
