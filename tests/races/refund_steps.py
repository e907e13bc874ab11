"""What runners do to refunds by hand, each in a transaction of its own, and the halves of a control without a lock."""

from __future__ import annotations

from threading import local

from sqlalchemy import text

from app.bookings import services
from app.core.db import db, transaction
from app.users.rules import Scope
from tests.factories import ACCOUNT, make_transferred

EVERYTHING = Scope(everything=True)
_seen_state = local()


def approve(refund_id: int, user_id: int, version: int) -> str:
    """The second person agrees to what they saw."""
    with transaction():
        hand = services.approve_refund(
            refund_id=refund_id, version=version, note="sample", by_user_id=user_id, scope=EVERYTHING
        )
        return f"{hand.version} by {hand.approved_by_id}"


def correct(code: str, number: str) -> str:
    """The guest gives another account."""
    with transaction():
        services.give_account(
            code=code, account=services.RefundAccount("Bank Contoh", number, ACCOUNT.holder)
        )
    return number


def transfer(refund_id: int, user_id: int) -> int:
    """The treasurer has transferred it."""
    with transaction():
        make_transferred(refund_id, by_user_id=user_id)
    return user_id


def confirm(refund_id: int, user_id: int) -> str:
    """Somebody has the proof."""
    with transaction():
        refund = services.confirm_refund(
            refund_id=refund_id, proof="line 7", by_user_id=user_id, scope=EVERYTHING
        )
        return refund.state.value


def hand_over(refund_id: int, user_id: int) -> str:
    """The desk has handed it over."""
    with transaction():
        refund = services.hand_over_cash(
            refund_id=refund_id, village="sarihayu", receiver="Guest", by_user_id=user_id, scope=EVERYTHING
        )
        return refund.state.value


def come_back(refund_id: int, user_id: int) -> str:
    """The bank gave it back."""
    with transaction():
        return services.ask_anew(
            refund_id=refund_id, reason="closed account", by_user_id=user_id, scope=EVERYTHING
        ).state.value


def ask() -> int:
    """The job asks where money goes."""
    with transaction():
        return services.ask_for_accounts()


def naive_look(refund_id: int) -> None:
    """The control's first half: see that it has not been paid, in no transaction of one's own."""
    look = text("SELECT count(*) FROM naive_payments WHERE refund_id = :refund_id")
    _seen_state.value = int(db.session.scalar(look, {"refund_id": refund_id}) or 0)


def naive_pay(refund_id: int, amount: int) -> int:
    """The control's second half: pay what was seen to be unpaid, in a table without a key."""
    if _seen_state.value:
        raise LookupError("paid")
    write = text("INSERT INTO naive_payments (refund_id, amount) VALUES (:refund_id, :amount)")
    with transaction():
        db.session.execute(write, {"refund_id": refund_id, "amount": amount})
    return amount
