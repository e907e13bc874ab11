"""One clock: it stands still in a transaction, and its day is the village's."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy import event
from sqlalchemy.orm import Session

from app.core import clock
from app.core.db import db, transaction

Mover = Callable[[datetime | timedelta], None]


def test_now_is_an_instant_of_this_moment(session: Session) -> None:
    before = datetime.now(UTC)
    now = clock.now()
    assert now.utcoffset() == timedelta(0)
    assert before - timedelta(seconds=1) <= now <= datetime.now(UTC) + timedelta(seconds=1)


def test_it_stands_still_in_a_transaction_and_moves_between(session: Session) -> None:
    with transaction():
        first = clock.now()
        assert all(clock.now() == first for _ in range(50))
    with transaction():
        assert clock.now() > first
    outside = clock.now()
    assert clock.now() > outside


@pytest.mark.parametrize(
    ("instant", "day"),
    [
        (datetime(2027, 4, 30, 16, 59, tzinfo=UTC), date(2027, 4, 30)),
        (datetime(2027, 4, 30, 17, 1, tzinfo=UTC), date(2027, 5, 1)),
    ],
)
def test_today_is_the_villages(session: Session, set_clock: Mover, instant: datetime, day: date) -> None:
    set_clock(instant)
    assert clock.today() == day
    with transaction():
        assert clock.today() == day


def test_it_can_be_moved_and_comes_back(session: Session) -> None:
    with clock.shifted(timedelta(days=3)):
        assert clock.shift() == timedelta(days=3)
        assert clock.now() > datetime.now(UTC) + timedelta(days=2)
        with transaction():
            assert clock.now() > datetime.now(UTC) + timedelta(days=2)
    assert clock.shift() == timedelta(0)
    with pytest.raises(LookupError), clock.shifted(timedelta(days=3)):
        raise LookupError
    assert clock.shift() == timedelta(0)


@pytest.mark.database("postgresql")
def test_pages_count_on_from_what_the_database_said(app: Flask) -> None:
    """One page in half a minute asks; none is ahead of the database, and a transaction always asks."""
    asked: list[str] = []
    app.extensions.pop("clock", None)
    with app.app_context():
        connection = db.session.connection()
    event.listen(connection, "before_cursor_execute", lambda *call: asked.append(str(call[2])))
    pages = [_page(app) for _ in range(5)]
    assert asked.count("SELECT clock_timestamp()") == 1
    with app.test_request_context(), transaction():
        true = clock.now()
    assert asked.count("SELECT clock_timestamp()") == 2
    assert pages == sorted(pages)
    assert true - timedelta(seconds=20) < pages[0] <= pages[-1] <= true
    told, instant = app.extensions["clock"]
    app.extensions["clock"] = (told - clock.GOOD_FOR - 1, instant)
    assert _page(app) > true
    assert asked.count("SELECT clock_timestamp()") == 3


def _page(app: Flask) -> datetime:
    with app.test_request_context():
        first = clock.now()
        assert clock.now() == first
        return first


@pytest.mark.database("postgresql")
def test_the_time_is_the_databases_not_this_machines(session: Session) -> None:
    with time_machine.travel(datetime(2001, 1, 1, tzinfo=UTC)):
        assert clock.now().year > 2020
        with transaction():
            assert clock.now().year > 2020
