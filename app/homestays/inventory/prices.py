"""What each night costs: the price of a room type with the seasons of its village."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select

from app.core.dates import Nights
from app.core.db import db
from app.core.money import Rupiah
from app.homestays.models import RoomType, Season
from app.homestays.rules import price_of_night


@dataclass(frozen=True)
class QuotedNight:
    """A night with the price of one room, in rupiah."""

    on: date
    price: Rupiah


def seasons_of(nights: Nights) -> dict[int | None, list[Nights]]:
    """The holidays that touch these nights, by village; None is for all."""
    rows = db.session.execute(
        select(Season.village_id, Season.starts_on, Season.ends_on).where(
            Season.starts_on < nights.departure, Season.ends_on > nights.arrival
        )
    )
    seasons: dict[int | None, list[Nights]] = defaultdict(list)
    for village_id, starts_on, ends_on in rows:
        seasons[village_id].append(Nights(starts_on, ends_on))
    return seasons


def priced(
    room_type: RoomType, nights: Iterable[date], seasons: dict[int | None, list[Nights]]
) -> tuple[QuotedNight, ...]:
    """Each night with the price of one room."""
    here = [*seasons.get(None, ()), *seasons.get(room_type.homestay.village_id, ())]
    return tuple(QuotedNight(night, price_of_night(room_type.prices, night, here)) for night in nights)
