"""The shape of a check: what was looked at, what breaks it."""

from __future__ import annotations

from collections.abc import Sequence

from app.core.filters import rupiah
from app.core.money import Rupiah
from app.ledger.queries import Check


def verdict(name: str, seen: str, breaches: Sequence[str]) -> Check:
    """A check that holds when nothing breaks it; `seen` is what was looked at, with figures."""
    return Check(name, f"{seen}, {len(breaches)} wrong", not breaches, tuple(breaches))


def differing(left: dict[str, Rupiah], right: dict[str, Rupiah], words: str) -> list[str]:
    """Where two sets of figures differ, by name; a figure that is missing counts as 0. `words` names both sides."""
    first, second = words.split("|")
    return [
        f"{name}: {first} {rupiah(left.get(name, 0))}, {second} {rupiah(right.get(name, 0))}"
        for name in sorted({*left, *right})
        if left.get(name, 0) != right.get(name, 0)
    ]
