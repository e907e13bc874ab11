"""Payees, agreements with their parts, tax rates."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Boolean, CheckConstraint, ForeignKey, Index, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.db import Base, EnumText, Instant, Key, Keyed
from app.revenue.rules import PayeeKind, RevenueKind


class Payee(Keyed, Base):
    """A party that can be paid. The assisting company belongs to no village."""

    __tablename__ = "payees"
    __table_args__ = (Index("ix_payees_village_id_kind", "village_id", "kind"),)

    kind: Mapped[PayeeKind] = mapped_column(EnumText(PayeeKind))
    name: Mapped[str] = mapped_column(String(120))
    village_id: Mapped[int | None] = mapped_column(Key, ForeignKey("villages.id"))
    is_sample: Mapped[bool] = mapped_column(Boolean, default=False)


class Agreement(Keyed, Base):
    """How one kind of revenue of one village is divided, from a date on. Never edited: a new version replaces it."""

    __tablename__ = "agreements"
    __table_args__ = (
        UniqueConstraint("village_id", "kind", "version"),
        UniqueConstraint("village_id", "kind", "in_force_from"),
        CheckConstraint("version > 0", name="version"),
    )

    village_id: Mapped[int] = mapped_column(Key, ForeignKey("villages.id"))
    kind: Mapped[RevenueKind] = mapped_column(EnumText(RevenueKind))
    version: Mapped[int] = mapped_column(Integer)
    in_force_from: Mapped[date]
    approved_at: Mapped[datetime] = mapped_column(Instant)
    note: Mapped[str | None] = mapped_column(Text)
    is_sample: Mapped[bool] = mapped_column(Boolean, default=False)

    parts: Mapped[list[AgreementPart]] = relationship(
        "AgreementPart", lazy="selectin", order_by="AgreementPart.position"
    )


class AgreementPart(Keyed, Base):
    """One party's part: a percentage of the rest, or a fee per unit off the top.

    `payee_id` is empty where the sale names the party: the host of the very house.
    """

    __tablename__ = "agreement_parts"
    __table_args__ = (
        UniqueConstraint("agreement_id", "position"),
        CheckConstraint("(basis_points IS NULL) <> (fee IS NULL)", name="percent_or_fee"),
        CheckConstraint(
            "basis_points IS NULL OR (basis_points > 0 AND basis_points <= 10000)", name="basis_points"
        ),
        CheckConstraint("fee IS NULL OR fee > 0", name="fee"),
        CheckConstraint("basis_points IS NOT NULL OR NOT is_taker", name="taker"),
    )

    agreement_id: Mapped[int] = mapped_column(Key, ForeignKey("agreements.id"))
    position: Mapped[int] = mapped_column(Integer)
    kind: Mapped[PayeeKind] = mapped_column(EnumText(PayeeKind))
    payee_id: Mapped[int | None] = mapped_column(Key, ForeignKey("payees.id"))
    basis_points: Mapped[int | None] = mapped_column(Integer)
    fee: Mapped[int | None]
    is_taker: Mapped[bool] = mapped_column(Boolean, default=False)


class TaxRate(Keyed, Base):
    """A tax contained in prices of one kind, from a date on, in basis points of the net price, with its source."""

    __tablename__ = "tax_rates"
    __table_args__ = (
        UniqueConstraint("kind", "tax", "from_on"),
        CheckConstraint("basis_points >= 0", name="basis_points"),
    )

    kind: Mapped[RevenueKind] = mapped_column(EnumText(RevenueKind))
    tax: Mapped[str] = mapped_column(String(20))
    basis_points: Mapped[int] = mapped_column(Integer)
    from_on: Mapped[date]
    source: Mapped[str] = mapped_column(Text)
    is_verified: Mapped[bool] = mapped_column(Boolean, default=False)
