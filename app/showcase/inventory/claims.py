"""Taking pieces and giving them back. A line holds them under `line:<id>`; the stock's counter decides."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from app.core import counters
from app.core.counters import Full, Want
from app.core.db import db
from app.core.errors import SoldOut
from app.core.words import gettext as _
from app.showcase.models import Stock
from app.showcase.rules import PREFIX


@dataclass(frozen=True)
class Claim:
    """Pieces of a product, in the place where they are picked up, for a line."""

    line_id: int
    stock_id: int
    quantity: int


def hold(claims: Sequence[Claim], until: datetime) -> None:
    """Hold the pieces of every line of a trip until then, all or nothing.

    Raises SoldOut naming the lines that lost and how many are left.
    """
    _take(claims, until)


def extend(claims: Sequence[Claim], until: datetime) -> None:
    """Hold the same pieces until another time, taking again what has lapsed; all or nothing. Raises SoldOut."""
    _take(claims, until)


def confirm(claims: Sequence[Claim]) -> None:
    """Make the pieces sold, taking again those whose hold has lapsed meanwhile; all or nothing. Raises SoldOut."""
    _take(claims, None)


def release(line_ids: Sequence[int]) -> None:
    """Give back every piece that these lines still have, held or sold."""
    counters.release([f"{PREFIX}{line_id}" for line_id in line_ids])


def _take(claims: Sequence[Claim], until: datetime | None) -> None:
    counter_of = _counters([claim.stock_id for claim in claims])
    wants = [Want(f"{PREFIX}{claim.line_id}", counter_of[claim.stock_id], claim.quantity) for claim in claims]
    try:
        counters.take(wants, until)
    except Full as full:
        left = {int(holder.removeprefix(PREFIX)): count for holder, count in full.left.items()}
        message = _("Another guest has just taken the last pieces. You have not been charged.")
        raise SoldOut(message, lines=left) from full


def _counters(stock_ids: Sequence[int]) -> dict[int, int]:
    rows = db.session.execute(select(Stock.id, Stock.counter_id).where(Stock.id.in_(stock_ids)))
    return dict(rows.all())
