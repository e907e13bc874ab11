"""No guest ends on "full": the nearest villages by road, and the nights nearby."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta

from app.core import clock
from app.core.dates import Nights
from app.core.money import Rupiah
from app.homestays.inventory.facts import kinds_apart
from app.homestays.inventory.houses import HouseOffer, draw, look, sort_houses
from app.homestays.inventory.prices import seasons_of
from app.homestays.inventory.search import StaySearch, survey, survey_others
from app.homestays.rules import DAYS_AHEAD
from app.villages.queries import road_minutes

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


def find_nearby(search: StaySearch, village_id: int, *, limit: int) -> list[Nearby]:
    """The same search in the other villages, nearest by road first. Raises Invalid like `find_free`."""
    minutes = road_minutes(village_id)
    offered = look(replace(search, village=None, homestay=None)).offered
    reached = [h for h in offered if h.homestay.village_id != village_id and h.homestay.village_id in minutes]
    nearest = sorted(reached, key=lambda house: minutes[house.homestay.village_id])[:limit]
    return [Nearby(offer, minutes[offer.homestay.village_id]) for offer in draw(nearest)]


def find_other_nights(search: StaySearch, *, limit: int) -> list[OtherNights]:
    """The same search on other days, nearest first."""
    surveyed, stays = survey(search, is_vacant=False), list(_around(search.nights))
    if not (surveyed and stays):
        return []
    seasons = seasons_of(Nights(min(n.arrival for n in stays), max(n.departure for n in stays)))
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
