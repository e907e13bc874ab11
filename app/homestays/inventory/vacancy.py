"""When a unit is free: SQL conditions that searching, showing and taking share. A lapsed hold is no claim."""

from __future__ import annotations

from datetime import date, datetime
from typing import Protocol

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Date,
    ScalarSelect,
    and_,
    bindparam,
    exists,
    func,
    or_,
    select,
)

from app.core.db import Instant
from app.homestays.models import Homestay, RoomNight, RoomType, Unit, UnitRoom
from app.homestays.rules import NightState
from app.villages.rules import PublicationState


class Stay(Protocol):
    """Nights, arrival ≤ night < departure: as values, or as the parameters of a statement that is kept."""

    @property
    def arrival(self) -> date | BindParameter[date]:
        """The first night."""

    @property
    def departure(self) -> date | BindParameter[date]:
        """The day after the last night."""


class AskedStay:
    """The nights of a statement that is built once and asked often: `arrival` and `departure` come with each asking.

    `suffix` tells them apart where a statement asks for several stays.
    """

    def __init__(self, suffix: str = "") -> None:
        self.arrival: BindParameter[date] = bindparam("arrival" + suffix, type_=Date())
        self.departure: BindParameter[date] = bindparam("departure" + suffix, type_=Date())


ASKED = AskedStay()
NOW: BindParameter[datetime] = bindparam("now", type_=Instant())
"""The present instant of a statement that is kept; given as `now`."""


def unit_is_free(
    nights: Stay, now: datetime | BindParameter[datetime], line_id: int | None = None
) -> ColumnElement[bool]:
    """An SQL condition on Unit: none of its rooms is taken on any of the nights, or only by this very line."""
    taken = (
        select(UnitRoom.unit_id)
        .join(RoomNight, RoomNight.room_id == UnitRoom.room_id)
        .where(UnitRoom.unit_id == Unit.id, is_in(nights), not_lapsed(now))
    )
    if line_id is not None:
        taken = taken.where(or_(RoomNight.booking_line_id.is_(None), RoomNight.booking_line_id != line_id))
    return ~exists(taken)


def free_units() -> ScalarSelect[int]:
    """How many units of a RoomType are free on the nights of a kept statement."""
    count = select(func.count()).select_from(Unit)
    return count.where(Unit.room_type_id == RoomType.id, unit_is_free(ASKED, NOW)).scalar_subquery()


def all_units() -> ScalarSelect[int]:
    """How many units a RoomType has."""
    return select(func.count()).where(Unit.room_type_id == RoomType.id).scalar_subquery()


def is_in(nights: Stay) -> ColumnElement[bool]:
    """An SQL condition on RoomNight: one of these nights."""
    return and_(RoomNight.night >= nights.arrival, RoomNight.night < nights.departure)


def not_lapsed(now: datetime | BindParameter[datetime]) -> ColumnElement[bool]:
    """An SQL condition on RoomNight: sold, blocked, or held until later."""
    return or_(RoomNight.state != NightState.HELD, RoomNight.expires_at > now)


def is_sold() -> tuple[ColumnElement[bool], ...]:
    """SQL conditions on Homestay and RoomType: the house is published and the kind of room open."""
    return (Homestay.state == PublicationState.PUBLISHED, RoomType.is_open.is_(True))
