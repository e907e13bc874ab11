"""Where tests keep their rows: for each database a migrated template, and as many copies of it as are wanted.

A copy costs milliseconds where migrating costs seconds. Nothing stays connected to a template, because PostgreSQL
copies no database that is in use.
"""

from __future__ import annotations

import shutil
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import cached_property
from itertools import count
from pathlib import Path
from threading import get_ident
from typing import Any

from flask import Flask
from sqlalchemy import create_engine, event, text
from sqlalchemy.engine import make_url

from app import create_app
from app.core.db import db
from config import Settings
from tests.machinery import postgres
from tests.machinery.clients import OutsideClient

NAMES = ("sqlite", "postgresql")


class Database(ABC):
    """One of the two databases, as one worker sees it."""

    name: str

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._numbers = count(1)

    @cached_property
    def template_url(self) -> str:
        """A database at the newest migration. Made once; never connected to again."""
        url = self.empty()
        app = self.app_on(url)
        with app.app_context():
            app.extensions["alembic"].upgrade()
        close(app)
        return url

    @cached_property
    def session_url(self) -> str:
        """The copy that ordinary tests share; each undoes what it did."""
        return self.copy()

    @cached_property
    def session_app(self) -> Flask:
        """The app that ordinary tests share."""
        return self.app_on(self.session_url)

    @abstractmethod
    def empty(self) -> str:
        """A new database with nothing in it: its address."""

    @abstractmethod
    def copy(self) -> str:
        """A new database just like the template: its address."""

    @abstractmethod
    def drop(self, url: str) -> None:
        """Remove a copy. Nothing may be connected."""

    def leave(self) -> None:
        """At the end of the run: close the shared app."""
        if "session_app" in vars(self):
            close(self.session_app)

    def settings(self, url: str, **values: object) -> Settings:
        """The settings of a test: nothing from the machine's environment, limits off, files in the test's folder."""
        environment = {
            "DATABASE_URL": url,
            "DATA_DIR": str(self.folder),
            "SECRET_KEY": "a-secret-of-the-tests-and-of-nothing-else",
            "PASSWORD_SALT": "a-salt-of-the-tests",
            "RATE_LIMITS": "off",
            "PAGE_SECONDS": "0",
            "STRIPE_SIMULATOR": "off",
        }
        return replace(Settings.from_env(environment), testing=True, **values)

    def app_on(self, url: str, **values: object) -> Flask:
        """An app on a database; `values` are settings that differ."""
        app = create_app(self.settings(url, **values))
        app.test_client_class = OutsideClient
        return app

    def _label(self) -> str:
        return f"t{next(self._numbers)}"


class SQLite(Database):
    """Databases are files."""

    name = "sqlite"

    def empty(self) -> str:
        return f"sqlite:///{self.folder / self._label()}.db"

    def copy(self) -> str:
        url = self.empty()
        shutil.copy(_file(self.template_url), _file(url))
        return url

    def drop(self, url: str) -> None:
        for leftover in _file(url).parent.glob(_file(url).name + "*"):
            leftover.unlink()


class PostgreSQL(Database):
    """Databases on one server; `prefix` keeps workers and sessions apart."""

    name = "postgresql"

    def __init__(self, folder: Path, *, server: str, prefix: str) -> None:
        super().__init__(folder)
        self._server = make_url(server)
        self._prefix = prefix
        self._made: set[str] = set()
        self._engine = create_engine(self._server, isolation_level="AUTOCOMMIT", pool_size=1, max_overflow=0)

    def empty(self) -> str:
        return self._create("TEMPLATE template0")

    def copy(self) -> str:
        return self._create(f'TEMPLATE "{make_url(self.template_url).database}"')

    def drop(self, url: str) -> None:
        name = make_url(url).database or ""
        self._say(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        self._made.discard(name)

    def leave(self) -> None:
        """At the end of the run: remove what this worker made on the server."""
        super().leave()
        for name in list(self._made):
            self._say(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        self._engine.dispose()

    def _create(self, source: str) -> str:
        name = f"{self._prefix}_{self._label()}"
        self._say(f'CREATE DATABASE "{name}" {source}')
        self._made.add(name)
        return self._server.set(database=name).render_as_string(hide_password=False)

    def _say(self, statement: str) -> None:
        with self._engine.connect() as connection:
            connection.execute(text(statement))


def make(name: str, *, folder: Path, shared: Path, prefix: str) -> Database:
    """The database of that name for this worker."""
    folder.mkdir(parents=True, exist_ok=True)
    if name == "sqlite":
        return SQLite(folder)
    return PostgreSQL(folder, server=postgres.server_url(shared), prefix=prefix)


def close(app: Flask) -> None:
    """Give back every connection of an app; SQLite folds its journal into the file when the last one closes."""
    with app.app_context():
        for engine in db.engines.values():
            engine.dispose()


@contextmanager
def isolated(app: Flask) -> Iterator[None]:
    """Undo at the end whatever the app commits in between; for one thread only."""
    with app.app_context():
        engine, maker = db.engine, db.sessionmaker
    with engine.connect() as connection:
        outer, bind, home = connection.begin(), maker.kw.get("bind"), get_ident()

        @event.listens_for(connection, "before_cursor_execute")
        def _stay_home(*_: Any) -> None:
            if get_ident() != home:
                raise RuntimeError("the isolated `app` belongs to one thread; a race needs `race_app`")

        maker.configure(bind=connection, join_transaction_mode="create_savepoint")
        try:
            yield
        finally:
            maker.configure(bind=bind, join_transaction_mode="conditional_savepoint")
            outer.rollback()


def _file(url: str) -> Path:
    return Path(make_url(url).database or "")


__all__ = ["NAMES", "Database", "close", "isolated", "make"]
