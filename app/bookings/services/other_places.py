"""Where else a guest can stay on the same nights: in the same village, then in those nearest by road."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from urllib.parse import urlencode

from app.bookings.line_texts import write_line
from app.bookings.models import BookingLine
from app.bookings.rules import LineKind
from app.core.dates import Nights
from app.core.errors import Invalid
from app.core.money import Rupiah
from app.core.settings import settings
from app.homestays.inventory import StayChoice, StayOffer, StaySearch, find_free
from app.villages.queries import list_neighbours

PLACES = 3
"""So many other places a guest is shown; the search has more."""

VILLAGES = 6
"""So many villages around are asked."""


@dataclass(frozen=True)
class OtherPlace:
    """A house that is free for the same party on the same nights, in rupiah for all of them; `minutes` by road from the
    village that was booked, 0 in the same one. `path` begins a quote.
    """

    name: str
    village: str
    minutes: int
    total: Rupiah
    path: str


def list_other_places(*, line: BookingLine, first: date | None = None) -> list[OtherPlace]:
    """Other houses for a stay, or for what is left of it from `first` on, the nearest first. Of other things: none.

    Asked for again elsewhere on the guest's page, for what was free then may be gone. Changes nothing.
    """
    if line.kind != LineKind.STAY:
        return []
    first = first or line.arrival
    last = max(unit.on for unit in line.taken_back(first))
    nights = Nights(first, Nights(last, date.fromordinal(last.toordinal() + 1)).departure)
    found: list[OtherPlace] = []
    for slug, minutes in _villages_around(line):
        found += [_place(offer, line, nights, minutes) for offer in _free(line, nights, slug)]
        if len(found) >= PLACES:
            break
    return found[:PLACES]


def _villages_around(line: BookingLine) -> Iterator[tuple[str, int]]:
    yield line.village.slug, 0
    for neighbour in list_neighbours(line.village_id, limit=VILLAGES):
        yield neighbour.village.slug, neighbour.minutes


def _free(line: BookingLine, nights: Nights, slug: str) -> list[StayOffer]:
    """One offer of each other house that is free."""
    search = StaySearch(nights, max(line.adults, 1), line.children, village=slug)
    try:
        offers = find_free(search, limit=PLACES * 3)
    except Invalid:
        return []
    houses: dict[int, StayOffer] = {}
    for offer in offers:
        if offer.homestay.id != line.homestay_id:
            houses.setdefault(offer.homestay.id, offer)
    return list(houses.values())


def _place(offer: StayOffer, line: BookingLine, nights: Nights, minutes: int) -> OtherPlace:
    choice = StayChoice(
        offer.room_type.public_id, nights, offer.rooms_needed, max(line.adults, 1), line.children
    )
    path = f"/bookings/new?{urlencode({'line': write_line(choice)})}"
    return OtherPlace(offer.homestay.name, offer.homestay.village.name, minutes, offer.total, path)


def link_to(*, place: OtherPlace) -> str:
    """The whole address that begins a quote for another place."""
    return settings().base_url + place.path
