"""Money on its way between the hands that hold it: QRIS to the bank, cash handed over, what a bank kept for itself."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base, Instant, Key, Keyed


class QrisSettlement(Keyed, Base):
    """The QRIS provider has sent to a bank account (its code) what it held, in rupiah; each by its reference once."""

    __tablename__ = "qris_settlements"
    __table_args__ = (
        CheckConstraint("amount > 0", name="amount"),
        UniqueConstraint("account", "reference"),
    )

    account: Mapped[str] = mapped_column(String(40))
    amount: Mapped[int]
    arrived_on: Mapped[date]
    reference: Mapped[str] = mapped_column(String(80))
    by_user_id: Mapped[int] = mapped_column(Key, ForeignKey("users.id"))
    at: Mapped[datetime] = mapped_column(Instant)


class CashHandover(Keyed, Base):
    """Cash that one gives and another takes: from a cash box (`giver`) to a bank account or another box (`receiver`).

    `amount` is what the giver says, `counted` what the receiver found, in rupiah. Booked when it is confirmed.
    """

    __tablename__ = "cash_handovers"
    __table_args__ = (
        CheckConstraint("amount > 0 AND (counted IS NULL OR counted >= 0)", name="amount"),
        CheckConstraint("giver <> receiver", name="hands"),
        CheckConstraint("confirmed_by_id IS NULL OR confirmed_by_id <> given_by_id", name="two_persons"),
        CheckConstraint(
            "(confirmed_at IS NULL) = (counted IS NULL) AND (confirmed_at IS NULL) = (confirmed_by_id IS NULL)",
            name="confirmed",
        ),
        CheckConstraint(
            "counted IS NULL OR counted = amount OR difference_reason IS NOT NULL", name="difference"
        ),
        CheckConstraint(
            "(dropped_at IS NULL) = (drop_reason IS NULL) AND (dropped_at IS NULL OR confirmed_at IS NULL)",
            name="dropped",
        ),
        Index("ix_cash_handovers_giver", "giver"),
        Index("ix_cash_handovers_receiver", "receiver"),
    )

    giver: Mapped[str] = mapped_column(String(60))
    receiver: Mapped[str] = mapped_column(String(60))
    amount: Mapped[int]
    handed_on: Mapped[date]
    reference: Mapped[str] = mapped_column(String(80))
    given_by_id: Mapped[int] = mapped_column(Key, ForeignKey("users.id"))
    given_at: Mapped[datetime] = mapped_column(Instant)
    counted: Mapped[int | None]
    difference_reason: Mapped[str | None] = mapped_column(Text)
    confirmed_by_id: Mapped[int | None] = mapped_column(Key, ForeignKey("users.id"))
    confirmed_at: Mapped[datetime | None] = mapped_column(Instant)
    dropped_at: Mapped[datetime | None] = mapped_column(Instant)
    drop_reason: Mapped[str | None] = mapped_column(Text)


class BankFee(Keyed, Base):
    """What a bank or the QRIS provider kept for itself, in rupiah: borne by a payee. `fingerprint` is the bank's line
    where it came from a statement, and no line is booked twice.
    """

    __tablename__ = "bank_fees"
    __table_args__ = (
        CheckConstraint("amount > 0", name="amount"),
        Index("ix_bank_fees_keeper_booked_on", "keeper", "booked_on"),
    )

    keeper: Mapped[str] = mapped_column(String(60))
    amount: Mapped[int]
    payee_id: Mapped[int] = mapped_column(Key, ForeignKey("payees.id"))
    booked_on: Mapped[date]
    reason: Mapped[str] = mapped_column(Text)
    fingerprint: Mapped[str | None] = mapped_column(String(64), unique=True)
    by_user_id: Mapped[int] = mapped_column(Key, ForeignKey("users.id"))
    at: Mapped[datetime] = mapped_column(Instant)
