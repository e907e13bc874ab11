"""Refunds that people send: where the money is to go, who agreed, who sent it, and when its proof came."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from app.bookings.rules import HandRoute, HandState, NameMatch
from app.core.db import Base, EnumText, Instant, Key


class HandRefund(Base):
    """The way of one refund by hand; there from the first asking or giving. The account itself is locked
    (`core.vault`) and deleted with its last digits ninety days after the proof.

    `entered_by_id` is None where the guest gave it; `version` counts the givings, so that nobody approves what was
    meanwhile corrected; `paid_from` is the keeper whose money left.
    """

    __tablename__ = "hand_refunds"
    __table_args__ = (
        CheckConstraint("state IN ('asked', 'dropped', 'earlier') OR route IS NOT NULL", name="route"),
        CheckConstraint(
            "state NOT IN ('given', 'approved', 'sent') OR route <> 'transfer' OR number_locked IS NOT NULL",
            name="account",
        ),
        CheckConstraint(
            "(number_locked IS NULL) = (holder_locked IS NULL) AND (number_locked IS NULL) = (bank IS NULL)",
            name="whole",
        ),
        CheckConstraint(
            "state NOT IN ('approved', 'sent', 'confirmed') OR approved_by_id IS NOT NULL", name="approved"
        ),
        CheckConstraint(
            "approved_by_id IS NULL OR ((entered_by_id IS NULL OR approved_by_id <> entered_by_id) "
            "AND (sent_by_id IS NULL OR approved_by_id <> sent_by_id))",
            name="second",
        ),
        CheckConstraint(
            "state NOT IN ('sent', 'confirmed') OR (sent_by_id IS NOT NULL AND sent_at IS NOT NULL "
            "AND paid_from IS NOT NULL AND (bank_reference IS NOT NULL OR receiver IS NOT NULL))",
            name="sent",
        ),
        CheckConstraint("(state = 'confirmed') = (confirmed_at IS NOT NULL)", name="confirmed"),
        CheckConstraint("asked_count >= 0 AND version >= 0", name="counts"),
        Index("ix_hand_refunds_state", "state"),
    )

    refund_id: Mapped[int] = mapped_column(
        Key, ForeignKey("refunds.id"), primary_key=True, autoincrement=False
    )
    state: Mapped[HandState] = mapped_column(EnumText(HandState), default=HandState.ASKED)
    route: Mapped[HandRoute | None] = mapped_column(EnumText(HandRoute))
    version: Mapped[int] = mapped_column(Integer, default=0)
    bank: Mapped[str | None] = mapped_column(String(60))
    number_end: Mapped[str | None] = mapped_column(String(4))
    number_locked: Mapped[str | None] = mapped_column(Text)
    holder_locked: Mapped[str | None] = mapped_column(Text)
    name_match: Mapped[NameMatch | None] = mapped_column(EnumText(NameMatch))
    given_at: Mapped[datetime | None] = mapped_column(Instant)
    entered_by_id: Mapped[int | None] = mapped_column(Key, ForeignKey("users.id"))
    approved_at: Mapped[datetime | None] = mapped_column(Instant)
    approved_by_id: Mapped[int | None] = mapped_column(Key, ForeignKey("users.id"))
    approval_note: Mapped[str | None] = mapped_column(String(300))
    refused_because: Mapped[str | None] = mapped_column(String(300))
    sent_on: Mapped[date | None]
    sent_at: Mapped[datetime | None] = mapped_column(Instant)
    sent_by_id: Mapped[int | None] = mapped_column(Key, ForeignKey("users.id"))
    paid_from: Mapped[str | None] = mapped_column(String(60))
    bank_reference: Mapped[str | None] = mapped_column(String(80))
    receiver: Mapped[str | None] = mapped_column(String(120))
    confirmed_at: Mapped[datetime | None] = mapped_column(Instant)
    asked_count: Mapped[int] = mapped_column(Integer, default=0)
    asked_at: Mapped[datetime | None] = mapped_column(Instant)
    forgotten_at: Mapped[datetime | None] = mapped_column(Instant)
