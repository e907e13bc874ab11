"""One clock. `now()` is the database's, asked once per transaction, plus a shift that only tests and the seed set.

A page that only reads need not ask: it counts on from what the database said a little while ago.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime, timedelta
from time import monotonic

from flask import current_app, g, has_request_context
from sqlalchemy import text

from app.core.dates import VILLAGE_ZONE
from app.core.db import db, in_transaction

GOOD_FOR = 30.0
"""Seconds for which pages count on from one answer of the database."""

_shift: ContextVar[timedelta] = ContextVar("clock_shift", default=timedelta(0))


def now() -> datetime:
    """The present instant, aware, UTC. Inside a transaction it stands still; so it does for a page that only reads."""
    if not in_transaction():
        return _read_for_page() + _shift.get()
    info = db.session.info
    if "now" not in info:
        info["now"] = _read()
    instant: datetime = info["now"]
    return instant + _shift.get()


def today() -> date:
    """The date in the village (Asia/Jakarta, no daylight saving)."""
    return now().astimezone(VILLAGE_ZONE).date()


@contextmanager
def shifted(to: datetime | timedelta) -> Iterator[None]:
    """Move the clock by a span, or so that it shows the given instant. For tests and the seed only."""
    span = to if isinstance(to, timedelta) else to - datetime.now(UTC)
    mark = _shift.set(span)
    try:
        yield
    finally:
        _shift.reset(mark)


def shift() -> timedelta:
    """How far the clock is moved; zero outside of tests and the seed."""
    return _shift.get()


def _read_for_page() -> datetime:
    # A list of fifty bookings would else ask the database a hundred times what time it is.
    if not has_request_context():
        return _read()
    if "clock" not in g:
        g.clock = _count_on()
    moment: datetime = g.clock
    return moment


def _count_on() -> datetime:
    """What the database said lately, and what has passed since: never ahead of it, behind by the way of the answer."""
    if not _is_asked():
        return _read()
    told: tuple[float, datetime] | None = current_app.extensions.get("clock")
    if told is None or monotonic() - told[0] > GOOD_FOR:
        instant = _read()
        told = current_app.extensions["clock"] = (monotonic(), instant)
    return told[1] + timedelta(seconds=monotonic() - told[0])


def _is_asked() -> bool:
    """Whether telling the time is a journey to the database: SQLite's is this machine's own."""
    return db.session.get_bind().dialect.name == "postgresql"


def _read() -> datetime:
    # Two application servers may disagree about the time; the one database they share does not.
    if not _is_asked():
        return datetime.now(UTC)
    value = db.session.scalar(text("SELECT clock_timestamp()"))
    assert isinstance(value, datetime)
    return value.astimezone(UTC)
