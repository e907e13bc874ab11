"""The demo world that stands still: villages, money, houses, packages with their departures, products, holidays.

The season on top of it is `season.py`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select

from app.core.db import db
from app.homestays.models import Homestay, Room
from app.seed.agreements import seed_agreements
from app.seed.departures import seed_departures
from app.seed.facts import seed_villages
from app.seed.holidays import seed_holidays
from app.seed.houses import seed_houses
from app.seed.packages import seed_packages
from app.seed.products import seed_products
from app.showcase.models import Maker, Product
from app.tours.models import Departure, Package
from app.villages.models import Village


@dataclass(frozen=True)
class WorldReport:
    """How much of the world is there, and how much of it is new."""

    villages: int
    houses: int
    rooms: int
    packages: int
    departures: int
    products: int
    makers: int


def seed_world(*, today: date, days_past: int, collecting: str) -> WorldReport:
    """Enter what is missing of the static world. `collecting` is the code of the shared account.

    Packages set out from `days_past` days ago on, so that guests of the season can have come along.
    """
    villages = seed_villages()
    seed_agreements(villages, today=today, collecting=collecting)
    seed_houses(villages)
    seed_packages(villages)
    seed_departures(days_past=days_past)
    seed_products(villages)
    seed_holidays(today)
    kinds = (Village.id, Homestay.id, Room.id, Package.id, Departure.id, Product.id, Maker.id)
    return WorldReport(*(_count(kind) for kind in kinds))


def _count(column: object) -> int:
    return db.session.scalar(select(func.count(column))) or 0  # type: ignore[arg-type]
