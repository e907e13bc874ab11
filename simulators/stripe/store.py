"""What the simulator remembers: things as JSON by their id, and small facts by name."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from threading import RLock
from typing import Any

Thing = dict[str, Any]

SCHEMA = """
CREATE TABLE IF NOT EXISTS things (
    number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, kind TEXT NOT NULL, body TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS things_by_kind ON things (kind, number);
CREATE TABLE IF NOT EXISTS facts (name TEXT PRIMARY KEY, body TEXT NOT NULL);
"""


class Store:
    """A SQLite file, or memory when there is none. One at a time looks or writes, inside of `turn()`."""

    def __init__(self, path: str | None = None) -> None:
        self._lock = RLock()
        self._base = sqlite3.connect(path or ":memory:", check_same_thread=False, isolation_level=None)
        self._base.executescript(SCHEMA)

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Have the store alone; what was written is kept at the end, or not at all."""
        with self._lock:
            self._base.execute("BEGIN")
            try:
                yield
            except BaseException:
                self._base.execute("ROLLBACK")
                raise
            self._base.execute("COMMIT")

    def put(self, kind: str, thing: Thing) -> Thing:
        """Keep a new or changed thing; it stays in its place in the order."""
        self._base.execute(
            "INSERT INTO things (id, kind, body) VALUES (?, ?, ?) ON CONFLICT (id) "
            "DO UPDATE SET kind = excluded.kind, body = excluded.body",
            (thing["id"], kind, json.dumps(thing)),
        )
        return thing

    def find(self, identity: str, kind: str | None = None) -> Thing | None:
        """A thing by id, of that kind if one is named."""
        row = self._base.execute("SELECT kind, body FROM things WHERE id = ?", (identity,)).fetchone()
        return json.loads(row[1]) if row and kind in {None, row[0]} else None

    def drop(self, identity: str) -> None:
        """Forget a thing."""
        self._base.execute("DELETE FROM things WHERE id = ?", (identity,))

    def list(self, kind: str) -> list[Thing]:
        """All things of a kind, oldest first."""
        rows = self._base.execute("SELECT body FROM things WHERE kind = ? ORDER BY number", (kind,))
        return [json.loads(body) for (body,) in rows]

    def fact(self, name: str, default: Any) -> Any:
        """A small fact."""
        row = self._base.execute("SELECT body FROM facts WHERE name = ?", (name,)).fetchone()
        return json.loads(row[0]) if row else default

    def note(self, name: str, value: Any) -> None:
        """Remember a small fact."""
        self._base.execute("INSERT OR REPLACE INTO facts VALUES (?, ?)", (name, json.dumps(value)))

    def use_up(self, name: str) -> bool:
        """Whether a count of coming occasions was not yet at zero; it is one less afterwards."""
        left = self.fact(name, 0)
        if left:
            self.note(name, left - 1)
        return bool(left)

    def clear(self) -> None:
        """Forget everything."""
        self._base.execute("DELETE FROM things")
        self._base.execute("DELETE FROM facts")
