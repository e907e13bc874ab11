"""Work that is done in transactions of a fixed size, so that none is long and a killed run loses little."""

from __future__ import annotations

from collections.abc import Callable

from app.core.db import transaction


def in_batches(what: str, size: int, step: Callable[..., int]) -> list[str]:
    """Call a service in a transaction of its own until it finds less than a full batch."""
    done = []
    while True:
        with transaction():
            count = step(limit=size)
        if count:
            done.append(f"{what}: {count}")
        if count < size:
            return done
