"""No guest ends on "full": the nearest villages by road, and the nights nearby."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta

from app.core import clock
from app.core.dates import Nights
from app.core.money import Rupiah
from app.homestays.inventory.facts import kinds_apart
from app.homestays.inventory.houses import HouseOffer, LookedAt, look, sort_houses
from app.homestays.inventory.prices import Seasons, seasons_of
from app.homestays.inventory.search import StaySearch, survey, survey_others
from app.homestays.rules import DAYS_AHEAD

DAYS_AROUND = 7
"""How far the nights nearby are looked for, each way."""


@dataclass(frozen=True)
class Nearby:
    """A house in another village, and the minutes by road from the one asked for."""

    offer: HouseOffer
    minutes: int


@dataclass(frozen=True)
class OtherNights:
    """The same stay begun on another day: how many houses could take it, from which price for the party."""

    nights: Nights
    houses: int
    cheapest: Rupiah


def seasons_around(nights: Nights) -> Seasons:
    """The holidays on these nights and on those that may be offered in their place."""
    days = timedelta(days=DAYS_AROUND)
    return seasons_of(Nights(nights.arrival - days, nights.departure + days))


def find_nearby(
    search: StaySearch, minutes: Mapping[int, int], seasons: Seasons, *, limit: int
) -> list[LookedAt]:
    """The same search in the other villages, nearest by road first; `minutes` by village from the one asked for.

    Raises Invalid like `find_free`.
    """
    offered = look(replace(search, village=None, homestay=None), seasons).offered
    reached = [house for house in offered if minutes.get(house.homestay.village_id, 0) > 0]
    return sorted(reached, key=lambda house: minutes[house.homestay.village_id])[:limit]


def find_other_nights(search: StaySearch, seasons: Seasons, *, limit: int) -> list[OtherNights]:
    """The same search on other days, nearest first; `seasons_around` its nights."""
    surveyed, stays = survey(search, is_vacant=False), list(_around(search.nights))
    if not (surveyed and stays):
        return []
    separate = kinds_apart({one.homestay.id for one in surveyed})
    found: list[OtherNights] = []
    for nights, then in survey_others(search, surveyed, stays):
        offered = sort_houses(replace(search, nights=nights), then, seasons, separate).offered
        if offered:
            cheapest = min(house.lodgings[0].total for house in offered)
            found.append(OtherNights(nights, len(offered), cheapest))
        if len(found) == limit:
            break
    return found


def _around(nights: Nights) -> Iterator[Nights]:
    first = clock.today()
    last = first + timedelta(days=DAYS_AHEAD)
    for days in range(1, DAYS_AROUND + 1):
        for shift in (timedelta(days=days), timedelta(days=-days)):
            if nights.arrival + shift >= first and nights.departure + shift <= last:
                yield Nights(nights.arrival + shift, nights.departure + shift)
