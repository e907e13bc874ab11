"""The shape of a check: what was looked at, what breaks it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from sqlalchemy import ColumnElement, String, and_, cast, func, literal, or_, select
from sqlalchemy.orm import InstrumentedAttribute, aliased

from app.bookings.models import LineUnit
from app.core.db import db
from app.core.filters import rupiah
from app.core.money import Rupiah
from app.ledger.models import Account, JournalEntry, Posting
from app.ledger.queries import Check

Moved = dict[tuple[str, str, str], Rupiah]
"""Rupiah by (from account, to account, keeper)."""


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


def moved_under(word: str, number: InstrumentedAttribute[int]) -> dict[int, Moved]:
    """What entries named `<word>:<number>` moved, by number."""
    source, target = aliased(Account), aliased(Account)
    rows = db.session.execute(
        select(number, source.code, target.code, Posting.keeper, func.sum(Posting.amount))
        .join(JournalEntry, JournalEntry.reference == literal(f"{word}:") + cast(number, String))
        .join(Posting, Posting.entry_id == JournalEntry.id)
        .join(source, source.id == Posting.from_account_id)
        .join(target, target.id == Posting.to_account_id)
        .group_by(number, source.code, target.code, Posting.keeper)
    )
    moved: dict[int, Moved] = defaultdict(dict)
    for key, from_code, to_code, keeper, amount in rows:
        moved[key][from_code, to_code, keeper] = int(amount)
    return moved


def is_given_up() -> ColumnElement[bool]:
    """Whether nobody comes for a unit any more although its booking lives: it ended before it could be earned."""
    before = or_(LineUnit.earned_at.is_(None), LineUnit.ended_at < LineUnit.earned_at)
    return and_(LineUnit.ended_at.is_not(None), before)
