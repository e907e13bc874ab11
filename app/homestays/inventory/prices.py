"""What each night costs: the price of a room type with the seasons of its village."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from sqlalchemy import bindparam, select

from app.core.dates import Nights
from app.core.db import db
from app.core.money import Rupiah
from app.homestays.models import Season
from app.homestays.rules import NightKind, Prices, kind_of_night


@dataclass(frozen=True)
class QuotedNight:
    """A night with the price of one room, in rupiah."""

    on: date
    price: Rupiah


class Seasons:
    """The holidays that touch some nights: which kind of night each one is, in each village."""

    def __init__(self, holidays: Iterable[tuple[int | None, date, date]]) -> None:
        self._holidays: dict[int | None, list[Nights]] = defaultdict(list)
        for village_id, starts_on, ends_on in holidays:
            self._holidays[village_id].append(Nights(starts_on, ends_on))
        self._known: dict[tuple[int | None, date], NightKind] = {}
        self._stays: dict[tuple[int | None, Nights], tuple[tuple[date, NightKind], ...]] = {}

    @property
    def own_villages(self) -> list[int]:
        """The villages that have holidays of their own."""
        return [village_id for village_id in self._holidays if village_id is not None]

    def kind(self, village_id: int | None, night: date) -> NightKind:
        """What kind of night this is in a village; None: in one without holidays of its own."""
        # Most villages have none, and share what was worked out for one of them.
        village = village_id if village_id in self._holidays else None
        if (village, night) not in self._known:
            here = [*self._holidays.get(None, ()), *(self._holidays.get(village, ()) if village else ())]
            self._known[village, night] = kind_of_night(night, here)
        return self._known[village, night]

    def kinds(self, village_id: int, nights: Nights) -> tuple[tuple[date, NightKind], ...]:
        """The nights of a stay in a village, each with its kind."""
        village = village_id if village_id in self._holidays else None
        if (village, nights) not in self._stays:
            self._stays[village, nights] = tuple((night, self.kind(village, night)) for night in nights)
        return self._stays[village, nights]

    def count(self, village_id: int | None, nights: Nights) -> Counter[NightKind]:
        """How many nights of a stay are of each kind."""
        return Counter(self.kind(village_id, night) for night in nights)


def seasons_of(nights: Nights) -> Seasons:
    """The holidays that touch these nights."""
    asked = {"arrival": nights.arrival, "departure": nights.departure}
    rows = db.session.execute(_TOUCHING, asked)
    return Seasons((village_id, starts_on, ends_on) for village_id, starts_on, ends_on in rows)


_TOUCHING = select(Season.village_id, Season.starts_on, Season.ends_on).where(
    Season.starts_on < bindparam("departure"), Season.ends_on > bindparam("arrival")
)


def priced(prices: Prices, village_id: int, nights: Nights, seasons: Seasons) -> tuple[QuotedNight, ...]:
    """Each night with the price of one room of a kind in this village."""
    return tuple([QuotedNight(night, prices.of(kind)) for night, kind in seasons.kinds(village_id, nights)])
