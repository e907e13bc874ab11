"""The fixtures keep their promises: nothing leaks, nothing is shared by accident, a mistake is loud."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Event, Thread

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event, func, select
from sqlalchemy.orm import Session

from app.core import clock, idempotency
from app.core.db import db, transaction
from app.core.idempotency import IdempotencyKey
from tests.machinery.databases import Database
from tests.machinery.servers import LiveServer


def _write(key: str) -> None:
    with transaction():
        idempotency.claim(route="test", key=key, digest="0")


def _count() -> int:
    return db.session.scalar(select(func.count()).select_from(IdempotencyKey)) or 0


@pytest.mark.parametrize("turn", [1, 2])
def test_what_a_test_commits_is_gone_afterwards(session: Session, turn: int) -> None:
    assert _count() == 0
    _write("a")
    assert _count() == 1


def test_a_commit_is_seen_by_the_next_context(app: Flask) -> None:
    with app.app_context():
        _write("a")
    with app.app_context():
        assert _count() == 1


def test_an_exception_undoes_only_its_own_transaction(session: Session) -> None:
    _write("a")
    with pytest.raises(ZeroDivisionError), transaction():
        idempotency.claim(route="test", key="b", digest="0")
        raise ZeroDivisionError
    assert _count() == 1


def test_the_isolated_app_refuses_a_second_thread(app: Flask) -> None:
    def knock() -> None:
        with app.app_context():
            _write("a")

    with ThreadPoolExecutor(1) as pool, pytest.raises(RuntimeError, match="one thread"):
        pool.submit(knock).result()


def test_the_client_refuses_an_open_app_context(client: FlaskClient, session: Session) -> None:
    with pytest.raises(RuntimeError, match="app_context"):
        client.get("/")


@pytest.mark.parametrize("turn", [1, 2])
def test_a_race_really_commits_and_the_next_begins_anew(race_app: Flask, turn: int) -> None:
    def write(number: int) -> None:
        with race_app.app_context():
            _write(f"key {number}")

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(write, range(8)))
    with race_app.app_context():
        assert _count() == 8


def test_both_databases_are_what_they_say(session: Session, database: Database) -> None:
    assert session.get_bind().dialect.name == database.name


@pytest.mark.settings(hold_seconds=60)
def test_settings_of_one_test(app: Flask) -> None:
    assert app.config["SETTINGS"].hold_seconds == 60


def test_the_clock_moves_and_comes_back(session: Session, set_clock: Callable[..., None]) -> None:
    set_clock(timedelta(days=3))
    assert timedelta(days=2) < clock.now() - datetime.now(UTC) < timedelta(days=4)
    set_clock(datetime(2027, 5, 1, 7, tzinfo=UTC))
    assert clock.today().isoformat() == "2027-05-01"


def test_the_clock_of_a_server_moves_for_its_requests(live_server: LiveServer) -> None:
    seen: list[datetime] = []

    def look() -> str:
        seen.append(clock.now())
        return "seen"

    live_server.app.add_url_rule("/look", view_func=look)
    live_server.shift = timedelta(days=400)
    assert live_server.get("/look") == "seen"
    assert seen[0] - datetime.now(UTC) > timedelta(days=399)


def test_a_program_works_on_the_same_database(race_app: Flask, spawn: Callable[..., object]) -> None:
    code = (
        "from wsgi import app; from app.core import idempotency; from app.core.db import transaction\n"
        "with app.app_context(), transaction(): idempotency.claim(route='test', key='a', digest='0')"
    )
    program = spawn("-c", code)
    assert program.process.wait(timeout=60) == 0, program.log.read_text()
    with race_app.app_context():
        assert _count() == 1


def test_a_server_that_stops_waits_for_the_answer_it_gives(live_server: LiveServer) -> None:
    """The answer holds a connection; were the pool gone when it comes back, nobody would close it."""
    asked, go_on, closed = Event(), Event(), Event()

    def slowly() -> str:
        db.session.scalar(select(1))
        asked.set()
        go_on.wait(20)
        return "here"

    live_server.app.add_url_rule("/slowly", view_func=slowly)
    with live_server.app.app_context():
        event.listen(db.engine, "engine_disposed", lambda _engine: closed.set())
    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(live_server.get, "/slowly")
        assert asked.wait(20)
        stopping = Thread(target=live_server.stop)
        stopping.start()
        was_early = closed.wait(0.5)
        go_on.set()
        assert answer.result() == "here"
        stopping.join()
    assert not was_early
    assert closed.is_set()


def test_the_browser_finds_the_server(live_server: LiveServer, page: object) -> None:
    live_server.app.add_url_rule("/hello", view_func=lambda: "<h1>Halo</h1>")
    page.goto("/hello")
    assert page.get_by_role("heading").inner_text() == "Halo"
