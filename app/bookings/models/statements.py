"""Bank statements as files and as lines, and what was decided on money that nobody could place."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from app.bookings.rules import Decision, Verdict
from app.core.db import Base, EnumText, Instant, Key, Keyed


class BankFile(Keyed, Base):
    """A statement that somebody sent in. Its text is kept until its lines are posted, a week at the most."""

    __tablename__ = "bank_files"
    __table_args__ = (Index("ix_bank_files_account", "account"),)

    account: Mapped[str] = mapped_column(String(40))
    name: Mapped[str] = mapped_column(String(120))
    layout: Mapped[str] = mapped_column(String(40))
    content: Mapped[str | None] = mapped_column(Text)
    uploaded_at: Mapped[datetime] = mapped_column(Instant)
    uploaded_by_id: Mapped[int] = mapped_column(Key, ForeignKey("users.id"))
    finished_at: Mapped[datetime | None] = mapped_column(Instant)


class BankLine(Keyed, Base):
    """Money that came in by a bank's own word. `fingerprint` says account, date, amount, text, and which one of equal
    lines it is (`number`): no line is posted twice, whichever files it stands in. `amount` is in rupiah.
    """

    __tablename__ = "bank_lines"
    __table_args__ = (
        CheckConstraint("amount > 0 AND number > 0", name="amount"),
        Index("ix_bank_lines_file_id", "file_id"),
        Index("ix_bank_lines_account_booked_on", "account", "booked_on"),
    )

    fingerprint: Mapped[str] = mapped_column(String(64), unique=True)
    file_id: Mapped[int] = mapped_column(Key, ForeignKey("bank_files.id"))
    account: Mapped[str] = mapped_column(String(40))
    booked_on: Mapped[date]
    amount: Mapped[int]
    text: Mapped[str] = mapped_column(Text)
    number: Mapped[int] = mapped_column(Integer)
    verdict: Mapped[Verdict] = mapped_column(EnumText(Verdict))
    # Empty only between two statements of the transaction that posts the line.
    receipt_id: Mapped[int | None] = mapped_column(Key, ForeignKey("receipts.id"), unique=True)
    posted_at: Mapped[datetime] = mapped_column(Instant)
    posted_by_id: Mapped[int] = mapped_column(Key, ForeignKey("users.id"))


class ReviewDecision(Keyed, Base):
    """What was decided on money under review: once for each receipt, by somebody, with a reason. `amount` is in rupiah;
    `new_receipt_id` is the receipt of the booking that it was for, `refund_id` what goes back.
    """

    __tablename__ = "review_decisions"
    __table_args__ = (
        CheckConstraint("amount > 0", name="amount"),
        CheckConstraint("(kind = 'assigned') = (new_receipt_id IS NOT NULL)", name="assigned"),
        CheckConstraint("(kind = 'owed_back') = (refund_id IS NOT NULL)", name="owed_back"),
    )

    receipt_id: Mapped[int] = mapped_column(Key, ForeignKey("receipts.id"), unique=True)
    kind: Mapped[Decision] = mapped_column(EnumText(Decision))
    amount: Mapped[int]
    new_receipt_id: Mapped[int | None] = mapped_column(Key, ForeignKey("receipts.id"), unique=True)
    refund_id: Mapped[int | None] = mapped_column(Key, ForeignKey("refunds.id"), unique=True)
    reason: Mapped[str] = mapped_column(Text)
    by_user_id: Mapped[int] = mapped_column(Key, ForeignKey("users.id"))
    at: Mapped[datetime] = mapped_column(Instant)
