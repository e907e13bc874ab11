"""Holds end, nights become payable, balances are remembered: in batches, again and again, and after a kill."""

from __future__ import annotations

import subprocess
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from app import jobs
from app.bookings.models import Booking
from app.bookings.queries.checks import check_books, check_inventory
from app.core import clock
from app.core.db import db, transaction
from app.homestays.models import RoomNight
from app.notifications.models import Message
from tests.factories import make_hold, make_house, make_paid, make_receipt
from tests.machinery.servers import Program

LAPSED = timedelta(days=-3)
"""A hold for a transfer made three days ago is over."""


def holds(app: Flask, many: int) -> None:
    """So many holds whose time is over, each of another night."""
    with app.app_context(), clock.shifted(LAPSED), transaction():
        house = make_house()
        for number in range(many):
            make_hold(house, arrival=clock.today() + timedelta(days=20 + number), nights=1)


def slept(app: Flask, many: int) -> None:
    """So many paid stays of two nights, long over."""
    with app.app_context(), clock.shifted(timedelta(days=-60)), transaction():
        house = make_house()
        for number in range(many):
            make_paid(house, arrival=clock.today() + timedelta(days=9 + 2 * number))


def run(app: Flask, name: str) -> list[str]:
    with app.app_context():
        return jobs.JOBS[name].run()


def states(app: Flask) -> Counter[str]:
    with app.app_context():
        return Counter(state.value for state in db.session.scalars(select(Booking.state)))


def all_holds_good(app: Flask) -> None:
    with app.app_context():
        assert [check.name for check in [*check_books(), *check_inventory()] if not check.holds] == []


def told(app: Flask, template: str) -> int:
    with app.app_context():
        return len(db.session.scalars(select(Message.id).where(Message.template == template)).all())


def test_holds_past_their_time_are_closed_in_batches(
    race_app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "HOLDS", 2)
    holds(race_app, 5)
    assert run(race_app, "expire-holds") == [f"holds closed: {count}" for count in (2, 2, 1)]
    assert states(race_app) == {"expired": 5}
    assert told(race_app, "hold_expired") == 5
    with race_app.app_context():
        assert db.session.scalars(select(RoomNight)).all() == []
    assert run(race_app, "expire-holds") == []


def test_a_hold_that_still_runs_is_left_alone(race_app: Flask) -> None:
    with race_app.app_context(), transaction():
        make_hold(arrival=clock.today() + timedelta(days=20))
    assert run(race_app, "expire-holds") == []
    assert states(race_app) == {"held": 1}


def test_nights_that_are_over_become_payable(race_app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "UNITS", 3)
    slept(race_app, 2)
    assert run(race_app, "complete-services") == ["nights earned: 3", "nights earned: 1"]
    assert states(race_app) == {"completed": 2}
    assert run(race_app, "complete-services") == []
    all_holds_good(race_app)


def test_a_balance_is_remembered_once(race_app: Flask) -> None:
    with race_app.app_context(), clock.shifted(timedelta(days=-30)), transaction():
        house = make_house(deposit=3000)
        arrival = clock.today() + timedelta(days=30 + 7 + 3)
        for number in range(2):
            make_paid(house, arrival=arrival + timedelta(days=4 * number))
    assert run(race_app, "remind-balances") == ["guests reminded: 1"]
    assert run(race_app, "remind-balances") == []
    with race_app.app_context():
        message = db.session.scalars(select(Message).where(Message.template == "balance_due")).one()
        booking = db.session.scalars(select(Booking).order_by(Booking.id).limit(1)).one()
        assert f"Still to pay: Rp{booking.amount_due:,}".replace(",", ".") in message.text
        assert message.reference == booking.reference


def test_who_has_paid_all_is_not_reminded(race_app: Flask) -> None:
    with race_app.app_context(), clock.shifted(timedelta(days=-30)), transaction():
        booking = make_paid(make_house(deposit=3000), arrival=clock.today() + timedelta(days=40))
        make_receipt(booking.code, booking.amount_due)
    assert run(race_app, "remind-balances") == []


@pytest.mark.parametrize(
    ("name", "prepare", "end"),
    [("expire-holds", holds, "expired"), ("complete-services", slept, "completed")],
)
def test_killed_in_the_middle_the_next_run_ends_it(
    race_app: Flask,
    spawn: Callable[..., Program],
    name: str,
    prepare: Callable[[Flask, int], None],
    end: str,
) -> None:
    """The job is held up by a lock in its transaction, killed there, and has left nothing half done."""
    prepare(race_app, 12)
    before = states(race_app)
    program = _stopped_midway(race_app, spawn, name)
    program.kill()
    assert states(race_app) == before
    all_holds_good(race_app)
    assert run(race_app, name)
    assert states(race_app) == {end: 12}
    assert run(race_app, name) == []
    all_holds_good(race_app)
    with race_app.app_context():
        keys = db.session.scalars(select(Message.event_key)).all()
        assert len(keys) == len(set(keys))


SLOW = """
import os, signal, sys
from sqlalchemy import event
from wsgi import app
from app import jobs
from app.core.db import db

def stop(connection, cursor, statement, *_):
    if statement.startswith("UPDATE"):
        print("in the middle", flush=True)
        signal.pause()

with app.app_context():
    event.listen(db.engine, "after_cursor_execute", stop)
    jobs.JOBS[sys.argv[1]].run()
"""


def _stopped_midway(app: Flask, spawn: Callable[..., Program], name: str) -> Program:
    program = spawn("-c", SLOW, name)
    deadline = time.monotonic() + 30
    while "in the middle" not in program.log.read_text():
        with suppress(subprocess.TimeoutExpired):
            pytest.fail(f"ended with {program.process.wait(timeout=0.05)}: {program.log.read_text()}")
        assert time.monotonic() < deadline
    return program
