"""What runners do who spend one credit, or use one voucher, and the halves of a control that looks first."""

from __future__ import annotations

from datetime import date
from threading import local

from sqlalchemy import text

from app.bookings import services
from app.core.db import db, transaction
from app.payments.rules import PaymentMethod
from tests.factories import make_choice, make_guest

_seen_left = local()


def book(room: str, arrival: date, voucher: str) -> tuple[int, int]:
    """A trip of one night with a code: what it costs, and what of that a credit pays, in rupiah."""
    with transaction():
        booking = services.hold_trip(
            choices=[make_choice(room, arrival=arrival, nights=1)],
            guest=make_guest(),
            method=PaymentMethod.TRANSFER,
            expected_total=None,
            source="web",
            address=None,
            voucher=voucher,
        )
        return booking.total, booking.credit_amount + booking.paid


def naive_look() -> None:
    """The control's first half: see what is left, in no transaction of one's own."""
    _seen_left.value = db.session.scalar(text("SELECT amount FROM naive_credit"))


def naive_spend(amount: int) -> bool:
    """The control's second half: spend it if it was there, without a condition in the statement."""
    if int(_seen_left.value) < amount:
        return False
    with transaction():
        db.session.execute(text("UPDATE naive_credit SET amount = amount - :amount"), {"amount": amount})
    return True
