"""The nights of one house as a calendar shows them: free, full or shut, at which price."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from sqlalchemy import select
from sqlalchemy.orm import contains_eager

from app.core import clock
from app.core.dates import Nights
from app.core.db import db
from app.core.money import Rupiah
from app.homestays.inventory.prices import QuotedNight, priced, seasons_of
from app.homestays.inventory.vacancy import is_in, not_lapsed
from app.homestays.models import RoomNight, RoomType, Unit, UnitRoom
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
    nights = Nights(start, end)
    room_types = db.session.scalars(
        select(RoomType)
        .join(RoomType.homestay)
        .options(contains_eager(RoomType.homestay))
        .where(RoomType.homestay_id == homestay_id)
        .order_by(RoomType.position)
    ).all()
    rooms_of_unit = _rooms_of_units([room_type.id for room_type in room_types])
    taken, blocked = _taken_rooms(homestay_id, nights)
    seasons, today = seasons_of(nights), clock.today()
    return {
        room_type.id: [
            _calendar_day(
                room_type, rooms_of_unit[room_type.id], taken[night.on], blocked[night.on], night, today
            )
            for night in priced(room_type, nights, seasons)
        ]
        for room_type in room_types
    }


def _calendar_day(
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
    least = room_type.homestay.min_nights
    return CalendarDay(night.on, free, len(units), night.price, shut, least, free > 0 and on_sale)


def _taken_rooms(homestay_id: int, nights: Nights) -> tuple[dict[date, set[int]], dict[date, set[int]]]:
    taken: dict[date, set[int]] = defaultdict(set)
    blocked: dict[date, set[int]] = defaultdict(set)
    rows = db.session.execute(
        select(RoomNight.room_id, RoomNight.night, RoomNight.state)
        .join(UnitRoom, UnitRoom.room_id == RoomNight.room_id)
        .join(Unit, Unit.id == UnitRoom.unit_id)
        .join(RoomType, RoomType.id == Unit.room_type_id)
        .where(RoomType.homestay_id == homestay_id, is_in(nights), not_lapsed(clock.now()))
        .distinct()
    )
    for room_id, night, state in rows:
        taken[night].add(room_id)
        if state == NightState.BLOCKED:
            blocked[night].add(room_id)
    return taken, blocked


def _rooms_of_units(room_type_ids: Sequence[int]) -> dict[int, list[set[int]]]:
    rooms: dict[tuple[int, int], set[int]] = defaultdict(set)
    rows = db.session.execute(
        select(Unit.room_type_id, Unit.id, UnitRoom.room_id)
        .join(UnitRoom, UnitRoom.unit_id == Unit.id)
        .where(Unit.room_type_id.in_(room_type_ids))
    )
    for room_type_id, unit_id, room_id in rows:
        rooms[room_type_id, unit_id].add(room_id)
    found: dict[int, list[set[int]]] = {room_type_id: [] for room_type_id in room_type_ids}
    for (room_type_id, _unit), room_ids in rooms.items():
        found[room_type_id].append(room_ids)
    return found
