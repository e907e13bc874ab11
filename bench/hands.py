"""Raw writers: the bare driver in as many processes and threads as the server has, each thread with its connection.

They are processes of their own because the server's workers are: threads of one process would share its lock.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from multiprocessing import get_context
from multiprocessing.synchronize import Barrier
from typing import Any, Protocol

import psycopg
from sqlalchemy.engine import make_url

from bench.load import Load, at_once, run

PROCESSES, THREADS = 2, 4
"""As the server's workers in `places`, which this leaves alone: a raw writer needs nothing of the app."""

START_SECONDS = 60
HANDS = PROCESSES * THREADS
PRAGMAS = ("foreign_keys=ON", "journal_mode=WAL", "busy_timeout=5000", "synchronous=NORMAL")
"""As in app/core/db.py."""

Statement = tuple[str, Sequence[object]]


class Hand:
    """One connection of the driver."""

    def __init__(self, url: str) -> None:
        self._is_sqlite = url.startswith("sqlite")
        self._connection: Any
        if self._is_sqlite:
            self._connection = sqlite3.connect(str(make_url(url).database), isolation_level=None)
            for pragma in PRAGMAS:
                self._connection.execute("PRAGMA " + pragma)
        else:
            self._connection = psycopg.connect(url.replace("+psycopg", ""))
        self._cursor = self._connection.cursor()

    def write(self, *statements: Statement) -> bool:
        """One transaction of statements with `?` for values; False, and nothing written, where one changed no row."""
        if self._is_sqlite:
            self._cursor.execute("BEGIN IMMEDIATE")
        for text, values in statements:
            self._cursor.execute(self._said(text), [self._given(value) for value in values])
            if self._cursor.rowcount < 1:
                self._connection.rollback()
                return False
        self._connection.commit()
        return True

    def _said(self, text: str) -> str:
        return text if self._is_sqlite else text.replace("?", "%s")

    def _given(self, value: object) -> object:
        """The value as the app stores it on this database."""
        if not self._is_sqlite:
            return value
        if isinstance(value, datetime):
            return f"{value:%Y-%m-%d %H:%M:%S.%f}"
        return value.isoformat() if isinstance(value, date) else value


class Job(Protocol):
    """What the hands do; goes to other processes, so it is made of plain values."""

    def act(self, hand: Hand, number: int) -> Callable[[], object]:
        """What hand `number` (0 to HANDS - 1) does again and again; None once there is nothing left to do."""


@dataclass(frozen=True)
class Crew:
    """The processes, started and waiting."""

    _pool: ProcessPoolExecutor

    def work(self, url: str, job: Job, *, seconds: float | None = None) -> Load:
        """All hands on that database at once: for some seconds, or (None) until each has nothing left to do."""
        begin_at = time.monotonic() + 0.5
        parts = [
            self._pool.submit(_work, url, job, process * THREADS, seconds, begin_at)
            for process in range(PROCESSES)
        ]
        return at_once([part.result() for part in parts])


@contextmanager
def crew() -> Iterator[Crew]:
    """The processes of raw writers, all of them started; ended afterwards."""
    context = get_context("spawn")
    started = context.Barrier(PROCESSES + 1)
    with ProcessPoolExecutor(PROCESSES, context, initializer=_meet, initargs=(started,)) as pool:
        for _process in range(PROCESSES):
            pool.submit(time.sleep, 0)
        _meet(started)
        yield Crew(pool)


def _meet(started: Barrier) -> None:
    started.wait(START_SECONDS)


def _work(url: str, job: Job, first: int, seconds: float | None, begin_at: float) -> Load:
    def act(number: int) -> Callable[[], object]:
        return job.act(Hand(url), first + number)

    return run(THREADS, act, seconds=seconds, begin_at=begin_at)
