"""What runners do who issue papers, and the halves of a control that numbers them by looking first."""

from __future__ import annotations

from threading import local

from sqlalchemy import text

from app.bookings import queries, services
from app.core.db import db, transaction
from app.payments.rules import PaymentMethod

_seen_last = local()


def pay(code: str, amount: int, undo: bool) -> str:
    """Cash is received; gives the number of its paper. `undo`: something goes wrong after it was issued."""
    with transaction():
        services.receive_payment(code=code, method=PaymentMethod.CASH, amount=amount, by_user_id=None)
        booking = queries.find_booking(code)
        assert booking is not None
        number = queries.list_papers(booking.id)[-1].number
        if undo:
            raise InterruptedError
        return number


def naive_look() -> None:
    """The control's first half: see which number is the last, in no transaction of one's own."""
    _seen_last.value = db.session.scalar(text("SELECT coalesce(max(position), 0) FROM naive_papers"))


def naive_issue() -> int:
    """The control's second half: take the next one in a transaction, in a table without a key."""
    position = int(_seen_last.value) + 1
    with transaction():
        db.session.execute(
            text("INSERT INTO naive_papers (position) VALUES (:position)"), {"position": position}
        )
    return position
