"""Attempts, receipts and refunds by reference."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import and_, func, or_, select

from app.core.db import db
from app.core.errors import NotFound
from app.core.money import Rupiah
from app.core.words import gettext as _
from app.payments.gateway.values import SessionState
from app.payments.models import Dispute, Payment, ProviderEvent, ProviderPayout, Receipt, Refund
from app.payments.rules import (
    CARD_KEEPER,
    MOVED_ON,
    OPEN_STATES,
    EventOutcome,
    PaymentMethod,
    PayoutState,
    RefundState,
)

_is_open = Dispute.taken_at.is_not(None), Dispute.returned_at.is_(None), Dispute.settled_at.is_(None)
is_under_dispute = (
    select(Dispute.id).where(Dispute.receipt_id == Refund.receipt_id, *_is_open).correlate(Refund).exists()
)
"""The guest may get this refund's money through their bank: nobody sends it until that is decided."""


def list_open_disputes(reference: str) -> list[Dispute]:
    """Disputes whose money is away and undecided, over charges of a reference; oldest first."""
    query = select(Dispute).join(Receipt, Receipt.id == Dispute.receipt_id)
    return list(
        db.session.scalars(query.where(Receipt.reference == reference, *_is_open).order_by(Dispute.id))
    )


def has_open_dispute(receipt_id: int) -> bool:
    """Whether the provider has taken money of a charge back, and it is not decided whose it is."""
    query = select(Dispute.id).where(Dispute.receipt_id == receipt_id, *_is_open).limit(1)
    return db.session.scalar(query) is not None


def list_disputes(receipt_id: int) -> list[Dispute]:
    """Every dispute over a charge, oldest first."""
    return list(
        db.session.scalars(select(Dispute).where(Dispute.receipt_id == receipt_id).order_by(Dispute.id))
    )


def list_payments(reference: str) -> list[Payment]:
    """All attempts, oldest first."""
    return list(
        db.session.scalars(select(Payment).where(Payment.reference == reference).order_by(Payment.id))
    )


def find_open_payment(reference: str) -> Payment | None:
    """The one attempt that is still open."""
    return next((p for p in reversed(list_payments(reference)) if p.state in OPEN_STATES), None)


def find_last_payment(reference: str, method: PaymentMethod) -> Payment | None:
    """The newest attempt of a method, open or not."""
    return next((p for p in reversed(list_payments(reference)) if p.method == method), None)


def list_receipts(reference: str) -> list[Receipt]:
    """Money that arrived, oldest first."""
    return list(
        db.session.scalars(select(Receipt).where(Receipt.reference == reference).order_by(Receipt.id))
    )


def get_receipt(receipt_id: int) -> Receipt:
    """Money that arrived, by number. Raises NotFound."""
    receipt = db.session.get(Receipt, receipt_id)
    if receipt is None:
        raise NotFound(_("There is no such receipt."))
    return receipt


def list_refunds(reference: str, *, with_returned: bool = False) -> list[Refund]:
    """Money that goes back, oldest first. What was sent and came back is owed by another one, and stands here only
    where it is asked for.
    """
    query = select(Refund).where(Refund.reference == reference).order_by(Refund.id)
    if not with_returned:
        query = query.where(Refund.state != RefundState.RETURNED)
    query = query.where(Refund.state != RefundState.PARTED)
    return list(db.session.scalars(query))


def list_open_refunds(references: Sequence[str] | None = None) -> list[Refund]:
    """Refunds that nobody has sent yet, oldest first; of some references, or all."""
    is_over = Refund.state.in_([RefundState.SENT, *MOVED_ON])
    query = select(Refund).where(~is_over).order_by(Refund.id)
    if references is not None:
        query = query.where(Refund.reference.in_(references))
    return list(db.session.scalars(query))


def lock_refund(refund_id: int) -> Refund:
    """A refund, locked until the transaction ends. Raises NotFound."""
    query = select(Refund).where(Refund.id == refund_id).with_for_update()
    refund = db.session.scalars(query.execution_options(populate_existing=True)).one_or_none()
    if refund is None:
        raise NotFound(_("There is no such refund."))
    return refund


def refunded_of(receipt_id: int) -> Rupiah:
    """How much of a receipt goes or went back, in rupiah."""
    stands = Refund.receipt_id == receipt_id, Refund.state.not_in(MOVED_ON)
    return int(db.session.scalar(select(func.sum(Refund.amount)).where(*stands)) or 0)


def codes_in_use(*, account: str, amount: Rupiah) -> set[int]:
    """Unique codes of open transfers of the same amount to the same account."""
    query = select(Payment.unique_code).where(
        Payment.state.in_(OPEN_STATES), Payment.account == account, Payment.amount == amount
    )
    return set(db.session.scalars(query))


def lock_payment(payment_id: int) -> Payment:
    """An attempt, locked until the transaction ends. Raises NotFound."""
    query = select(Payment).where(Payment.id == payment_id).with_for_update()
    payment = db.session.scalars(query.execution_options(populate_existing=True)).one_or_none()
    if payment is None:
        raise NotFound(_("There is no such payment."))
    return payment


def find_card_payment(*, session_id: str, payment_id: int | None, reference: str) -> Payment | None:
    """The attempt that a page of the provider belongs to: by the page, else by our own number if it has no other.

    Another installation with the same account at the provider has the same numbers, but not the same references.
    """
    payment = db.session.scalars(select(Payment).where(Payment.session_id == session_id)).one_or_none()
    if payment is None and payment_id is not None:
        payment = db.session.get(Payment, payment_id)
        if payment is None or payment.method != PaymentMethod.CARD or payment.session_id is not None:
            return None
        return payment if payment.reference == reference else None
    return payment


def find_receipt_of_charge(charge: str) -> Receipt | None:
    """The receipt of a charge, if its money was written down before."""
    return db.session.scalars(select(Receipt).where(Receipt.charge == charge)).one_or_none()


def find_receipt_by_qris(*, keeper: str, reference: str) -> Receipt | None:
    """The receipt of a payment by QRIS into a keeper's hands, if it was written down before."""
    query = select(Receipt).where(Receipt.keeper == keeper, Receipt.qris_reference == reference)
    return db.session.scalars(query).one_or_none()


def lock_receipt(receipt_id: int) -> Receipt:
    """Money that arrived, locked until the transaction ends. Raises NotFound."""
    query = select(Receipt).where(Receipt.id == receipt_id).with_for_update()
    receipt = db.session.scalars(query.execution_options(populate_existing=True)).one_or_none()
    if receipt is None:
        raise NotFound(_("There is no such receipt."))
    return receipt


def list_fees_to_ask(*, came_before: datetime, asked_before: datetime, limit: int) -> list[int]:
    """Card receipts whose fee is not known yet and was not asked for lately, oldest asking first; their numbers."""
    unknown = Receipt.keeper == CARD_KEEPER, Receipt.fee.is_(None)
    never = and_(Receipt.fee_asked_at.is_(None), Receipt.created_at <= came_before)
    query = select(Receipt.id).where(*unknown, or_(never, Receipt.fee_asked_at <= asked_before))
    return list(db.session.scalars(query.order_by(Receipt.fee_asked_at, Receipt.id).limit(limit)))


def list_unanswered_payments(*, asked_before: datetime, limit: int) -> list[int]:
    """Card attempts for which the provider was asked and whose answer was never written down; their numbers."""
    query = select(Payment.id).where(
        Payment.method == PaymentMethod.CARD, Payment.session_id.is_(None), Payment.session_state.is_(None)
    )
    never_asked = Payment.asked_at.is_(None) & Payment.state.in_(OPEN_STATES)
    asked = Payment.asked_at <= asked_before
    started = Payment.created_at <= asked_before
    query = query.where(or_(asked, and_(never_asked, started))).order_by(Payment.asked_at, Payment.id)
    return list(db.session.scalars(query.limit(limit)))


def list_pages_to_close(*, now: datetime, limit: int) -> list[int]:
    """Card attempts whose page may still be open at the provider though their time is over; their numbers."""
    is_over = or_(Payment.state.not_in(OPEN_STATES), Payment.due_at <= now)
    query = select(Payment.id).where(Payment.session_state == SessionState.OPEN, is_over)
    return list(db.session.scalars(query.order_by(Payment.asked_at, Payment.id).limit(limit)))


def list_left_pages(reference: str) -> list[int]:
    """Attempts of a reference that are no longer good while their page is open at the provider; their numbers."""
    is_left = Payment.session_state == SessionState.OPEN, Payment.state.not_in(OPEN_STATES)
    query = select(Payment.id).where(Payment.reference == reference, *is_left)
    return list(db.session.scalars(query.order_by(Payment.id)))


def list_pages_to_ask(*, asked_before: datetime, limit: int) -> list[int]:
    """Card attempts with an open page of which nothing was heard since; their numbers."""
    query = select(Payment.id).where(
        Payment.session_state == SessionState.OPEN,
        Payment.state.in_(OPEN_STATES),
        Payment.asked_at <= asked_before,
    )
    return list(db.session.scalars(query.order_by(Payment.asked_at, Payment.id).limit(limit)))


def list_card_refunds_to_send(*, asked_before: datetime, limit: int) -> list[int]:
    """Refunds to cards that the provider has not answered for yet, oldest first; their numbers."""
    waiting = Refund.state.in_([RefundState.CREATED, RefundState.PENDING])
    not_lately = or_(Refund.asked_at.is_(None), Refund.asked_at <= asked_before)
    query = select(Refund.id).where(Refund.keeper == CARD_KEEPER, waiting, not_lately, ~is_under_dispute)
    return list(db.session.scalars(query.order_by(Refund.asked_at, Refund.id).limit(limit)))


def list_new_card_refunds(reference: str) -> list[int]:
    """Refunds of a reference to cards that the provider does not know of yet, oldest first; their numbers."""
    is_new = Refund.keeper == CARD_KEEPER, Refund.state == RefundState.CREATED, ~is_under_dispute
    query = select(Refund.id).where(Refund.reference == reference, *is_new)
    return list(db.session.scalars(query.order_by(Refund.id)))


def find_refund(refund_id: int) -> Refund | None:
    """A refund by number."""
    return db.session.get(Refund, refund_id)


def list_events_to_review(limit: int = 100) -> list[ProviderEvent]:
    """What the provider told us and a person must look at, newest first."""
    query = select(ProviderEvent).where(ProviderEvent.outcome == EventOutcome.REVIEW)
    return list(db.session.scalars(query.order_by(ProviderEvent.id.desc()).limit(limit)))


def lock_payout(payout_id: int) -> ProviderPayout:
    """A payout, locked until the transaction ends. Raises NotFound."""
    query = select(ProviderPayout).where(ProviderPayout.id == payout_id).with_for_update()
    payout = db.session.scalars(query.execution_options(populate_existing=True)).one_or_none()
    if payout is None:
        raise NotFound(_("There is no such payout."))
    return payout


def find_payout(provider_id: str) -> ProviderPayout | None:
    """A payout by the provider's number."""
    return db.session.scalars(
        select(ProviderPayout).where(ProviderPayout.provider_id == provider_id)
    ).one_or_none()


def list_payouts_to_book(*, asked_before: datetime, limit: int) -> list[int]:
    """Payouts that were told and are not booked yet, nor asked about lately; their numbers."""
    not_lately = or_(ProviderPayout.asked_at.is_(None), ProviderPayout.asked_at <= asked_before)
    query = select(ProviderPayout.id).where(ProviderPayout.state == PayoutState.TOLD, not_lately)
    return list(db.session.scalars(query.order_by(ProviderPayout.id).limit(limit)))


def receipts_of_charges(charges: Sequence[str]) -> dict[str, Receipt]:
    """Receipts by the provider's numbers of their charges, read anew."""
    query = select(Receipt).where(Receipt.charge.in_(charges)).execution_options(populate_existing=True)
    return {str(receipt.charge): receipt for receipt in db.session.scalars(query)}


def refunds_at_provider(provider_ids: Sequence[str]) -> dict[str, Refund]:
    """Refunds by the provider's numbers, read anew."""
    query = select(Refund).where(Refund.provider_id.in_(provider_ids))
    rows = db.session.scalars(query.execution_options(populate_existing=True))
    return {str(refund.provider_id): refund for refund in rows}


def disputes_by_movement(movements: Sequence[str]) -> dict[str, Dispute]:
    """Disputes by the provider's numbers of what they moved, read anew."""
    is_named = or_(Dispute.taken_id.in_(movements), Dispute.returned_id.in_(movements))
    rows = db.session.scalars(select(Dispute).where(is_named).execution_options(populate_existing=True))
    numbers = [(number, row) for row in rows for number in (row.taken_id, row.returned_id)]
    return {number: row for number, row in numbers if number is not None and number in movements}


def find_event(event_id: str) -> ProviderEvent | None:
    """Something that the provider told us, by its number."""
    return db.session.scalars(select(ProviderEvent).where(ProviderEvent.event_id == event_id)).one_or_none()
