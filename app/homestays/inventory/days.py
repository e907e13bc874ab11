"""The nights of one house as a calendar shows them: free, full or shut, at which price."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, timedelta

from sqlalchemy import select
from sqlalchemy.orm import selectinload

from app.core import clock
from app.core.dates import Nights
from app.core.db import db
from app.core.money import Rupiah
from app.homestays.inventory.prices import QuotedNight, Seasons, priced, seasons_of
from app.homestays.inventory.vacancy import is_in, not_lapsed
from app.homestays.models import Homestay, Room, RoomNight, RoomType, Unit
from app.homestays.rules import DAYS_AHEAD, NightState


@dataclass
class CalendarDay:
    """One night of one room type: how many units are free, at which price, and whether it is shut rather than full."""

    night: date
    free: int
    units: int
    price: Rupiah
    shut: bool
    min_nights: int
    arrival_allowed: bool = field(default=True)


def calendar(homestay_id: int, start: date, end: date) -> dict[int, list[CalendarDay]]:
    """Each room type's nights from `start` up to, not including, `end`: free units, price, full or shut."""
    rooms = selectinload(Homestay.room_types).joinedload(RoomType.units).joinedload(Unit.rooms)
    homestay = db.session.scalars(select(Homestay).where(Homestay.id == homestay_id).options(rooms)).one()
    return days_of(homestay, Nights(start, end))


def days_of(
    homestay: Homestay, nights: Nights, seasons: Seasons | None = None
) -> dict[int, list[CalendarDay]]:
    """The same of a house that was read with its room types, units and rooms; `seasons` where they are known."""
    taken, blocked = _taken_rooms(homestay, nights)
    seasons, today = seasons or seasons_of(nights), clock.today()
    days: dict[int, list[CalendarDay]] = {}
    for room_type in homestay.room_types:
        units = [{room.id for room in unit.rooms} for unit in room_type.units]
        days[room_type.id] = [
            _calendar_day(homestay, room_type, units, taken[night.on], blocked[night.on], night, today)
            for night in priced(room_type.prices, homestay.village_id, nights, seasons)
        ]
    return days


def _calendar_day(
    homestay: Homestay,
    room_type: RoomType,
    units: list[set[int]],
    taken: set[int],
    blocked: set[int],
    night: QuotedNight,
    today: date,
) -> CalendarDay:
    free = sum(1 for rooms in units if not rooms & taken) if room_type.is_open else 0
    shut = not room_type.is_open or (free == 0 and all(rooms & blocked for rooms in units))
    on_sale = today <= night.on < today + timedelta(days=DAYS_AHEAD)
    return CalendarDay(
        night.on, free, len(units), night.price, shut, homestay.min_nights, free > 0 and on_sale
    )


def _taken_rooms(homestay: Homestay, nights: Nights) -> tuple[dict[date, set[int]], dict[date, set[int]]]:
    taken: dict[date, set[int]] = defaultdict(set)
    blocked: dict[date, set[int]] = defaultdict(set)
    rows = db.session.execute(
        select(RoomNight.room_id, RoomNight.night, RoomNight.state)
        .join(Room, Room.id == RoomNight.room_id)
        .where(Room.homestay_id == homestay.id, is_in(nights), not_lapsed(clock.now()))
    )
    for room_id, night, state in rows:
        taken[night].add(room_id)
        if state == NightState.BLOCKED:
            blocked[night].add(room_id)
    return taken, blocked
