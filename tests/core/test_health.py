"""Alive and ready are two questions: a process may live without a database, and is not ready without its migrations."""

from __future__ import annotations

from threading import Thread

import pytest
from flask import Flask

from app.core.db import db, transaction
from tests.machinery.databases import Database, close


@pytest.fixture
def lost_app(database: Database, tmp_path_factory: pytest.TempPathFactory) -> Flask:
    """An app whose database does not answer."""
    folder = tmp_path_factory.mktemp("gone")
    away = {
        "sqlite": f"sqlite:///{folder}/no/such/folder.db",
        "postgresql": "postgresql+psycopg://x@127.0.0.1:1/x",
    }
    return database.app_on(away[database.name])


def test_ready_and_alive(race_app: Flask) -> None:
    for path in ("/healthz", "/readyz"):
        answer = race_app.test_client().get(path)
        assert (answer.status_code, answer.get_data(as_text=True)) == (200, "ok\n")
        assert answer.headers["Cache-Control"] == "no-store"


def test_no_cookie_is_set(race_app: Flask) -> None:
    for path in ("/healthz?lang=en", "/readyz?lang=id"):
        assert "Set-Cookie" not in race_app.test_client().get(path).headers


def test_without_the_newest_migration_it_is_not_ready(race_app: Flask) -> None:
    with race_app.app_context(), transaction() as session:
        session.connection().exec_driver_sql("UPDATE alembic_version SET version_num = '0000'")
    answer = race_app.test_client().get("/readyz")
    assert answer.status_code == 503
    assert "migration" in answer.get_data(as_text=True)
    assert race_app.test_client().get("/healthz").status_code == 200


def test_without_any_migration_it_is_not_ready(database: Database) -> None:
    url = database.empty()
    app = database.app_on(url)
    try:
        assert app.test_client().get("/readyz").status_code == 503
    finally:
        close(app)
        database.drop(url)


def test_without_a_database_it_is_alive_and_not_ready(lost_app: Flask) -> None:
    client = lost_app.test_client()
    assert client.get("/healthz").status_code == 200
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.get_data(as_text=True) == "the database does not answer\n"


@pytest.mark.settings(rate_limits=True)
def test_watchers_are_never_told_to_slow_down(race_app: Flask) -> None:
    client = race_app.test_client()
    assert {client.get("/readyz").status_code for _time in range(100)} == {200}


def test_many_watchers_at_once(race_app: Flask) -> None:
    seen: list[int] = []

    def watch() -> None:
        seen.extend(race_app.test_client().get("/readyz").status_code for _time in range(25))

    threads = [Thread(target=watch) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen == [200] * 100
    with race_app.app_context():
        assert db.engine.pool.checkedout() == 0  # type: ignore[attr-defined]
