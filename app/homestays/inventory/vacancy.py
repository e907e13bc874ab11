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
from app.homestays.models import ClosedPeriod, Homestay, Room, RoomNight, RoomType, Unit, UnitRoom
from app.homestays.rules import NightState
from app.villages.rules import PublicationState

night_rows, unit_rows = RoomNight.__table__.c, Unit.__table__.c
room_rows, kind_rows, house_rows = UnitRoom.__table__.c, RoomType.__table__.c, Homestay.__table__.c
"""Columns of the tables, not of the models: a statement made of them alone is asked in half the time."""


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
        select(room_rows.unit_id)
        .select_from(UnitRoom.__table__.join(RoomNight.__table__, night_rows.room_id == room_rows.room_id))
        .where(room_rows.unit_id == unit_rows.id, is_in(nights), not_lapsed(now))
    )
    if line_id is not None:
        holder = night_rows.booking_line_id
        taken = taken.where(or_(holder.is_(None), holder != line_id))
    return ~exists(taken)


def free_units() -> ScalarSelect[int]:
    """How many units of a RoomType are free on the nights of a kept statement."""
    count = select(func.count()).where(unit_rows.room_type_id == kind_rows.id, unit_is_free(ASKED, NOW))
    return count.correlate(RoomType.__table__).scalar_subquery()


def all_units() -> ScalarSelect[int]:
    """How many units a RoomType has."""
    count = select(func.count()).where(unit_rows.room_type_id == kind_rows.id)
    return count.correlate(RoomType.__table__).scalar_subquery()


def is_in(nights: Stay) -> ColumnElement[bool]:
    """An SQL condition on RoomNight: one of these nights."""
    return and_(night_rows.night >= nights.arrival, night_rows.night < nights.departure)


def not_lapsed(now: datetime | BindParameter[datetime]) -> ColumnElement[bool]:
    """An SQL condition on RoomNight: sold, blocked, or held until later."""
    return or_(night_rows.state != NightState.HELD, night_rows.expires_at > now)


def is_sold() -> tuple[ColumnElement[bool], ...]:
    """SQL conditions on Homestay and RoomType: the house is published and the kind of room open."""
    return (house_rows.state == PublicationState.PUBLISHED, kind_rows.is_open.is_(True))


def is_in_closed_period() -> ColumnElement[bool]:
    """Whether a room night lies in a closed period of its house: the host does not open it."""
    covering = (
        select(ClosedPeriod.id)
        .join(Room, Room.homestay_id == ClosedPeriod.homestay_id)
        .where(
            Room.id == night_rows.room_id,
            ClosedPeriod.starts_on <= night_rows.night,
            ClosedPeriod.ends_on > night_rows.night,
        )
        .correlate(RoomNight)
    )
    return exists(covering)
