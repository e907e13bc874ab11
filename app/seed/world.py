"""The demo world that stands still: villages, money, houses, holidays. The season on top of it is `season.py`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select

from app.core.db import db
from app.homestays.models import Homestay, Room
from app.seed.agreements import seed_agreements
from app.seed.facts import seed_villages
from app.seed.holidays import seed_holidays
from app.seed.houses import seed_houses
from app.villages.models import Village


@dataclass(frozen=True)
class WorldReport:
    """How much of the world is there, and how much of it is new."""

    villages: int
    houses: int
    rooms: int
    new_houses: int
    new_holidays: int


def seed_world(*, today: date, collecting: str) -> WorldReport:
    """Enter what is missing of the static world. `collecting` is the code of the shared account."""
    villages = seed_villages()
    seed_agreements(villages, today=today, collecting=collecting)
    new_houses = seed_houses(villages)
    new_holidays = seed_holidays(today)
    return WorldReport(_count(Village.id), _count(Homestay.id), _count(Room.id), new_houses, new_holidays)


def _count(column: object) -> int:
    return db.session.scalar(select(func.count(column))) or 0  # type: ignore[arg-type]
