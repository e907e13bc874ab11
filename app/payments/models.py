"""Payment attempts, receipts (money that arrived), refunds (money that goes back), and what the provider told us."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, Boolean, CheckConstraint, ForeignKey, Index, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base, EnumText, Instant, Key, Keyed
from app.payments.gateway.values import ProviderDisputeState, SessionState
from app.payments.rules import EventOutcome, PaymentMethod, PaymentState, PayoutState, RefundState


class Payment(Keyed, Base):
    """One attempt to pay what is due. A booking may have several; at most one is open."""

    __tablename__ = "payments"
    __table_args__ = (
        CheckConstraint("amount > 0", name="amount"),
        CheckConstraint("unique_code BETWEEN 0 AND 499", name="unique_code"),
        Index("ix_payments_reference", "reference"),
        Index("ix_payments_state_account", "state", "account"),
        Index("ix_payments_method_state", "method", "state"),
        Index("uq_payments_session_id", "session_id", unique=True),
    )

    reference: Mapped[str] = mapped_column(String(80))
    method: Mapped[PaymentMethod] = mapped_column(EnumText(PaymentMethod))
    state: Mapped[PaymentState] = mapped_column(EnumText(PaymentState))
    amount: Mapped[int]
    unique_code: Mapped[int] = mapped_column(Integer, default=0)
    account: Mapped[str | None] = mapped_column(String(40))
    due_at: Mapped[datetime | None] = mapped_column(Instant)
    created_at: Mapped[datetime] = mapped_column(Instant)
    settled_at: Mapped[datetime | None] = mapped_column(Instant)
    # A card attempt: what the provider is asked for, word for word, so that a second asking is the same one.
    session_request: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    session_id: Mapped[str | None] = mapped_column(String(120))
    session_url: Mapped[str | None] = mapped_column(Text)
    session_state: Mapped[SessionState | None] = mapped_column(EnumText(SessionState))
    asked_at: Mapped[datetime | None] = mapped_column(Instant)

    @property
    def amount_with_code(self) -> int:
        """What the guest is asked to transfer, in rupiah: the amount and the unique code."""
        return self.amount + self.unique_code


class Receipt(Keyed, Base):
    """Money that arrived, as somebody who saw it recorded it. Refunds belong to receipts."""

    __tablename__ = "receipts"
    __table_args__ = (
        CheckConstraint("amount > 0", name="amount"),
        CheckConstraint("applied >= 0 AND code_amount >= 0 AND excess >= 0", name="parts"),
        CheckConstraint("applied + code_amount + excess = amount", name="sum"),
        Index("ix_receipts_reference", "reference"),
        CheckConstraint("(fee IS NULL) = (net IS NULL) AND (fee IS NULL OR fee >= 0)", name="fee"),
        Index("uq_receipts_charge", "charge", unique=True),
        CheckConstraint("(method = 'qris') = (qris_reference IS NOT NULL)", name="qris_reference"),
        Index("uq_receipts_qris_reference", "keeper", "qris_reference", unique=True),
        Index("ix_receipts_keeper_fee", "keeper", "fee"),
    )

    reference: Mapped[str] = mapped_column(String(80))
    payment_id: Mapped[int | None] = mapped_column(Key, ForeignKey("payments.id"))
    method: Mapped[PaymentMethod] = mapped_column(EnumText(PaymentMethod))
    amount: Mapped[int]
    applied: Mapped[int]
    code_amount: Mapped[int]
    excess: Mapped[int]
    keeper: Mapped[str] = mapped_column(String(60))
    received_on: Mapped[date]
    received_by_id: Mapped[int | None] = mapped_column(Key, ForeignKey("users.id"))
    charge: Mapped[str | None] = mapped_column(String(120))
    # What the treasurer sees for a payment by QRIS: each once for a keeper.
    qris_reference: Mapped[str | None] = mapped_column(String(80))
    note: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(Instant)
    # What the provider kept of a charge and what it owes for it, in rupiah; both unknown until it says so.
    fee: Mapped[int | None]
    net: Mapped[int | None]
    fee_asked_at: Mapped[datetime | None] = mapped_column(Instant)
    payout_id: Mapped[int | None] = mapped_column(Key, ForeignKey("provider_payouts.id"))
    # Money that lay here already, as a guest's credit: it came from no hand, and goes back to where it lay.
    credit_id: Mapped[int | None] = mapped_column(Key, ForeignKey("credits.id"))


class Refund(Keyed, Base):
    """Money that goes back to the guest by the way it came. `sent` only with proof."""

    __tablename__ = "refunds"
    __table_args__ = (
        CheckConstraint("amount > 0", name="amount"),
        Index("ix_refunds_reference", "reference"),
        Index("uq_refunds_provider_id", "provider_id", unique=True),
    )

    reference: Mapped[str] = mapped_column(String(80))
    receipt_id: Mapped[int] = mapped_column(Key, ForeignKey("receipts.id"))
    amount: Mapped[int]
    state: Mapped[RefundState] = mapped_column(EnumText(RefundState))
    keeper: Mapped[str] = mapped_column(String(60))
    reason: Mapped[str] = mapped_column(String(200))
    created_at: Mapped[datetime] = mapped_column(Instant)
    sent_at: Mapped[datetime | None] = mapped_column(Instant)
    sent_by_id: Mapped[int | None] = mapped_column(Key, ForeignKey("users.id"))
    proof: Mapped[str | None] = mapped_column(String(200))
    provider_id: Mapped[str | None] = mapped_column(String(120))
    asked_at: Mapped[datetime | None] = mapped_column(Instant)
    payout_id: Mapped[int | None] = mapped_column(Key, ForeignKey("provider_payouts.id"))
    # The guest's credit that the money went to, instead of leaving.
    credit_id: Mapped[int | None] = mapped_column(Key, ForeignKey("credits.id"))
    # The guest's bank gave it back after it had been sent: since when it is owed anew, and the payout that had it.
    returned_at: Mapped[datetime | None] = mapped_column(Instant)
    returned_payout_id: Mapped[int | None] = mapped_column(Key, ForeignKey("provider_payouts.id"))


class Dispute(Keyed, Base):
    """A payment that a guest has their bank take back. Amounts in rupiah.

    `taken_net` is what the provider took for it, `taken_fee` the part of that which is its fee; `returned_…` what it
    gave back. Each is booked (`…_at`) once the charge is known here. `settled_at` is when a lost one was booked;
    `borne` is what of it no share could give, because it had gone back to the guest before.
    """

    __tablename__ = "disputes"
    __table_args__ = (
        CheckConstraint("amount > 0", name="amount"),
        CheckConstraint("borne >= 0 AND borne <= amount", name="borne"),
        CheckConstraint(
            "taken_at IS NULL OR (taken_id IS NOT NULL AND receipt_id IS NOT NULL)", name="taken"
        ),
        CheckConstraint(
            "returned_at IS NULL OR (returned_id IS NOT NULL AND taken_at IS NOT NULL AND settled_at IS NULL)",
            name="returned",
        ),
        CheckConstraint("settled_at IS NULL OR (state = 'lost' AND taken_at IS NOT NULL)", name="settled"),
        Index("ix_disputes_charge", "charge"),
        Index("ix_disputes_receipt_id", "receipt_id"),
        Index("uq_disputes_taken_id", "taken_id", unique=True),
        Index("uq_disputes_returned_id", "returned_id", unique=True),
    )

    provider_id: Mapped[str] = mapped_column(String(76), unique=True)
    charge: Mapped[str] = mapped_column(String(120))
    receipt_id: Mapped[int | None] = mapped_column(Key, ForeignKey("receipts.id"))
    state: Mapped[ProviderDisputeState] = mapped_column(EnumText(ProviderDisputeState))
    amount: Mapped[int]
    reason: Mapped[str] = mapped_column(String(60))
    due_at: Mapped[datetime | None] = mapped_column(Instant)
    opened_at: Mapped[datetime] = mapped_column(Instant)
    closed_at: Mapped[datetime | None] = mapped_column(Instant)
    taken_id: Mapped[str | None] = mapped_column(String(120))
    taken_net: Mapped[int] = mapped_column(default=0)
    taken_fee: Mapped[int] = mapped_column(default=0)
    taken_at: Mapped[datetime | None] = mapped_column(Instant)
    taken_payout_id: Mapped[int | None] = mapped_column(Key, ForeignKey("provider_payouts.id"))
    returned_id: Mapped[str | None] = mapped_column(String(120))
    returned_net: Mapped[int] = mapped_column(default=0)
    returned_fee: Mapped[int] = mapped_column(default=0)
    returned_at: Mapped[datetime | None] = mapped_column(Instant)
    returned_payout_id: Mapped[int | None] = mapped_column(Key, ForeignKey("provider_payouts.id"))
    settled_at: Mapped[datetime | None] = mapped_column(Instant)
    borne: Mapped[int] = mapped_column(default=0)


class ProviderPayout(Keyed, Base):
    """What the provider sent to our bank in one sum. `amount`, in rupiah, is what its charges and refunds are worth in
    our books, below 0 where more went back than came; `keeper` is the bank account.
    """

    __tablename__ = "provider_payouts"
    __table_args__ = (
        CheckConstraint("(state = 'booked') = (amount IS NOT NULL)", name="amount"),
        Index("ix_provider_payouts_state", "state"),
    )

    provider_id: Mapped[str] = mapped_column(String(76), unique=True)
    event_id: Mapped[str] = mapped_column(String(120))
    state: Mapped[PayoutState] = mapped_column(EnumText(PayoutState))
    keeper: Mapped[str] = mapped_column(String(60))
    amount: Mapped[int | None]
    told_at: Mapped[datetime] = mapped_column(Instant)
    asked_at: Mapped[datetime | None] = mapped_column(Instant)


class ProviderEvent(Keyed, Base):
    """Something that the provider told us, once and for good. Its body is not kept: it names the guest.

    `note` is the code of why a person must look (`rules.Doubt`), `facts` what its words name.
    """

    __tablename__ = "provider_events"
    __table_args__ = (Index("ix_provider_events_outcome", "outcome"),)

    event_id: Mapped[str] = mapped_column(String(120), unique=True)
    type: Mapped[str] = mapped_column(String(80))
    is_live: Mapped[bool] = mapped_column(Boolean)
    payment_id: Mapped[int | None] = mapped_column(Key, ForeignKey("payments.id"))
    outcome: Mapped[EventOutcome] = mapped_column(EnumText(EventOutcome))
    note: Mapped[str | None] = mapped_column(String(200))
    facts: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    sent_at: Mapped[datetime] = mapped_column(Instant)
    received_at: Mapped[datetime] = mapped_column(Instant)
