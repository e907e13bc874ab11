"""A flash sale: 250 rooms of one weekend, and 32 buyers who go on until nothing is left.

Each journey is a guest of its own, in a new browser without JavaScript: the search, a house, the form, the hold, and
the page that says how to pay by transfer. Whoever comes too late looks at the search again and takes another house, at
random (seeded) among those on the page, as people do; where all of them were full, the next page, and then the first
again. A journey's time includes all of its detours.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from random import Random
from urllib.parse import parse_qsl, urlencode, urlsplit

from sqlalchemy import delete, func, select

from app.bookings.models import Booking, BookingLine, LineUnit
from app.bookings.queries.checks import check_inventory
from app.bookings.rules import BookingState
from app.core.db import db, transaction
from app.homestays.inventory.claims import block
from app.homestays.models import Homestay, Room, RoomNight, UnitRoom
from app.homestays.rules import NightState
from app.villages.rules import PublicationState
from bench import load, places
from bench.browser import Browser, Page
from bench.load import Load
from bench.places import Place
from bench.report import Figure, percentile
from bench.town import Town, copy_town

ROOMS, BUYERS, SEED = 250, 32, 20
TOWN = 252
"""A town of 251 rooms on sale; one is taken off sale for the weekend."""

TOO_LATE = ("the house was full by now", "the room was taken by now", "the room was taken at the last moment")


def measure(place: Place) -> list[Figure]:
    """Sell out, and look into the database."""
    places.say(f"flash: {place.name}")
    town = copy_town(place, TOWN)
    _make_ready(town)
    with places.site(town.url) as site:
        sale = Sale(site.url, town)
        seen = load.run(BUYERS, sale.buyer)
        begun = time.perf_counter() - seen.took
    took = max(held_at for _address, held_at in seen.answers) - begun
    return _figures(place, town, sale, seen, took)


def _make_ready(town: Town) -> None:
    """Exactly so many rooms for sale on the weekend, and no nights but those that a booking stands behind.

    A town's sold nights are made up, of one line for all; none lies on the weekend, and the check after the sale would
    find them.
    """
    on_sale = select(Room.id).join(Homestay, Homestay.id == Room.homestay_id)
    on_sale = on_sale.where(Homestay.state == PublicationState.PUBLISHED).order_by(Room.id)
    with places.app_on(town.url), transaction() as session:
        rooms = list(session.scalars(on_sale))
        block(rooms[ROOMS:], town.open_weekend)
        real = select(UnitRoom.room_id).join(LineUnit, LineUnit.unit_id == UnitRoom.unit_id)
        real = real.where(LineUnit.on == RoomNight.night, UnitRoom.room_id == RoomNight.room_id)
        made_up = delete(RoomNight).where(RoomNight.state == NightState.SOLD, ~real.exists())
        session.execute(made_up.execution_options(synchronize_session=False))


@dataclass(frozen=True)
class Sale:
    """The sale as its buyers meet it: what they were refused, and pages that were none."""

    url: str
    town: Town
    refused: Counter[str] = field(default_factory=Counter)
    broken: list[str] = field(default_factory=list)
    _guests: count[int] = field(default_factory=count)

    @property
    def search(self) -> str:
        """The search for two on the weekend."""
        nights = self.town.open_weekend
        asked = {"arrival": nights.arrival, "departure": nights.departure, "adults": 2}
        return f"/homestays?{urlencode(asked)}"

    def buyer(self, number: int) -> Callable[[], tuple[str, float] | None]:
        """Somebody who makes one journey after the other: the booking and when it was held; None with nothing left."""
        chance = Random(SEED * BUYERS + number)

        def journey() -> tuple[str, float] | None:
            browser = Browser(self.url)
            try:
                address = self._until_held(browser, chance)
            finally:
                browser.close()
            return None if address is None else (address, time.perf_counter())

        return journey

    def _until_held(self, browser: Browser, chance: Random) -> str | None:
        full, place = set[str](), self.search
        while True:
            found = self._seen(browser.open(place), "search")
            houses = [link for link in found.links("/homestays/") if self._is_weekend(link)]
            if found.status == 200 and not houses and place == self.search:
                return None
            if wanted := [house for house in houses if house not in full]:
                house = chance.choice(wanted)
                if address := self._try_to_hold(browser, house):
                    return address
                full.add(house)
                continue
            later = [link for link in found.links("/homestays?") if _page_of(link) > _page_of(place)]
            full, place = (full, later[0]) if later else (set(), self.search)

    def _try_to_hold(self, browser: Browser, house: str) -> str | None:
        """The address of the booking, or None where somebody was faster."""
        ways = self._seen(browser.open(house), "house").links("/bookings/new?")
        if not ways:
            self.refused[TOO_LATE[0]] += 1
            return None
        form = self._seen(browser.open(ways[0]), "form").form("guest-form")
        if form is None:
            self.refused[TOO_LATE[1]] += 1
            return None
        action, fields = form
        held = self._seen(browser.send(action, fields | self._guest()), "hold")
        if held.status == 409:
            self.refused[TOO_LATE[2]] += 1
            return None
        if held.status != 200 or not held.path.startswith("/bookings/"):
            self.broken.append(f"hold: {held.status} at {held.path}")
            return None
        return held.path

    def _guest(self) -> dict[str, str]:
        name = f"guest{next(self._guests)}"
        return {"name": "Guest", "email": f"{name}@sample.example", "country": "ID", "payment": "transfer"}

    def _is_weekend(self, link: str) -> bool:
        nights = self.town.open_weekend
        return f"arrival={nights.arrival}&departure={nights.departure}" in link

    def _seen(self, page: Page, what: str) -> Page:
        if not page.is_proper:
            self.broken.append(f"{what}: {page.status}")
        return page


def _page_of(link: str) -> int:
    return int(dict(parse_qsl(urlsplit(link).query)).get("page", 1))


def _figures(place: Place, town: Town, sale: Sale, seen: Load, took: float) -> list[Figure]:
    sold, doubled, wrong = _stored(town)
    held = len({address for address, _held_at in seen.answers})
    refusals = ", ".join(f"{many} × {what}" for what, many in sorted(sale.refused.items())) or "none"

    def row(
        what: str, value: float, unit: str, wanted: str = "", kept: bool | None = None, note: str = ""
    ) -> Figure:
        return Figure("flash", place.name, what, value, unit, None, wanted, kept, note)

    return [
        row("rooms held", sold, "rooms", f"{ROOMS}", sold == ROOMS == held, f"{held} pages of a booking"),
        row("room nights promised twice", doubled, "", "0", doubled == 0),
        row("checks of the inventory that do not hold", len(wrong), "", "0", not wrong, "; ".join(wrong)),
        row(
            "pages that were none (5xx, cut off)",
            len(sale.broken),
            "",
            "0",
            not sale.broken,
            "; ".join(sale.broken[:3]),
        ),
        row("refusals, each a page", sale.refused.total(), "", note=refusals),
        row("sold out after", took, "s"),
        row("half of the journeys within", percentile(seen.seconds, 0.5), "s"),
        row("99 of 100 journeys within", percentile(seen.seconds, 0.99), "s"),
    ]


def _stored(town: Town) -> tuple[int, int, list[str]]:
    """Rooms held on the weekend, room nights that two bookings promise, and checks that do not hold."""
    nights = town.open_weekend
    with places.app_on(town.url):
        held = select(func.count()).select_from(RoomNight).where(RoomNight.state == NightState.HELD)
        held = held.where(RoomNight.night >= nights.arrival, RoomNight.night < nights.departure)
        room_nights = db.session.scalar(held) or 0
        promised = (
            select(UnitRoom.room_id, LineUnit.on)
            .join(LineUnit, LineUnit.unit_id == UnitRoom.unit_id)
            .join(BookingLine, BookingLine.id == LineUnit.line_id)
            .join(Booking, Booking.id == BookingLine.booking_id)
            .where(Booking.state == BookingState.HELD)
            .group_by(UnitRoom.room_id, LineUnit.on)
            .having(func.count() > 1)
        )
        doubled = len(db.session.execute(promised).all())
        wrong = [check.name for check in check_inventory() if not check.holds]
    return room_nights // len(nights), doubled, wrong
