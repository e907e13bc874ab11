"""Nobody waits in a circle. The order of locks is looked at, not hoped for: a third transaction keeps one row until
both of the others wait, and then lets go. Only PostgreSQL has writers beside each other.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import date, timedelta

import pytest
from flask import Flask
from sqlalchemy import select, text

from app.bookings import queries
from app.bookings.rules import BookingState
from app.core import clock
from app.core.db import db, transaction
from app.homestays.models import RoomNight
from tests.factories import House, make_choice, make_hold
from tests.races import steps
from tests.races.conftest import nothing_is_wrong
from tests.races.test_rooms import LAPSED, day, house_with

pytestmark = pytest.mark.database("postgresql")

PATIENCE = 30
Act = Callable[[], object]


def meet(app: Flask, row: tuple[int, date], acts: Sequence[Act]) -> list[BaseException | None]:
    """Let each act run until it waits, the last of them for the row; then let go of it. Gives how they ended."""
    with ThreadPoolExecutor(len(acts)) as pool, app.app_context():
        running: list[Future[object]] = []
        with transaction():
            assert db.session.scalar(_the(row).with_for_update()), f"nobody has {row}"
            for act in acts:
                running.append(pool.submit(_run, app, act))
                _until_waiting(len(running))
        return [future.exception(PATIENCE) for future in running]


def _the(row: tuple[int, date]) -> object:
    return select(RoomNight.room_id).where(RoomNight.room_id == row[0], RoomNight.night == row[1])


def _run(app: Flask, act: Act) -> None:
    with app.app_context():
        act()


def _until_waiting(many: int) -> None:
    waiting = text(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    )
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        with db.engine.connect() as apart:
            if apart.scalar(waiting) == many:
                return
    raise AssertionError("nobody waits")


def stored_backwards(*lines: int) -> None:
    """Write the claims of lines anew, the last room and night first: a statement without an order finds them so."""
    with transaction():
        rows = db.session.query(RoomNight).where(RoomNight.booking_line_id.in_(lines)).all()
        kept = [
            {column.name: getattr(row, column.name) for column in RoomNight.__table__.columns} for row in rows
        ]
        for row in rows:
            db.session.delete(row)
        db.session.flush()
        db.session.expunge_all()
        for claim in sorted(kept, key=lambda claim: (claim["room_id"], claim["night"]), reverse=True):
            db.session.execute(RoomNight.__table__.insert(), claim)


def lapsed(house: House, night: date, *, rooms: int, nights: int = 1) -> str:
    with clock.shifted(LAPSED), transaction():
        return make_hold(house, arrival=night, nights=nights, rooms=rooms).code


def line_of(code: str) -> int:
    booking = queries.find_booking(code)
    assert booking is not None
    return booking.lines[0].id


def test_two_trips(race_app: Flask) -> None:
    """Both want rooms of two houses, named in opposite order."""
    one, two, night = house_with(race_app, rooms=2), house_with(race_app, rooms=2), day(race_app, 30)
    with race_app.app_context():
        for house in (two, one):
            lapsed(house, night, rooms=2)
    trip = [make_choice(house.room, arrival=night, nights=1, rooms=2) for house in (one, two)]
    acts = [lambda: steps.hold(1, *trip), lambda: steps.hold(2, *reversed(trip))]
    ended = meet(race_app, (two.room_ids[0], night), acts)
    assert [type(error).__name__ for error in ended] == ["NoneType", "SoldOut"]
    nothing_is_wrong(race_app)


def test_giving_back_and_taking_over(race_app: Flask) -> None:
    """One booking of four rooms runs out while a trip takes them over."""
    house, night = house_with(race_app, rooms=4), day(race_app, 30)
    with race_app.app_context():
        stored_backwards(line_of(lapsed(house, night, rooms=4)))
    trip = make_choice(house.room, arrival=night, nights=1, rooms=4)
    ended = meet(race_app, (house.room_ids[2], night), [steps.expire, lambda: steps.hold(1, trip)])
    assert ended == [None, None]
    nothing_is_wrong(race_app)


def test_closing_many_holds_and_taking_them_over(race_app: Flask) -> None:
    """Four bookings of a room each run out, the earliest of them that of the last room."""
    house, night = house_with(race_app, rooms=4), day(race_app, 30)
    with race_app.app_context():
        made = [lapsed(house, night, rooms=1) for _ in house.room_ids]
        with transaction():
            _rooms_backwards(house, made)
    trip = make_choice(house.room, arrival=night, nights=1, rooms=4)
    ended = meet(race_app, (house.room_ids[1], night), [steps.expire, lambda: steps.hold(1, trip)])
    assert ended == [None, None]
    nothing_is_wrong(race_app)


def _rooms_backwards(house: House, made: Sequence[str]) -> None:
    """Which room a hold gets is not the guest's choice, so the rooms are given by hand: the first booking the last."""
    bookings = [queries.find_booking(code) for code in made]
    units = sorted(booking.lines[0].units[0].unit_id for booking in bookings if booking)
    expires_at = bookings[0].hold_expires_at if bookings[0] else None
    db.session.query(RoomNight).delete(synchronize_session=False)
    for booking, room_id, unit_id in zip(bookings, reversed(house.room_ids), reversed(units), strict=True):
        assert booking is not None
        (unit,) = booking.lines[0].units
        unit.unit_id = unit_id
        claim = {"room_id": room_id, "night": unit.on, "state": "held", "expires_at": expires_at}
        db.session.execute(
            RoomNight.__table__.insert(), claim | {"booking_line_id": booking.lines[0].id, "note": None}
        )


def test_moving_to_another_room_and_taking_over_what_is_left(race_app: Flask) -> None:
    """A late payer lost the first night of room 1 and moves to room 2, while somebody takes over the second night of
    both rooms."""
    house, night = house_with(race_app, rooms=2), day(race_app, 30)
    second = night + timedelta(days=1)
    with race_app.app_context():
        mine, other = lapsed(house, night, rooms=1, nights=2), lapsed(house, night, rooms=1, nights=2)
        if _room_of(mine, second) != house.room_ids[0]:
            mine, other = other, mine
        with transaction():  # somebody has the first night of my room
            row = db.session.get_one(RoomNight, (house.room_ids[0], night))
            row.state, row.expires_at, row.booking_line_id = "blocked", None, None
    trip = make_choice(house.room, arrival=second, nights=1, rooms=2)
    acts = [lambda: steps.pay(mine, 2_000_000), lambda: steps.hold(1, trip)]
    ended = meet(race_app, (house.room_ids[1], second), acts)
    assert [type(error).__name__ for error in ended] == ["NoneType", "SoldOut"]
    with race_app.app_context():
        assert queries.find_booking(mine).state == BookingState.CONFIRMED
        assert _room_of(mine, second) == house.room_ids[1]
    nothing_is_wrong(race_app)


def _room_of(code: str, night: date) -> int | None:
    claim = select(RoomNight.room_id).where(
        RoomNight.booking_line_id == line_of(code), RoomNight.night == night
    )
    return db.session.scalar(claim)
