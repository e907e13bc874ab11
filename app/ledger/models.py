"""Accounts, entries, postings. Entries are written once: triggers refuse UPDATE and DELETE on both databases."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.db import Base, Instant, Key, Keyed
from app.core.written_once import refuse_changes


class Account(Keyed, Base):
    """A place in the ledger, such as `payee:7:pending`. Its family, owner and stage are its code taken apart."""

    __tablename__ = "accounts"
    __table_args__ = (Index("ix_accounts_family_owner_stage", "family", "owner", "stage"),)

    code: Mapped[str] = mapped_column(String(100), unique=True)
    family: Mapped[str] = mapped_column(String(20))
    owner: Mapped[str] = mapped_column(String(60))
    stage: Mapped[str | None] = mapped_column(String(20))


class JournalEntry(Keyed, Base):
    """One step of money, under a unique reference: posted twice, it is refused."""

    __tablename__ = "journal_entries"
    __table_args__ = (
        Index("ix_journal_entries_booked_on", "booked_on"),
        Index("ix_journal_entries_subject", "subject"),
    )

    reference: Mapped[str] = mapped_column(String(120), unique=True)
    kind: Mapped[str] = mapped_column(String(40))
    subject: Mapped[str] = mapped_column(String(80))
    booked_on: Mapped[date]
    note: Mapped[str | None] = mapped_column(Text)
    reverses_id: Mapped[int | None] = mapped_column(Key, ForeignKey("journal_entries.id"), unique=True)
    by_user_id: Mapped[int | None] = mapped_column(Key, ForeignKey("users.id"))
    created_at: Mapped[datetime] = mapped_column(Instant)

    postings: Mapped[list[Posting]] = relationship(
        "Posting", back_populates="entry", lazy="raise", order_by="Posting.position"
    )


class Posting(Keyed, Base):
    """An amount that moves from one account to another, in the hands of one keeper, perhaps for one sold unit."""

    __tablename__ = "postings"
    __table_args__ = (
        CheckConstraint("amount > 0", name="amount"),
        CheckConstraint("from_account_id <> to_account_id", name="moves"),
        Index("ix_postings_entry_id", "entry_id"),
        Index("ix_postings_from_account_id", "from_account_id"),
        Index("ix_postings_to_account_id", "to_account_id"),
        Index("ix_postings_unit", "unit"),
        Index("ix_postings_service_on", "service_on"),
    )

    entry_id: Mapped[int] = mapped_column(Key, ForeignKey("journal_entries.id"))
    position: Mapped[int] = mapped_column(Integer)
    from_account_id: Mapped[int] = mapped_column(Key, ForeignKey("accounts.id"))
    to_account_id: Mapped[int] = mapped_column(Key, ForeignKey("accounts.id"))
    amount: Mapped[int]
    keeper: Mapped[str] = mapped_column(String(60))
    unit: Mapped[str | None] = mapped_column(String(40))
    service_on: Mapped[date | None]

    entry: Mapped[JournalEntry] = relationship(JournalEntry, back_populates="postings", lazy="raise")
    from_account: Mapped[Account] = relationship(Account, foreign_keys=[from_account_id], lazy="raise")
    to_account: Mapped[Account] = relationship(Account, foreign_keys=[to_account_id], lazy="raise")


for _model in (Account, JournalEntry, Posting):
    refuse_changes(_model.__table__)
