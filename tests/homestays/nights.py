"""Looking at nights and taking them, each in a transaction of its own."""

from __future__ import annotations

from datetime import date, timedelta

from app.bookings.models import BookingLine
from app.core.dates import Nights
from app.core.db import db, transaction
from app.homestays import inventory
from app.homestays.inventory import CalendarDay, StayOffer, StaySearch
from app.homestays.models import RoomNight
from app.homestays.rules import NightState
from tests.factories import (
    ARRIVAL,
    House,
    make_hold,
)

DAY = timedelta(days=1)
STAY = Nights(ARRIVAL, ARRIVAL + 2 * DAY)
OVER = timedelta(hours=24, minutes=1)


def find(house: House, nights: Nights = STAY, **search: object) -> dict[str, StayOffer]:
    offers = inventory.find_free(StaySearch(nights, **search))
    return {offer.room_type.public_id: offer for offer in offers}


def left(house: House, nights: Nights = STAY) -> tuple[int, int]:
    """How many rooms, and how many whole houses, are left."""
    offers = find(house, nights, adults=1)
    one, whole = offers.get(house.room), offers.get(house.whole)
    return one.rooms_left if one else 0, whole.rooms_left if whole else 0


def hold(house: House, **details: object) -> str:
    with transaction():
        return make_hold(house, **details).code


def block(house: House, *rooms: int, nights: Nights = STAY, note: str | None = None) -> None:
    with transaction():
        inventory.block([house.room_ids[room] for room in rooms], nights, note)


def month(house: House) -> dict[str, list[CalendarDay]]:
    days = inventory.calendar(house.homestay_id, ARRIVAL - DAY, ARRIVAL + 3 * DAY)
    return dict(zip(("room", "whole"), days.values(), strict=True))


def lines_of() -> list[int]:
    lines = db.session.query(BookingLine).order_by(BookingLine.id)
    return [line.id for line in lines]


def claims(house: House) -> set[tuple[int, date, NightState, int | None]]:
    rows = db.session.query(RoomNight)
    return {(row.room_id, row.night, row.state, row.booking_line_id) for row in rows}
