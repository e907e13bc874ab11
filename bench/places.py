"""Where the measurements keep their databases: SQLite files and a PostgreSQL cluster of their own, in one folder.

The folder is kept between runs, because the largest town takes minutes to fill. Unlike the tests' cluster this one is
as durable as a real one: it flushes to the disk at every commit.
"""

from __future__ import annotations

import logging
import os
import pwd
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url

from app import create_app
from app.core.db import db
from bench.workers import READY
from config import Settings
from tests.machinery.postgres import find_programs
from tests.machinery.servers import Program, free_port, wait_for

NAMES = ("sqlite", "postgresql")
WORKERS, THREADS = 2, 4
"""Of the web server, as in the Procfile."""

START_SECONDS = 60
SERVER_OPTIONS = {
    "listen_addresses": "",
    "max_connections": "100",
    "shared_buffers": "512MB",
    "maintenance_work_mem": "512MB",
    "max_wal_size": "4GB",
    "random_page_cost": "1.1",
    "log_min_messages": "error",
}


@dataclass(frozen=True)
class Place:
    """One of the two databases; `server_url` where PostgreSQL listens."""

    name: str
    server_url: str | None


@dataclass(frozen=True)
class Site:
    """A running site: where it is, and the process that its workers belong to."""

    url: str
    pid: int

    def workers(self) -> list[int]:
        """The processes that answer. Empty where the system does not tell (only Linux does)."""
        children = Path(f"/proc/{self.pid}/task/{self.pid}/children")
        return [int(pid) for pid in children.read_text().split()] if children.exists() else []


def folder() -> Path:
    """The folder of all measurements: BENCH_DIR, else one beside the machine's other temporary files."""
    given = os.environ.get("BENCH_DIR")
    path = Path(given) if given else Path(tempfile.gettempdir()) / f"sambang-bench-{os.getuid()}"
    path.mkdir(parents=True, exist_ok=True)
    path.chmod(0o711)  # PostgreSQL's own user has to pass through
    return path


@contextmanager
def server(names: tuple[str, ...]) -> Iterator[str | None]:
    """The address of a PostgreSQL server while it is needed: BENCH_DATABASE_URL, or the own cluster."""
    if "postgresql" not in names:
        yield None
    elif given := os.environ.get("BENCH_DATABASE_URL"):
        yield make_url(given).set(drivername="postgresql+psycopg").render_as_string(hide_password=False)
    else:
        home = folder() / "postgres"
        if not (home / "PG_VERSION").exists():
            _make_cluster(home)
        options = SERVER_OPTIONS | {"unix_socket_directories": str(home)}
        flags = " ".join(f"-c {name}='{value}'" for name, value in options.items())
        _call("pg_ctl", "start", "-D", str(home), "-l", str(home / "server.log"), "-o", flags, "-w")
        try:
            yield f"postgresql+psycopg://postgres@/postgres?host={home}"
        finally:
            _call("pg_ctl", "stop", "-D", str(home), "-m", "fast", "-w")


def is_there(place: Place, label: str) -> bool:
    """Whether this database was made before."""
    if place.name == "sqlite":
        return _file(label).exists()
    found = _ask(place.server_url, "SELECT count(*) FROM pg_database WHERE datname = :name", f"bench_{label}")
    return bool(found)


def address(place: Place, label: str) -> str:
    """The address of a database of this label."""
    if place.name == "sqlite":
        return f"sqlite:///{_file(label)}"
    assert place.server_url is not None
    return make_url(place.server_url).set(database=f"bench_{label}").render_as_string(hide_password=False)


def make_empty(place: Place, label: str, template: str | None = None) -> str:
    """A new database, empty or a copy of `template`, in the place of one that was there: its address."""
    if place.name == "sqlite":
        for leftover in _file(label).parent.glob(_file(label).name + "*"):
            leftover.unlink()
        if template is not None:
            shutil.copy(_file(template), _file(label))
    else:
        _say(place.server_url, f'DROP DATABASE IF EXISTS "bench_{label}" WITH (FORCE)')
        source = "template0" if template is None else f"bench_{template}"
        _say(place.server_url, f'CREATE DATABASE "bench_{label}" TEMPLATE "{source}"')
    return address(place, label)


def environment(url: str) -> dict[str, str]:
    """What a program needs to work on this database, with nothing of the machine's own settings."""
    home = folder() / "data"
    return {
        "PATH": os.environ["PATH"],
        "LC_ALL": "C.UTF-8",
        "HOME": str(home),
        "APP_ENV": "production",
        "BASE_URL": "http://127.0.0.1",
        "MAIL_URL": "smtp://127.0.0.1:9",
        "DATABASE_URL": url,
        "DATA_DIR": str(home),
        "SECRET_KEY": "a-secret-of-the-measurements",
        "PASSWORD_SALT": "a-salt-of-the-measurements",
        "RATE_LIMITS": "off",
        "HOLDS_PER_GUEST": "1000000",
        "HOLDS_PER_ADDRESS": "1000000",
        "PYTHONUNBUFFERED": "1",
    }


@contextmanager
def site(url: str, program: str = "wsgi:app") -> Iterator[Site]:
    """The site on this database under gunicorn, two workers of four threads as in the Procfile, both of them ready."""
    port = free_port()
    here = f"http://127.0.0.1:{port}"
    log = folder() / f"web-{program.partition(':')[0]}.log"
    log.unlink(missing_ok=True)
    bind = ("--bind", f"127.0.0.1:{port}", "--workers", str(WORKERS), "--threads", str(THREADS))
    running = Program(
        *("-m", "gunicorn", program, "--config", "python:bench.workers", *bind),
        *("--no-control-socket", "--log-level", "warning"),
        environment=environment(url) | {"PORT": str(port), "BASE_URL": here},
        log=log,
    )
    try:
        wait_for(here + "/healthz", running)
        _wait_for_all(running)
        yield Site(here, running.process.pid)
    finally:
        running.stop()


def _wait_for_all(running: Program) -> None:
    """Until the last worker is ready: the first to answer would take the clients of them all."""
    deadline = time.monotonic() + START_SECONDS
    while running.log.read_text().count(READY) < WORKERS:
        if time.monotonic() > deadline or running.process.poll() is not None:
            raise RuntimeError(f"not every worker is ready:\n{running.log.read_text()}")
        time.sleep(0.05)


def say(words: str) -> None:
    """What is being done, so that nobody wonders."""
    print(words, file=sys.stderr, flush=True)


@contextmanager
def app_on(url: str) -> Iterator[Flask]:
    """The app on this database, inside its context."""
    logging.getLogger("alembic").setLevel(logging.WARNING)
    app = create_app(Settings.from_env(environment(url)))
    with app.app_context():
        try:
            yield app
        finally:
            db.session.close()
            db.engine.dispose()


def _file(label: str) -> Path:
    return folder() / f"{label}.db"


def _make_cluster(home: Path) -> None:
    home.mkdir(mode=0o755)
    if os.geteuid() == 0:
        user = pwd.getpwnam("postgres")
        os.chown(home, user.pw_uid, user.pw_gid)
    locale = "C.UTF-8" if sys.platform == "linux" else "C"
    _call("initdb", "-D", str(home), "-U", "postgres", "-A", "trust", "-E", "UTF8", f"--locale={locale}")


def _call(program: str, *arguments: str) -> None:
    """Run a program of PostgreSQL, which refuses to be root."""
    programs = find_programs()
    if programs is None:
        raise SystemExit("PostgreSQL is not installed; measure on SQLite alone: make bench DATABASES=sqlite")
    user = pwd.getpwnam("postgres") if os.geteuid() == 0 else None
    who: dict[str, Any] = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []} if user else {}
    with Path(os.devnull).open("r+b") as nowhere:
        done = subprocess.run(
            [str(programs / program), *arguments],
            check=False,
            cwd="/",
            env={"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"},
            stdin=nowhere,
            stdout=nowhere,
            stderr=nowhere,
            **who,
        )
    if done.returncode:
        raise SystemExit(f"{program} ended with {done.returncode}")


def _say(server_url: str | None, statement: str) -> None:
    assert server_url is not None
    engine = create_engine(server_url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(statement))
    engine.dispose()


def _ask(server_url: str | None, query: str, name: str) -> int:
    assert server_url is not None
    engine = create_engine(server_url)
    with engine.connect() as connection:
        found = connection.execute(text(query), {"name": name}).scalar_one()
    engine.dispose()
    return int(found)
