"""What waits for a hand, as the first page lists it. Plain values."""

from __future__ import annotations

from dataclasses import dataclass

from app.core.money import Rupiah


@dataclass(frozen=True)
class Task:
    """Something that waits: what, how many, how much in rupiah where money is meant, and where it is done."""

    kind: str
    count: int
    url: str
    amount: Rupiah = 0


def waiting(tasks: list[Task]) -> list[Task]:
    """Those of which there is something to do."""
    return [task for task in tasks if task.count]
