"""What people do to a refund by hand, each in a transaction of its own."""

from __future__ import annotations

from sqlalchemy import text

from app.bookings import queries, services
from app.bookings.models import HandRefund
from app.core.db import db, transaction
from app.payments.queries import list_refunds
from app.payments.rules import PaymentMethod
from app.users.rules import Scope
from tests.bookings import acts
from tests.factories import ACCOUNT, House, make_transferred

EVERYTHING = Scope(everything=True)
NUMBER = ACCOUNT.number


def owed(house: House, method: PaymentMethod = PaymentMethod.TRANSFER) -> int:
    """A refund of Rp400.000 for money that came after the guest had let go; its number."""
    code = acts.hold(house)
    acts.release(code)
    acts.pay(code, 400_000, method=method)
    (refund,) = list_refunds(f"booking:{code}")
    return refund.id


def code_of(refund_id: int) -> str:
    row = db.session.execute(
        text("SELECT reference FROM refunds WHERE id = :id"), {"id": refund_id}
    ).scalar_one()
    return str(row).partition(":")[2]


def give(refund_id: int, **details: object) -> HandRefund:
    with transaction():
        (hand,) = services.give_account(code=code_of(refund_id), **({"account": ACCOUNT} | details))  # type: ignore[arg-type]
        return hand


def approve(
    refund_id: int, by: int, *, version: int = 1, note: str = "known", scope: Scope = EVERYTHING
) -> None:
    with transaction():
        services.approve_refund(refund_id=refund_id, version=version, note=note, by_user_id=by, scope=scope)


def transfer(refund_id: int, by: int) -> None:
    with transaction():
        make_transferred(refund_id, by_user_id=by)


def confirm(refund_id: int, by: int, proof: str = "line 7") -> None:
    with transaction():
        services.confirm_refund(refund_id=refund_id, proof=proof, by_user_id=by, scope=EVERYTHING)


def hand_of(refund_id: int) -> HandRefund:
    hand = queries.find_hand(refund_id)
    assert hand is not None
    return hand
