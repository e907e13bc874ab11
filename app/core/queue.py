"""The queue that the worker listens to: when a timed job runs. What is to be done lies in our tables, never here."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import structlog
from flask import Flask
from huey import Huey, RedisHuey, SqliteHuey
from redis import ConnectionPool, RedisError

from config import Settings

log = structlog.get_logger()

MOST_NUDGES = 5


@dataclass(frozen=True)
class Job:
    """What to do, and when (in UTC). `run` gives one line per thing done."""

    name: str
    run: Callable[[], list[str]]
    when: str
    clock: dict[str, str]

    @property
    def about(self) -> str:
        """The first line of its function's docstring."""
        return (self.run.__doc__ or "").splitlines()[0]


def make_queue(settings: Settings) -> Huey:
    """Redis where there is one, else a file in the folder of the data."""
    if settings.redis_url:
        pool = ConnectionPool.from_url(settings.redis_url, socket_connect_timeout=2, socket_timeout=10)
        return RedisHuey("sambang", results=False, connection_pool=pool)
    return SqliteHuey("sambang", results=False, filename=str(settings.data_dir / "huey.db"), timeout=2)


def in_app(app: Flask, job: Job) -> Callable[[], None]:
    """The job as the worker runs it: in an app context of its own, its lines and its failure in the log."""

    def run() -> None:
        with app.app_context():
            try:
                for line in job.run():
                    log.info("job", job=job.name, done=line)
            except Exception as error:
                log.exception("job failed", job=job.name, error=type(error).__name__)

    return run


def nudge_worker(queue: Huey, nudge: Callable[[], Any]) -> None:
    """Ask for mails to be sent now instead of at the next minute. A lost nudge loses nothing."""
    try:
        if queue.pending_count() < MOST_NUDGES:
            nudge()
    except (sqlite3.Error, RedisError, OSError) as error:
        log.warning("nudge lost", error=type(error).__name__)
