"""Nights that are closed by cancelling guests: no moment in between at which somebody else could take them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, and_, delete, or_, select, update

from app.core import clock
from app.core.dates import Nights
from app.core.db import db, insert_into
from app.homestays.models import ClosedPeriod, Room, RoomNight, UnitRoom
from app.homestays.rules import NightState

nights_table = RoomNight.__table__


def close_line(line_id: int, first: date, closed_for: str, end: date | None = None) -> int:
    """Turn the nights that a line has from a day on, up to `end` where one is given, into closed ones, in one
    statement; gives how many room nights.
    """
    mine = and_(nights_table.c.booking_line_id == line_id, nights_table.c.night >= first)
    if end is not None:
        mine = and_(mine, nights_table.c.night < end)
    _lock(mine)
    closed = {
        "state": NightState.BLOCKED,
        "expires_at": None,
        "booking_line_id": None,
        "note": None,
        "closed_for": closed_for,
    }
    result = db.session.execute(_direct(update(RoomNight).where(mine).values(closed)))
    return int(result.rowcount)  # type: ignore[attr-defined]


def release_from(line_id: int, first: date) -> None:
    """Give back the nights that a line has from a day on; those before stay its own."""
    mine = and_(nights_table.c.booking_line_id == line_id, nights_table.c.night >= first)
    _lock(mine)
    db.session.execute(_direct(delete(RoomNight).where(mine)))


def release_but(line_id: int, nights: Nights, unit_ids: Collection[int]) -> None:
    """Give back all that a line has outside of these nights or in other units, in one step: locked in order."""
    rooms = select(UnitRoom.room_id).where(UnitRoom.unit_id.in_(unit_ids))
    outside = or_(
        nights_table.c.night < nights.arrival,
        nights_table.c.night >= nights.departure,
        nights_table.c.room_id.not_in(rooms),
    )
    mine = and_(nights_table.c.booking_line_id == line_id, outside)
    _lock(mine)
    db.session.execute(_direct(delete(RoomNight).where(mine)))


def close_free(room_ids: Collection[int], nights: Nights, closed_for: str) -> int:
    """Close whatever is free of these rooms, lapsed holds as well; gives how many room nights.

    What has a guest, or was closed before, stays as it is.
    """
    insert = insert_into(nights_table)
    statement = insert.on_conflict_do_update(
        index_elements=[nights_table.c.room_id, nights_table.c.night],
        set_={
            name: insert.excluded[name]
            for name in ("state", "expires_at", "booking_line_id", "note", "closed_for")
        },
        where=and_(nights_table.c.state == NightState.HELD, nights_table.c.expires_at <= clock.now()),
    ).returning(nights_table.c.room_id)
    rows = [
        {
            "room_id": room_id,
            "night": night,
            "state": NightState.BLOCKED,
            "expires_at": None,
            "booking_line_id": None,
            "note": None,
            "closed_for": closed_for,
        }
        for room_id in sorted(room_ids)
        for night in nights
    ]
    return len(db.session.execute(statement, rows).all()) if rows else 0


def reopen(homestay_id: int, room_ids: Collection[int], nights: Nights, closed_for: str | None = None) -> int:
    """Put nights of a house on sale again that were closed by cancelling guests; gives how many room nights.

    Of a closed period what lies before and after stays closed. What the host had closed by himself stays closed. With
    `closed_for`, only what this act closed.
    """
    _cut_periods(homestay_id, nights, closed_for)
    closed = and_(
        nights_table.c.room_id.in_(room_ids),
        nights_table.c.night >= nights.arrival,
        nights_table.c.night < nights.departure,
        nights_table.c.closed_for.is_not(None)
        if closed_for is None
        else nights_table.c.closed_for == closed_for,
    )
    _lock(closed)
    result = db.session.execute(_direct(delete(RoomNight).where(closed)))
    return int(result.rowcount)  # type: ignore[attr-defined]


def _cut_periods(homestay_id: int, nights: Nights, closed_for: str | None) -> None:
    query = select(ClosedPeriod).where(
        ClosedPeriod.homestay_id == homestay_id,
        ClosedPeriod.starts_on < nights.departure,
        ClosedPeriod.ends_on > nights.arrival,
    )
    if closed_for is not None:
        query = query.where(ClosedPeriod.closed_for == closed_for)
    for period in db.session.scalars(query.order_by(ClosedPeriod.id).with_for_update()).all():
        for starts_on, ends_on in (
            (period.starts_on, min(period.ends_on, nights.arrival)),
            (max(period.starts_on, nights.departure), period.ends_on),
        ):
            if starts_on < ends_on:
                db.session.add(
                    ClosedPeriod(
                        homestay_id=homestay_id,
                        starts_on=starts_on,
                        ends_on=ends_on,
                        closed_for=period.closed_for,
                    )
                )
        db.session.delete(period)
    db.session.flush()


def _lock(which: ColumnElement[bool]) -> None:
    """In ascending order first: no deadlock."""
    query = select(nights_table.c.room_id).where(which)
    db.session.execute(query.order_by(nights_table.c.room_id, nights_table.c.night).with_for_update())


def _direct(statement: Any) -> Any:
    """Straight to the database: what the session has in hand is read anew by whoever needs it."""
    return statement.execution_options(synchronize_session=False)


def is_any_closed(keys: Iterable[tuple[int, date]]) -> bool:
    """Whether one of these nights of rooms lies in a closed period. Asked after taking: a period that is closed from
    then on finds what was taken, one that was closed before is seen here.
    """
    rooms: dict[int, list[date]] = defaultdict(list)
    for room_id, night in keys:
        rooms[room_id].append(night)
    query = (
        select(Room.id, ClosedPeriod.starts_on, ClosedPeriod.ends_on)
        .join(ClosedPeriod, ClosedPeriod.homestay_id == Room.homestay_id)
        .where(Room.id.in_(sorted(rooms)))
    )
    return any(
        starts_on <= night < ends_on
        for room_id, starts_on, ends_on in db.session.execute(query)
        for night in rooms[room_id]
    )
