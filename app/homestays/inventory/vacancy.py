"""When a unit is free: SQL conditions that searching, showing and taking share. A lapsed hold is no claim."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, and_, exists, or_, select

from app.core.dates import Nights
from app.homestays.models import Homestay, RoomNight, RoomType, Unit, UnitRoom
from app.homestays.rules import NightState
from app.villages.rules import PublicationState


def unit_is_free(nights: Nights, now: datetime, line_id: int | None = None) -> ColumnElement[bool]:
    """An SQL condition on Unit: none of its rooms is taken on any of the nights, or only by this very line."""
    taken = (
        select(UnitRoom.unit_id)
        .join(RoomNight, RoomNight.room_id == UnitRoom.room_id)
        .where(UnitRoom.unit_id == Unit.id, is_in(nights), not_lapsed(now))
    )
    if line_id is not None:
        taken = taken.where(or_(RoomNight.booking_line_id.is_(None), RoomNight.booking_line_id != line_id))
    return ~exists(taken)


def is_in(nights: Nights) -> ColumnElement[bool]:
    """An SQL condition on RoomNight: one of these nights."""
    return and_(RoomNight.night >= nights.arrival, RoomNight.night < nights.departure)


def not_lapsed(now: datetime) -> ColumnElement[bool]:
    """An SQL condition on RoomNight: sold, blocked, or held until later."""
    return or_(RoomNight.state != NightState.HELD, RoomNight.expires_at > now)


def is_sold() -> tuple[ColumnElement[bool], ...]:
    """SQL conditions on Homestay and RoomType: the house is published and the kind of room open."""
    return (Homestay.state == PublicationState.PUBLISHED, RoomType.is_open.is_(True))
