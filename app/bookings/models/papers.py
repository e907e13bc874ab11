"""The guest's papers and their numbers."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.bookings.rules import (
    PaperKind,
)
from app.core.db import Base, EnumText, Instant, Key, Keyed
from app.core.written_once import refuse_changes


class ReceiptCounter(Base):
    """The last number that an issuer has given out in a year; locked until the transaction that took it ends."""

    __tablename__ = "receipt_counters"
    __table_args__ = (CheckConstraint("last > 0", name="last"),)

    issuer: Mapped[str] = mapped_column(String(40), primary_key=True)
    year: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    last: Mapped[int] = mapped_column(Integer)


class IssuedReceipt(Keyed, Base):
    """A paper in the guest's hands: a receipt for money that was taken for the booking, or a credit note for what is
    owed back of one. Written once; all that it says is in it, whatever happens to the booking.

    `source` is what it is for (`receipt:12`, `refund:5`); `amount` and `tax` are in rupiah, the tax inside the amount.
    """

    __tablename__ = "issued_receipts"
    __table_args__ = (
        UniqueConstraint("issuer", "year", "position"),
        CheckConstraint("amount > 0 AND tax >= 0 AND tax <= amount", name="amounts"),
        CheckConstraint("(kind = 'credit_note') = (credits_id IS NOT NULL)", name="credits"),
        CheckConstraint("position > 0", name="position"),
        Index("ix_issued_receipts_booking_id", "booking_id"),
        Index("ix_issued_receipts_credits_id", "credits_id"),
    )

    number: Mapped[str] = mapped_column(String(60), unique=True)
    issuer: Mapped[str] = mapped_column(String(40))
    year: Mapped[int] = mapped_column(Integer)
    position: Mapped[int] = mapped_column(Integer)
    kind: Mapped[PaperKind] = mapped_column(EnumText(PaperKind))
    source: Mapped[str] = mapped_column(String(40), unique=True)
    booking_id: Mapped[int] = mapped_column(Key, ForeignKey("bookings.id"))
    credits_id: Mapped[int | None] = mapped_column(Key, ForeignKey("issued_receipts.id"))
    amount: Mapped[int]
    tax: Mapped[int]
    content: Mapped[dict[str, Any]] = mapped_column(JSON)
    issued_at: Mapped[datetime] = mapped_column(Instant)

    credited: Mapped[IssuedReceipt | None] = relationship(
        "IssuedReceipt", remote_side="IssuedReceipt.id", lazy="raise"
    )


refuse_changes(IssuedReceipt.__table__)
