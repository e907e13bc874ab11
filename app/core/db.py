"""The database: base class, column types, and the only commit and rollback in the house.

`with transaction():` stands only in the doors. It rolls the session back first (which ends the read of sign-in and
expires what was read), so services take ids and fetch again. It refuses to nest and holds no network call. On SQLite
writers queue on a file lock, first come first served; see docs/concurrency.md.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, TypeVar

from flask import has_request_context, request
from flask_sqlalchemy_lite import SQLAlchemy
from sqlalchemy import (
    BigInteger,
    Connection,
    DateTime,
    Engine,
    Integer,
    MetaData,
    String,
    TypeDecorator,
    event,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from app.core.errors import Unavailable
from app.core.words import gettext as _

db = SQLAlchemy(session_options={"expire_on_commit": False})
_open: ContextVar[bool] = ContextVar("transaction_open", default=False)

Key = BigInteger().with_variant(Integer, "sqlite")
"""Primary and foreign keys: SQLite numbers rows by itself only for INTEGER."""


class Base(DeclarativeBase):
    """Base of all models; constraints get names so that migrations can change them."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(column_0_N_label)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {int: BigInteger().with_variant(Integer, "sqlite")}


class Keyed:
    """A numbered row."""

    id: Mapped[int] = mapped_column(Key, primary_key=True)


class Instant(TypeDecorator[datetime]):
    """An aware UTC instant. SQLite gives it back naive, so the zone is put on again here."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Any) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("an instant needs a time zone")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Any) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


E = TypeVar("E", bound=StrEnum)


class EnumText(TypeDecorator[E]):
    """A StrEnum stored by value."""

    impl = String(40)
    cache_ok = True

    def __init__(self, kind: type[E]) -> None:
        super().__init__()
        self.kind = kind

    def process_bind_param(self, value: E | str | None, dialect: Any) -> str | None:
        return None if value is None else self.kind(value).value

    def process_result_value(self, value: str | None, dialect: Any) -> E | None:
        return None if value is None else self.kind(value)


def tune(engine: Engine, *, lock_timeout_ms: int = 5000) -> None:
    """Set up each new connection: SQLite's foreign keys, WAL and own BEGIN; PostgreSQL's lock time limits."""
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _tune_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return

    @event.listens_for(engine, "connect")
    def _tune_postgresql(connection: Any, _record: Any) -> None:
        with connection.cursor() as cursor:
            cursor.execute(f"SET lock_timeout = {int(lock_timeout_ms)}")
            cursor.execute("SET idle_in_transaction_session_timeout = 60000")
        connection.commit()


def _tune_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None
    for pragma in ("foreign_keys=ON", "journal_mode=WAL", "busy_timeout=5000", "synchronous=NORMAL"):
        connection.execute("PRAGMA " + pragma)


def _begin_sqlite(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN " + connection.get_execution_options().get("begin", "DEFERRED"))


@contextmanager
def transaction() -> Iterator[Session]:
    """One transaction, opened at the door: commits at the end, rolls back on any exception.

    Raises RuntimeError when nested or when objects were changed before it began; Unavailable when a lock was not had
    in time.
    """
    session = db.session
    if _open.get():
        raise RuntimeError("transaction() does not nest")
    if session.new or session.dirty or session.deleted:
        raise RuntimeError("objects were changed before transaction() began")
    session.rollback()
    _join_queue(session)
    mark = _open.set(True)
    try:
        session.connection(execution_options={"begin": "IMMEDIATE"})
        session.info.pop("now", None)
        yield session
        session.info["committing"] = True
        session.commit()
    except BaseException as error:
        session.rollback()
        if isinstance(error, OperationalError) and _is_lock_timeout(error):
            raise Unavailable(
                _("The database is busy. Nothing was changed; try again in a few seconds.")
            ) from error
        raise
    finally:
        session.info.pop("committing", None)
        session.info.pop("now", None)
        _open.reset(mark)
        _leave_queue(session)


def in_transaction() -> bool:
    """Whether a door has opened a transaction in this context."""
    return _open.get()


@contextmanager
def savepoint() -> Iterator[None]:
    """A part of the transaction that may be undone alone; any exception undoes it and goes on up."""
    with db.session.begin_nested():
        yield


def insert_into(table: Any) -> Any:
    """The dialect's INSERT, which knows ON CONFLICT on both databases."""
    dialect = db.session.get_bind().dialect.name
    return postgresql.insert(table) if dialect == "postgresql" else sqlite.insert(table)


def _is_lock_timeout(error: OperationalError) -> bool:
    return getattr(error.orig, "sqlstate", None) in {"55P03", "40P01"} or "database is locked" in str(
        error.orig
    )


def _join_queue(session: Session) -> None:
    """Wait for our turn to write on SQLite. The kernel frees the lock when the process dies."""
    bind = session.get_bind()
    if not (isinstance(bind, Engine) and bind.dialect.name == "sqlite" and bind.url.database):
        return
    descriptor = os.open(bind.url.database + ".lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    session.info["queue"] = descriptor


def _leave_queue(session: Session) -> None:
    descriptor = session.info.pop("queue", None)
    if descriptor is not None:
        os.close(descriptor)


def guard(maker: Any) -> None:
    """Watch the sessions: the sign-in library's own commits join the queue, every other late write is a bug."""

    @event.listens_for(maker, "before_flush")
    def _late_writer(session: Session, *_: Any) -> None:
        if _open.get() or "queue" in session.info or not (session.new or session.dirty or session.deleted):
            return
        if not _may_write_late():
            raise RuntimeError("a write outside transaction()")
        connection = session.connection()
        if connection.dialect.name == "sqlite" and isinstance(session.get_bind(), Engine):
            connection.exec_driver_sql("COMMIT")
            _join_queue(session)
            connection.exec_driver_sql("BEGIN IMMEDIATE")

    @event.listens_for(maker, "after_transaction_end")
    def _end(session: Session, ended: Any) -> None:
        if ended.parent is None and not _open.get():
            _leave_queue(session)

    @event.listens_for(maker, "before_commit")
    def _no_commit_inside(session: Session) -> None:
        if _open.get() and not session.info.get("committing") and not session.in_nested_transaction():
            raise RuntimeError("commit inside transaction()")


def _may_write_late() -> bool:
    """Only the sign-in library commits by itself, in its own views and when a session's user is loaded."""
    return has_request_context() and (request.blueprint == "security" or request.endpoint in {None, "static"})
