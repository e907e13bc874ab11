"""Vouchers, and money of guests that lies ready for a trip: credits."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.bookings.rules import CreditKind, LineKind
from app.core.counters import Counter
from app.core.db import Base, EnumText, Instant, Key, Keyed
from app.revenue.models import Payee


class Voucher(Keyed, Base):
    """Something off the price, which one party bears alone: an amount in rupiah, or basis points of the price with at
    most so many rupiah. Its uses are a counter's; the days, village dates, are those on which it may be used.
    """

    __tablename__ = "vouchers"
    __table_args__ = (
        CheckConstraint("(amount IS NULL) <> (basis_points IS NULL)", name="value"),
        CheckConstraint("amount IS NULL OR amount > 0", name="amount"),
        CheckConstraint("basis_points IS NULL OR (basis_points BETWEEN 1 AND 10000)", name="basis_points"),
        CheckConstraint("most IS NULL OR (most > 0 AND basis_points IS NOT NULL)", name="most"),
        CheckConstraint("valid_from <= valid_until", name="days"),
    )

    code: Mapped[str] = mapped_column(String(20), unique=True)
    payee_id: Mapped[int] = mapped_column(Key, ForeignKey("payees.id"))
    amount: Mapped[int | None]
    basis_points: Mapped[int | None] = mapped_column(Integer)
    most: Mapped[int | None]
    valid_from: Mapped[date]
    valid_until: Mapped[date]
    village_id: Mapped[int | None] = mapped_column(Key, ForeignKey("villages.id"))
    kind: Mapped[LineKind | None] = mapped_column(EnumText(LineKind))
    counter_id: Mapped[int] = mapped_column(Key, ForeignKey("counters.id"), unique=True)
    reason: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(Instant)
    created_by_id: Mapped[int] = mapped_column(Key, ForeignKey("users.id"))
    stopped_at: Mapped[datetime | None] = mapped_column(Instant)

    payee: Mapped[Payee] = relationship(Payee, lazy="joined", innerjoin=True)
    counter: Mapped[Counter] = relationship(Counter, lazy="raise")


class Credit(Keyed, Base):
    """Money that a guest has with us for later: a gift that was paid for, or what was not sent back. In the books it
    stands on `credit:<id>` with its keeper; the counter, in rupiah, says what of it is promised or spent.
    """

    __tablename__ = "credits"
    __table_args__ = (CheckConstraint("amount BETWEEN 1 AND 1000000000", name="amount"),)

    code: Mapped[str] = mapped_column(String(20), unique=True)
    kind: Mapped[CreditKind] = mapped_column(EnumText(CreditKind))
    amount: Mapped[int]
    keeper: Mapped[str] = mapped_column(String(60))
    holder: Mapped[str] = mapped_column(String(120))
    village_id: Mapped[int | None] = mapped_column(Key, ForeignKey("villages.id"))
    valid_until: Mapped[date | None]
    counter_id: Mapped[int] = mapped_column(Key, ForeignKey("counters.id"), unique=True)
    reason: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(Instant)
    created_by_id: Mapped[int] = mapped_column(Key, ForeignKey("users.id"))
    stopped_at: Mapped[datetime | None] = mapped_column(Instant)

    counter: Mapped[Counter] = relationship(Counter, lazy="raise")

    @property
    def account(self) -> str:
        """Its account in the books."""
        return f"credit:{self.id}"
