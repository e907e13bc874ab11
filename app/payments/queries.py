"""Attempts, receipts and refunds by reference."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import func, select

from app.core.db import db
from app.core.errors import NotFound
from app.core.money import Rupiah
from app.core.words import gettext as _
from app.payments.models import Payment, Receipt, Refund
from app.payments.rules import OPEN_STATES, PaymentMethod, RefundState


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


def list_refunds(reference: str) -> list[Refund]:
    """Money that goes back, oldest first."""
    return list(db.session.scalars(select(Refund).where(Refund.reference == reference).order_by(Refund.id)))


def list_open_refunds(references: Sequence[str] | None = None) -> list[Refund]:
    """Refunds that nobody has sent yet, oldest first; of some references, or all."""
    query = select(Refund).where(Refund.state != RefundState.SENT).order_by(Refund.id)
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
    total = db.session.scalar(select(func.sum(Refund.amount)).where(Refund.receipt_id == receipt_id))
    return int(total or 0)


def codes_in_use(*, account: str, amount: Rupiah) -> set[int]:
    """Unique codes of open transfers of the same amount to the same account."""
    query = select(Payment.unique_code).where(
        Payment.state.in_(OPEN_STATES), Payment.account == account, Payment.amount == amount
    )
    return set(db.session.scalars(query))
