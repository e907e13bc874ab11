"""What people and jobs do to a booking, each in a transaction of its own; codes go in, bookings come out."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from sqlalchemy import select

from app.bookings import queries, services
from app.bookings.models import Booking
from app.bookings.queries.checks import check_books, check_inventory
from app.bookings.rules import BookingState
from app.core import clock
from app.core.db import db, transaction
from app.ledger.queries import balances
from app.notifications.models import Message
from app.payments.models import Payment, Receipt
from app.payments.queries import find_open_payment
from app.payments.rules import PaymentMethod
from app.users.rules import Role
from tests.factories import NOW, House, make_hold, make_house, make_receipt, make_user

DAY = timedelta(days=1)
OVER = timedelta(hours=24, minutes=1)
"""When a hold for a transfer made now is over."""


def house(**details: object) -> House:
    """A house on sale."""
    with transaction():
        return make_house(**details)


def user(*roles: object, at: House | None = None) -> int:
    """Somebody with offices there."""
    with transaction():
        return make_user(*roles, house=at)


def hold(*where: object, **details: object) -> str:
    """A held booking's code."""
    with transaction():
        return make_hold(*where, **details).code


def pay(code: str, amount: int | None = None, **details: object) -> Receipt:
    """Money that arrived."""
    with transaction():
        return make_receipt(code, amount, **details)


def expire() -> int:
    """The job closes what is over."""
    with transaction():
        return services.expire_holds()


def earn() -> int:
    """The job makes nights payable."""
    with transaction():
        return services.complete_services()


def release(code: str) -> None:
    """Let a hold go."""
    with transaction():
        services.release_hold(code=code)


def vouch(code: str, house: House, reason: str = "known to us") -> None:
    """The desk of a house gives its word."""
    user_id = user(Role.DESK, at=house)
    with transaction():
        services.vouch_booking(code=code, reason=reason, by_user_id=user_id)


def change_method(code: str, method: PaymentMethod) -> Payment | None:
    """The guest wants to pay otherwise."""
    with transaction():
        return services.start_payment(code=code, method=method)


def booking(code: str) -> Booking:
    """The booking as it stands."""
    found = queries.find_booking(code)
    assert found is not None
    return found


def reads(code: str) -> BookingState:
    """How its state reads now."""
    return booking(code).state_now


def asked(code: str) -> int:
    """What the open attempt asks for, with its code."""
    payment = find_open_payment(f"booking:{code}")
    assert payment is not None
    return payment.amount_with_code


def messages(code: str) -> dict[str, Message]:
    """What guest and hosts were told of a booking, by event."""
    rows = db.session.scalars(
        select(Message).where(Message.reference == f"booking:{code}").order_by(Message.id)
    )
    return {row.event_key.removeprefix(f"booking:{code}:"): row for row in rows}


def stage(name: str) -> int:
    """What all payees have at a stage, in rupiah."""
    return sum(row.amount for row in balances(family="payee") if row.stage == name)


def family(name: str) -> dict[str, int]:
    """Balances of a family of accounts, other than 0."""
    return {row.code: row.amount for row in balances(family=name) if row.amount}


def nothing_is_wrong() -> None:
    """Books and nights hold."""
    wrong = [check for check in (*check_books(), *check_inventory()) if not check.holds]
    assert not wrong, wrong


@contextmanager
def later(span: timedelta | datetime) -> Iterator[None]:
    """At another time than `NOW`."""
    with clock.shifted(NOW + span if isinstance(span, timedelta) else span):
        yield
