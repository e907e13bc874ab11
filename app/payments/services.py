"""Attempts, receipts and refunds. The caller above posts to the ledger and knows what was paid for."""

from __future__ import annotations

from datetime import date, datetime

from app.core import clock
from app.core.db import db
from app.core.errors import WrongState
from app.core.money import Rupiah
from app.core.words import gettext as _
from app.payments import queries
from app.payments.models import Payment, Receipt, Refund
from app.payments.rules import OPEN_STATES, PaymentMethod, PaymentState, Reading, RefundState, free_code


def create_payment(
    *,
    reference: str,
    method: PaymentMethod,
    amount: Rupiah,
    account: str,
    due_at: datetime | None,
    code_from: int,
) -> Payment:
    """Ask for an amount. A transfer gets a unique code, tried from `code_from` on, that no open payment shares."""
    transfer = method == PaymentMethod.TRANSFER
    taken = queries.codes_in_use(account=account, amount=amount) if transfer else set()
    payment = Payment(
        reference=reference,
        method=method,
        state=PaymentState.PENDING,
        amount=amount,
        unique_code=free_code(code_from, taken) if transfer else 0,
        account=account,
        due_at=due_at,
        created_at=clock.now(),
    )
    db.session.add(payment)
    db.session.flush()
    return payment


def cancel_open_payments(*, reference: str) -> None:
    """Close whatever attempt is still open: a new one takes its place, or nothing is to be paid any more."""
    _close_open(reference, PaymentState.CANCELLED)


def expire_open_payments(*, reference: str) -> None:
    """Close whatever attempt is still open because its time is over."""
    _close_open(reference, PaymentState.EXPIRED)


def settle_payment(*, payment: Payment) -> None:
    """What was asked for has arrived; also for an attempt that had expired: money came late."""
    if payment.state in OPEN_STATES | {PaymentState.EXPIRED}:
        payment.state, payment.settled_at = PaymentState.SUCCEEDED, clock.now()


def _close_open(reference: str, state: PaymentState) -> None:
    for payment in queries.list_payments(reference):
        if payment.state in OPEN_STATES:
            payment.state = state


def add_receipt(
    *,
    reference: str,
    payment: Payment | None,
    method: PaymentMethod,
    amount: Rupiah,
    reading: Reading,
    keeper: str,
    received_on: date,
    by_user_id: int | None,
    note: str | None,
) -> Receipt:
    """Write down money that arrived, how it was read, and in whose hands it is."""
    receipt = Receipt(
        reference=reference,
        payment_id=payment.id if payment else None,
        method=method,
        amount=amount,
        applied=reading.applied,
        code_amount=reading.code,
        excess=reading.excess,
        keeper=keeper,
        received_on=received_on,
        received_by_id=by_user_id,
        note=note,
        created_at=clock.now(),
    )
    db.session.add(receipt)
    db.session.flush()
    return receipt


def create_refund(*, receipt: Receipt, amount: Rupiah, reason: str) -> Refund:
    """Money that must go back by the way it came. It is owed from now on, and sent when a person has proof."""
    refund = Refund(
        reference=receipt.reference,
        receipt_id=receipt.id,
        amount=amount,
        state=RefundState.CREATED,
        keeper=receipt.keeper,
        reason=reason,
        created_at=clock.now(),
    )
    db.session.add(refund)
    db.session.flush()
    return refund


def mark_refund_sent(*, refund: Refund, proof: str, by_user_id: int) -> None:
    """The money has left. Raises WrongState when it had left before."""
    if refund.state == RefundState.SENT:
        raise WrongState(_("This refund was sent before."))
    refund.state, refund.sent_at = RefundState.SENT, clock.now()
    refund.sent_by_id, refund.proof = by_user_id, proof
