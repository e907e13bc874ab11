"""Attempts, receipts and refunds. The caller above posts to the ledger and knows what was paid for."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from app.core import clock
from app.core.db import db, insert_into
from app.core.errors import WrongState
from app.core.money import Rupiah
from app.core.words import gettext as _
from app.payments import queries
from app.payments.gateway.values import ProviderEvent, Session, SessionState
from app.payments.models import Payment, ProviderPayout, Receipt
from app.payments.models import ProviderEvent as ProviderEventRow
from app.payments.rules import (
    OPEN_STATES,
    CardRequest,
    EventOutcome,
    PaymentMethod,
    PaymentState,
    PayoutLine,
    PayoutState,
    Reading,
    free_code,
)
from app.payments.services.refunds import (
    create_refund,
    fail_refund,
    mark_refund_returned,
    mark_refund_sent,
    note_provider_refund,
    note_refund_asking,
    part_refund,
    put_off_refund,
)


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


def create_card_payment(
    *, reference: str, amount: Rupiah, due_at: datetime | None, request: CardRequest
) -> Payment:
    """Ask for an amount by card. What the provider will be asked for is written down first, word for word."""
    payment = Payment(
        reference=reference,
        method=PaymentMethod.CARD,
        state=PaymentState.CREATED,
        amount=amount,
        unique_code=0,
        due_at=due_at,
        created_at=clock.now(),
        session_request=request.to_data(),
    )
    db.session.add(payment)
    db.session.flush()
    return payment


def note_asking(*, payment: Payment) -> None:
    """The provider is about to be asked: whatever happens now, there may be a page on its side."""
    payment.asked_at = clock.now()


def note_session(*, payment: Payment, session: Session) -> None:
    """What the provider says of the attempt's page. A page that is open makes a new attempt payable.

    An answer may come later than what happened since: a page that is paid or closed is not open again.
    """
    is_over = payment.session_id == session.id and payment.session_state != SessionState.OPEN
    if not is_over or session.state == SessionState.COMPLETE:
        payment.session_state = session.state
    payment.session_id = session.id
    payment.session_url = session.url or payment.session_url
    if payment.state == PaymentState.CREATED and session.state == SessionState.OPEN:
        payment.state = PaymentState.PENDING
    if payment.state in OPEN_STATES and session.state == SessionState.EXPIRED:
        payment.state = PaymentState.EXPIRED


def fail_payment(*, payment: Payment) -> None:
    """The provider will not open a page for this attempt, now or later. One that is open meanwhile stays as it is."""
    if payment.session_id is not None:
        return
    payment.session_state = SessionState.EXPIRED
    if payment.state in OPEN_STATES:
        payment.state = PaymentState.FAILED


def add_event(*, event: ProviderEvent) -> ProviderEventRow | None:
    """Remember an event for good; None when it was told before. Two at once: the second waits for the first."""
    table = ProviderEventRow.__table__
    row = {
        "event_id": event.id,
        "type": event.type[:80],
        "is_live": event.live,
        "payment_id": None,
        "outcome": EventOutcome.IGNORED,
        "sent_at": event.created_at,
        "received_at": clock.now(),
    }
    insert = insert_into(table).values(row).on_conflict_do_nothing(index_elements=["event_id"])
    key = db.session.execute(insert.returning(table.c.id)).scalar_one_or_none()
    return None if key is None else db.session.get(ProviderEventRow, key)


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
    charge: str | None = None,
    qris_reference: str | None = None,
) -> Receipt:
    """Write down money that arrived, how it was read, and in whose hands it is; `charge` is the provider's number,
    `qris_reference` what was seen of a payment by QRIS.
    """
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
        charge=charge,
        qris_reference=qris_reference,
        note=note,
        created_at=clock.now(),
    )
    db.session.add(receipt)
    db.session.flush()
    return receipt


def note_fee_asking(*, receipt: Receipt) -> None:
    """The provider is about to be asked what it kept of a charge: not again for a while."""
    receipt.fee_asked_at = clock.now()


def ask_fee_soon(*, receipt: Receipt) -> None:
    """The provider says that something about a charge is new: the next run asks what it kept."""
    receipt.fee_asked_at = None


def note_fee(*, receipt: Receipt, fee: Rupiah, net: Rupiah) -> None:
    """What the provider kept of a charge and what it owes for it, in rupiah. Raises WrongState if it was known."""
    if receipt.fee is not None:
        raise WrongState(_("The fee of this payment was written down before."))
    receipt.fee, receipt.net = fee, net


def add_payout(*, provider_id: str, event_id: str, keeper: str) -> bool:
    """Remember a payout of the provider's to a bank account (`keeper`); False when it was told before."""
    table = ProviderPayout.__table__
    row = {
        "provider_id": provider_id,
        "event_id": event_id,
        "state": PayoutState.TOLD,
        "keeper": keeper,
        "told_at": clock.now(),
    }
    insert = insert_into(table).values(row).on_conflict_do_nothing(index_elements=["provider_id"])
    return db.session.execute(insert.returning(table.c.id)).scalar_one_or_none() is not None


def note_payout_asking(*, payout: ProviderPayout) -> None:
    """The provider is about to be asked what a payout sent: not again for a while."""
    payout.asked_at = clock.now()


def book_payout(*, payout: ProviderPayout, amount: Rupiah, parts: Sequence[PayoutLine]) -> None:
    """A payout is worth this much in our books, in rupiah, and has these movements in it."""
    payout.state, payout.amount = PayoutState.BOOKED, amount
    for part in parts:
        setattr(part.row, part.mark, payout.id)


def doubt_payout(*, payout: ProviderPayout) -> None:
    """Something in a payout does not fit: nothing is booked for it, and a person must look."""
    payout.state, payout.amount = PayoutState.REVIEW, None


__all__ = [
    "add_event",
    "add_payout",
    "add_receipt",
    "ask_fee_soon",
    "book_payout",
    "cancel_open_payments",
    "create_card_payment",
    "create_payment",
    "create_refund",
    "doubt_payout",
    "expire_open_payments",
    "fail_payment",
    "fail_refund",
    "mark_refund_returned",
    "mark_refund_sent",
    "note_asking",
    "note_fee",
    "note_fee_asking",
    "note_payout_asking",
    "note_provider_refund",
    "note_refund_asking",
    "note_session",
    "part_refund",
    "put_off_refund",
    "settle_payment",
]
