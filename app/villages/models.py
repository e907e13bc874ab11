"""Villages, their bank accounts and QRIS sheets, and the roads between them."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base, Instant, Key, Keyed
from app.core.words import pick


class Village(Keyed, Base):
    """One of the twenty villages. What is unknown is NULL and is left out of every page."""

    __tablename__ = "villages"

    slug: Mapped[str] = mapped_column(String(40), unique=True)
    name: Mapped[str] = mapped_column(String(60))
    bps_code: Mapped[str] = mapped_column(String(10), unique=True)
    latitude: Mapped[float] = mapped_column(Float)
    longitude: Mapped[float] = mapped_column(Float)
    bumdes: Mapped[str] = mapped_column(String(120))
    bumdes_is_sample: Mapped[bool] = mapped_column(Boolean)
    sponsor: Mapped[str | None] = mapped_column(String(120))
    theme_id: Mapped[str | None] = mapped_column(Text)
    theme_en: Mapped[str | None] = mapped_column(Text)
    activities_id: Mapped[str | None] = mapped_column(Text)
    activities_en: Mapped[str | None] = mapped_column(Text)
    products_id: Mapped[str | None] = mapped_column(Text)
    products_en: Mapped[str | None] = mapped_column(Text)
    year_opened: Mapped[int | None] = mapped_column(Integer)
    temple_metres: Mapped[int] = mapped_column(Integer)
    temple_minutes: Mapped[int] = mapped_column(Integer)
    temple_is_estimate: Mapped[bool] = mapped_column(Boolean)
    desk_phone: Mapped[str | None] = mapped_column(String(20))

    @property
    def theme(self) -> str:
        """What the Balkondes is like, in the reader's language; empty where unknown."""
        return pick(self.theme_id, self.theme_en)

    @property
    def activities(self) -> str:
        """What one can do here; empty where unknown."""
        return pick(self.activities_id, self.activities_en)

    @property
    def products(self) -> str:
        """What the village is known for; empty where unknown."""
        return pick(self.products_id, self.products_en)


class BankAccount(Keyed, Base):
    """Where transfers go. `code` is its keeper's name in the ledger; a village's own, or the shared collecting one."""

    __tablename__ = "bank_accounts"

    code: Mapped[str] = mapped_column(String(40), unique=True)
    village_id: Mapped[int] = mapped_column(Key, ForeignKey("villages.id"))
    bank: Mapped[str] = mapped_column(String(60))
    number: Mapped[str] = mapped_column(String(40))
    owner_name: Mapped[str] = mapped_column(String(120))
    is_shared: Mapped[bool] = mapped_column(Boolean, default=False)
    is_sample: Mapped[bool] = mapped_column(Boolean, default=False)


_IN_FORCE = text("ended_at IS NULL")


class QrisSheet(Keyed, Base):
    """What a guest scans to pay into a bank account: the sheet's own text, a picture of it, or both.

    One is in force for an account; another one comes only after the one before has ended, with a reason.
    """

    __tablename__ = "qris_sheets"
    __table_args__ = (
        CheckConstraint("payload IS NOT NULL OR content IS NOT NULL", name="scanned"),
        CheckConstraint("(content IS NULL) = (kind IS NULL)", name="picture"),
        CheckConstraint(
            "(ended_at IS NULL) = (end_reason IS NULL) AND (ended_at IS NULL) = (ended_by_id IS NULL)",
            name="ended",
        ),
        Index(
            "uq_qris_sheets_in_force",
            "account_id",
            unique=True,
            sqlite_where=_IN_FORCE,
            postgresql_where=_IN_FORCE,
        ),
    )

    account_id: Mapped[int] = mapped_column(Key, ForeignKey("bank_accounts.id"))
    merchant_name: Mapped[str] = mapped_column(String(60))
    nmid: Mapped[str] = mapped_column(String(20))
    payload: Mapped[str | None] = mapped_column(Text)
    kind: Mapped[str | None] = mapped_column(String(20))
    # Fetched only by who shows it.
    content: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)
    added_at: Mapped[datetime] = mapped_column(Instant)
    added_by_id: Mapped[int] = mapped_column(Key, ForeignKey("users.id"))
    ended_at: Mapped[datetime | None] = mapped_column(Instant)
    ended_by_id: Mapped[int | None] = mapped_column(Key, ForeignKey("users.id"))
    end_reason: Mapped[str | None] = mapped_column(Text)


class QrisRate(Keyed, Base):
    """What the QRIS provider keeps of each payment into an account, in basis points, from a village date on."""

    __tablename__ = "qris_rates"
    __table_args__ = (
        CheckConstraint("basis_points BETWEEN 0 AND 1000", name="basis_points"),
        UniqueConstraint("account_id", "from_on"),
    )

    account_id: Mapped[int] = mapped_column(Key, ForeignKey("bank_accounts.id"))
    from_on: Mapped[date]
    basis_points: Mapped[int] = mapped_column(Integer)
    set_by_id: Mapped[int] = mapped_column(Key, ForeignKey("users.id"))
    set_at: Mapped[datetime] = mapped_column(Instant)


class Road(Keyed, Base):
    """The way between two villages by road. `village_id` is the smaller of the two."""

    __tablename__ = "roads"
    __table_args__ = (
        CheckConstraint("village_id < other_id", name="order"),
        CheckConstraint("metres > 0 AND minutes > 0", name="positive"),
        UniqueConstraint("village_id", "other_id"),
    )

    village_id: Mapped[int] = mapped_column(Key, ForeignKey("villages.id"))
    other_id: Mapped[int] = mapped_column(Key, ForeignKey("villages.id"))
    metres: Mapped[int] = mapped_column(Integer)
    minutes: Mapped[int] = mapped_column(Integer)
    is_estimate: Mapped[bool] = mapped_column(Boolean)
