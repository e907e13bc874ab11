"""What runners do with pieces in stock, each in a transaction of its own as at a door."""

from __future__ import annotations

from threading import local

from sqlalchemy import text

from app.core import idempotency
from app.core.db import db, transaction
from app.showcase import services


def restock(stock_id: int, pieces: int) -> int:
    """More have come; gives how many are left then."""
    with transaction():
        return services.restock(stock_id=stock_id, pieces=pieces)


def restock_once(key: str, stock_id: int, pieces: int) -> bool:
    """The same form sent by an impatient thumb, as the maker's door does it; gives whether it was added now."""
    digest = idempotency.digest_of({"stock": stock_id, "pieces": pieces})
    with transaction():
        if idempotency.claim(route="races", key=key, digest=digest) is not None:
            return False
        left = services.restock(stock_id=stock_id, pieces=pieces)
        idempotency.remember(route="races", key=key, reference=str(left))
        return True


def correct(stock_id: int, pieces_left: int, seen: int | None = None) -> int:
    """Counted again; gives how many are left then."""
    with transaction():
        return services.correct_stock(
            stock_id=stock_id, pieces_left=pieces_left, reason="counted", by_user_id=None, seen=seen
        )


_seen_left = local()


def naive_look() -> None:
    """The control's first half: look, in no transaction of one's own, and remember what was seen."""
    _seen_left.value = db.session.scalar(text("SELECT pieces FROM naive_stock"))


def naive_write(quantity: int) -> None:
    """The control's second half: write in a transaction what was worked out from that, without a condition."""
    if _seen_left.value < quantity:
        raise LookupError("taken")
    with transaction():
        db.session.execute(
            text("UPDATE naive_stock SET pieces = :left, sold = sold + :quantity"),
            {"left": _seen_left.value - quantity, "quantity": quantity},
        )
