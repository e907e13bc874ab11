"""Database connections while eight clients book, counted from outside; and on SQLite how long a writer waits.

PostgreSQL says itself who is connected; of SQLite's file the workers' open descriptors are counted, which only Linux
shows. A writer of the platform waits in a queue (docs/concurrency.md): its slowest request stands beside the slowest of
eight raw writers, who only have the database's own waiting.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread

from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url

from bench import hands, places
from bench.booking import ROOMS, book, read_raw_job, read_stays
from bench.load import Load
from bench.places import Place, Site
from bench.report import Figure, percentile
from bench.town import Town, copy_town

SECONDS, RAW_SECONDS, LOOK_SECONDS = 10.0, 5.0, 0.1
MOST_PER_CORE = 4

_CONNECTED = "SELECT count(*) FROM pg_stat_activity WHERE datname = :name"


def measure(place: Place) -> list[Figure]:
    """The most connections at any look, and on SQLite the waits."""
    places.say(f"connections: {place.name}")
    town = copy_town(place, ROOMS)
    stays = read_stays(town)
    with places.site(town.url) as site, _looking(place, town, site) as seen:
        ours = book(site.url, stays, SECONDS)
    figures = _connections(place, seen)
    if place.name == "sqlite":
        figures += _waits(place, ours)
    return figures


def _connections(place: Place, seen: list[int]) -> list[Figure]:
    if not any(seen):
        places.say("connections: this system does not show the open files of a process")
        return []
    cores = os.cpu_count() or 1
    value = max(seen) / cores
    note = f"{max(seen)} at the most in {len(seen)} looks, {cores} cores"
    what, kept = "connections per core", value <= MOST_PER_CORE
    return [Figure("connections", place.name, what, value, "", None, "2–4", kept, note)]


def _waits(place: Place, ours: Load) -> list[Figure]:
    other = copy_town(place, ROOMS, "raw")
    with hands.crew() as crew:
        bare = crew.work(other.url, read_raw_job(other)(0), seconds=RAW_SECONDS)
    note = f"{len(ours.seconds)} bookings and {len(bare.seconds)} raw transactions by eight writers"
    whats = ((1.0, "worst wait of a writer", note), (0.99, "99 of 100 writers within", ""))
    return [
        Figure(
            "connections",
            place.name,
            what,
            percentile(ours.seconds, part) * 1000,
            "ms",
            percentile(bare.seconds, part) * 1000,
            note=note,
        )
        for part, what, note in whats
    ]


@contextmanager
def _looking(place: Place, town: Town, site: Site) -> Iterator[list[int]]:
    """A look at the connections every tenth of a second, from a thread beside the clients."""
    seen, done, failed = list[int](), Event(), list[Exception]()

    def look() -> None:
        try:
            with _counting(place, town, site) as count:
                while not done.is_set():
                    seen.append(count())
                    time.sleep(LOOK_SECONDS)
        except Exception as error:  # noqa: BLE001 - told below
            failed.append(error)

    looker = Thread(target=look)
    looker.start()
    try:
        yield seen
    finally:
        done.set()
        looker.join()
    if failed:
        raise failed[0]


@contextmanager
def _counting(place: Place, town: Town, site: Site) -> Iterator[Callable[[], int]]:
    """A way to count the site's connections from outside of it."""
    name = make_url(town.url).database
    if place.name == "sqlite":
        yield lambda: sum(_open_files(pid, str(name)) for pid in site.workers())
        return
    assert place.server_url is not None
    engine = create_engine(place.server_url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        yield lambda: int(connection.execute(text(_CONNECTED), {"name": name}).scalar_one())
    engine.dispose()


def _open_files(pid: int, path: str) -> int:
    """How often a process has this very file open; a file may be closed while one looks."""
    found = 0
    for descriptor in Path(f"/proc/{pid}/fd").iterdir():
        try:
            found += str(descriptor.readlink()) == path
        except FileNotFoundError:
            continue
    return found
