"""The rows of nights: how they are locked, looked up and taken. Every statement names the holder."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sqlalchemy import ColumnElement, Select, and_, or_, select
from sqlalchemy.sql.dml import ReturningInsert

from app.core import clock
from app.core.db import db, insert_into
from app.homestays.models import RoomNight
from app.homestays.rules import NightState

nights_table = RoomNight.__table__
Key = tuple[int, date]


def locked(condition: ColumnElement[bool]) -> Select[int]:
    """A statement that locks some nights in ascending order."""
    query = select(nights_table.c.room_id).where(condition)
    return query.order_by(nights_table.c.room_id, nights_table.c.night).with_for_update()


def kept_by(line_ids: Sequence[int]) -> dict[Key, int]:
    """What lines have now, with the line."""
    columns = (nights_table.c.room_id, nights_table.c.night, nights_table.c.booking_line_id)
    rows = db.session.execute(select(*columns).where(nights_table.c.booking_line_id.in_(line_ids)))
    return {(room_id, night): line_id for room_id, night, line_id in rows}


def upsert(mine: ColumnElement[bool] | None = None, given: int | None = None) -> ReturningInsert[int, date]:
    """INSERT that also takes over what is mine (by default: my line's, or the line's that is `given`) and what has
    lapsed; gives the rows it got.
    """
    insert = insert_into(nights_table)
    if mine is None:
        holder = nights_table.c.booking_line_id
        mine = holder == insert.excluded.booking_line_id
        mine = mine if given is None else or_(mine, holder == given)
    lapsed = and_(nights_table.c.state == NightState.HELD, nights_table.c.expires_at <= clock.now())
    columns = ("state", "expires_at", "booking_line_id", "note")
    statement: ReturningInsert[int, date] = insert.on_conflict_do_update(
        index_elements=[nights_table.c.room_id, nights_table.c.night],
        set_={column: insert.excluded[column] for column in columns},
        where=or_(mine, lapsed),
    ).returning(nights_table.c.room_id, nights_table.c.night)
    return statement
