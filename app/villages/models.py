"""Villages, their bank accounts, and the roads between them."""

from __future__ import annotations

from sqlalchemy import Boolean, CheckConstraint, Float, ForeignKey, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base, Key, Keyed
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
