"""Fixtures of the whole suite. A test that asks for one of them runs on SQLite and again on PostgreSQL.

The database
    `database`     which of the two, as a maker of copies; every other fixture here builds on it
    `app`          the app, isolated: what the test commits is undone after it. For rules of one thread: services, views
    `session`      `db.session` of `app`, inside an app context. Writes go through `with transaction():` as everywhere
    `client`       Flask's client on `app`; refuses to be used inside an app context (see `OutsideClient`)
    `visitor`      a guest without JavaScript on `app`: opens pages, follows links, submits the forms that are there
    `race_app`     an app on a fresh database of its own, really committing. For threads, processes, jobs
    `live_server`  the site over HTTP from threads of this process, on a fresh database: `.url`, `.app`, `.shift`
    `web_process`  the site under gunicorn, on the database of `race_app`: `.url`, `.kill()`, `.start()`, `.stop()`
    `spawn`        starts another program of ours on the database of `race_app`: `spawn("-m", "flask", "routes")`
The browser
    `page`, `context`, `new_context` of pytest-playwright, in the system's Chromium; together with `live_server` a
    relative address leads there: `page.goto("/")`
The card provider
    `stripe_simulator`  a simulator of Stripe in a process of its own (with STRIPE_TEST_KEY: Stripe's test mode);
                   whichever app, server or program of ours the test asks for besides is connected to it: `.pay(url)`,
                   `.deliver(client)` (tests/simulators/provider.py)
Time
    `set_clock`    moves `clock.now()` until the test ends: to an instant, or by a span. For `live_server`: `.shift`
Marks
    `@pytest.mark.database("sqlite")` runs on that one only; `@pytest.mark.settings(hold_seconds=60)` changes settings;
    `@pytest.mark.simulator_only("why")` does with the card provider what Stripe's test mode cannot do on demand
Options
    `--database sqlite` or `--database postgresql` (may be repeated) runs on those only
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from app.core import clock
from app.core.db import db
from tests.machinery import chromium, databases, left_out, postgres, report
from tests.machinery.clients import Visitor
from tests.machinery.databases import Database, isolated
from tests.machinery.servers import LiveServer, Program, WebProcess, environment_of
from tests.simulators.fixtures import stripe_gate, stripe_process, stripe_simulator  # noqa: F401 - fixtures

SHARED = "SAMBANG_TEST_FOLDER"
"""Where the workers of one run share a server and keep their files; made and removed by the run that began."""

hypothesis.settings.register_profile("house", deadline=None, derandomize=report.is_ci(), print_blob=True)
hypothesis.settings.load_profile("house")


# The run


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--database", action="append", choices=databases.NAMES, help="run on this database (default: both)"
    )


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(left_out, "left-out")
    left_out.require_browser()
    if _is_worker(config):
        return
    lacking = report.missing(_wanted(config))
    if lacking and report.is_ci():
        raise pytest.UsageError("CI=true and not all is here: " + "; ".join(lacking.values()))
    folder = Path(tempfile.mkdtemp(prefix="sambang-test-"))
    folder.chmod(0o711)  # PostgreSQL's own user has to pass through
    os.environ[SHARED] = str(folder)


def pytest_unconfigure(config: pytest.Config) -> None:
    if _is_worker(config) or SHARED not in os.environ:
        return
    folder = Path(os.environ.pop(SHARED))
    postgres.stop(folder)
    shutil.rmtree(folder, ignore_errors=True)


def pytest_report_header(config: pytest.Config) -> list[str]:
    lacking = report.missing(_wanted(config))
    here = [name for name in _wanted(config) if name not in lacking]
    return [
        f"databases: {', '.join(here)}; browser: {chromium.find()}",
        *(f"MISSING: {why}" for why in lacking.values()),
    ]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "database" in metafunc.fixturenames:
        mark = metafunc.definition.get_closest_marker("database")
        names = [name for name in _wanted(metafunc.config) if mark is None or name in mark.args]
        metafunc.parametrize("database", names, indirect=True)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    report.mark_skipped(items, report.missing(_wanted(config)))


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    if not _is_worker(session.config):
        report.judge(session)


def pytest_terminal_summary(terminalreporter: Any) -> None:
    report.name_the_skipped(terminalreporter)


def _wanted(config: pytest.Config) -> list[str]:
    return config.getoption("--database") or list(databases.NAMES)


def _is_worker(config: pytest.Config) -> bool:
    return hasattr(config, "workerinput")


# The database and the app


@pytest.fixture(scope="session")
def _databases(worker_id: str) -> Iterator[Callable[[str], Database]]:
    shared = Path(os.environ[SHARED])
    made: dict[str, Database] = {}

    def get(name: str) -> Database:
        if name not in made:
            prefix = f"{shared.name.replace('-', '_')}_{worker_id}"
            made[name] = databases.make(name, folder=shared / worker_id / name, shared=shared, prefix=prefix)
        return made[name]

    yield get
    for one in made.values():
        one.leave()


@pytest.fixture
def database(request: pytest.FixtureRequest, _databases: Callable[[str], Database]) -> Database:
    """The database this run of the test is about. Makes copies of the migrated template."""
    return _databases(request.param)


@pytest.fixture
def app(request: pytest.FixtureRequest, database: Database) -> Iterator[Flask]:
    """The app, isolated: `transaction()` commits a savepoint, and after the test everything is rolled back."""
    changes = _changed_settings(request)
    app = database.app_on(database.session_url, **changes) if changes else database.session_app
    with isolated(app):
        yield app
    if changes:
        databases.close(app)


@pytest.fixture
def session(app: Flask) -> Iterator[Session]:
    """The session of `app`, inside an app context."""
    with app.app_context():
        yield db.session


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """Flask's client on the isolated app."""
    return app.test_client()


@pytest.fixture
def visitor(client: FlaskClient) -> Visitor:
    """A guest without JavaScript on the isolated app."""
    return Visitor(client)


@pytest.fixture
def race_app(request: pytest.FixtureRequest, database: Database) -> Iterator[Flask]:
    """An app on a fresh database of its own, which really commits: for threads, processes and jobs."""
    if "app" in request.fixturenames:
        pytest.fail(
            "a test with `race_app` or a server cannot use the isolated `app`, `session`, `client`, `visitor`"
        )
    url = database.copy()
    app = database.app_on(url, **_changed_settings(request))
    yield app
    databases.close(app)
    database.drop(url)


def _changed_settings(request: pytest.FixtureRequest) -> dict[str, Any]:
    mark = request.node.get_closest_marker("settings")
    changed = dict(mark.kwargs) if mark else {}
    if "stripe_simulator" in request.fixturenames:
        changed = request.getfixturevalue("stripe_simulator").settings | changed
    return changed


# Servers and programs


@pytest.fixture
def live_server(request: pytest.FixtureRequest, database: Database) -> Iterator[LiveServer]:
    """The site over HTTP, from threads of this process, on a fresh database."""
    if {"app", "race_app"} & set(request.fixturenames):
        pytest.fail("`live_server` has its own app: use `live_server.app`")
    url = database.copy()
    server = LiveServer(database, url, **_changed_settings(request))
    yield server
    server.stop()
    database.drop(url)


@pytest.fixture
def _environment(request: pytest.FixtureRequest, race_app: Flask, database: Database) -> dict[str, str]:
    with race_app.app_context():
        own = environment_of(database, db.engine.url.render_as_string(hide_password=False))
    if "stripe_simulator" in request.fixturenames:
        own |= request.getfixturevalue("stripe_simulator").environment
    return own


@pytest.fixture
def spawn(_environment: dict[str, str], tmp_path: Path) -> Iterator[Callable[..., Program]]:
    """Start `python ...` on the database of `race_app`; whatever still runs after the test is ended."""
    running: list[Program] = []

    def start(*command: str, **extra: str) -> Program:
        log = tmp_path / f"program-{len(running)}.log"
        running.append(Program(*command, environment=_environment | extra, log=log))
        return running[-1]

    yield start
    for program in running:
        program.stop()


@pytest.fixture
def web_process(_environment: dict[str, str], tmp_path: Path) -> Iterator[WebProcess]:
    """The site under gunicorn on the database of `race_app`, to be killed and started again."""
    server = WebProcess(environment=_environment, log=tmp_path / "web.log")
    yield server
    server.stop()


# The browser


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """The system's Chromium, without its calls home and without files in one's own home."""
    places = dict.fromkeys(("XDG_CONFIG_HOME", "XDG_CACHE_HOME"), os.environ[SHARED])
    own = {"executable_path": chromium.find(), "args": chromium.FLAGS, "env": {**os.environ, **places}}
    return browser_type_launch_args | own


@pytest.fixture
def browser_context_args(
    browser_context_args: dict[str, Any], request: pytest.FixtureRequest
) -> dict[str, Any]:
    """A phone in the village: Indonesian, village time, 360 px; relative addresses lead to `live_server`."""
    own: dict[str, Any] = {
        "locale": "id-ID",
        "timezone_id": "Asia/Jakarta",
        "viewport": {"width": 360, "height": 740},
        "reduced_motion": "reduce",
    }
    if "live_server" in request.fixturenames:
        own["base_url"] = request.getfixturevalue("live_server").url
    return browser_context_args | own


# Time


@pytest.fixture
def set_clock() -> Iterator[Callable[[datetime | timedelta], None]]:
    """Move the clock until the test ends: `set_clock(datetime(..., tzinfo=UTC))` or `set_clock(timedelta(days=2))`."""
    with ExitStack() as shifts:

        def move(to: datetime | timedelta) -> None:
            shifts.enter_context(clock.shifted(to))

        yield move
