"""Pieces come to a Balkondes, and are counted again where the number is wrong."""

from __future__ import annotations

from app.core import audit
from app.core.counters import left_by_counter, set_capacity
from app.core.errors import Invalid, WrongState
from app.core.words import gettext as _
from app.showcase import queries
from app.showcase.models import Stock
from app.showcase.rules import MOST_PIECES


def restock(*, stock_id: int, pieces: int, by_user_id: int | None = None) -> int:
    """Pieces have come to the place; gives how many are left to sell now.

    Raises NotFound, Invalid for less than one piece or more than anybody brings.
    """
    stock = queries.get_stock(stock_id)
    if not 1 <= pieces <= MOST_PIECES:
        message = _("Write a number from 1 to %(most)d.", most=MOST_PIECES)
        raise Invalid(message, errors=[("pieces", message)])
    come = queries.lock_capacity(stock.counter_id)
    set_capacity(counter_id=stock.counter_id, capacity=come + pieces)
    audit.record(
        action="stock.filled",
        subject=_subject(stock),
        user_id=by_user_id,
        village=stock.village.slug,
        pieces=pieces,
    )
    return _left(stock)


def correct_stock(
    *, stock_id: int, pieces_left: int, reason: str, by_user_id: int | None, seen: int | None = None
) -> int:
    """The pieces left to sell were counted, without those that guests have bought or that are kept for them.

    Nothing is taken from a guest: below what is sold the place shows 0 left. `seen` is what the counter of pieces was
    told is left; sold meanwhile means that it must be counted again. Gives how many are left to sell now.
    Raises NotFound; WrongState when the number has moved since it was seen; Invalid for an impossible number or without
    a reason.
    """
    stock = queries.get_stock(stock_id)
    if not 0 <= pieces_left <= MOST_PIECES:
        message = _("Write a number from 0 to %(most)d.", most=MOST_PIECES)
        raise Invalid(message, errors=[("pieces_left", message)])
    if not reason.strip():
        message = _("Say in a few words why the number was wrong.")
        raise Invalid(message, errors=[("reason", message)])
    come = queries.lock_capacity(stock.counter_id)
    before = _left(stock)
    if seen is not None and seen != before:
        raise WrongState(
            _(
                "While you counted, the number moved from %(seen)d to %(now)d. Count once more.",
                seen=seen,
                now=before,
            )
        )
    # Lapsed holds are dropped first, so that `taken` is what guests really have.
    taken = set_capacity(counter_id=stock.counter_id, capacity=come)
    set_capacity(counter_id=stock.counter_id, capacity=taken + pieces_left)
    audit.record(
        action="stock.corrected",
        subject=_subject(stock),
        user_id=by_user_id,
        reason=reason,
        village=stock.village.slug,
        before=before,
        after=pieces_left,
    )
    return _left(stock)


def _left(stock: Stock) -> int:
    return left_by_counter([stock.counter_id])[stock.counter_id]


def _subject(stock: Stock) -> str:
    return f"product:{stock.product.slug}"
