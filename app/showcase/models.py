"""Makers, their products, and where how many of them wait."""

from __future__ import annotations

from sqlalchemy import Boolean, CheckConstraint, ForeignKey, Index, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.counters import Counter
from app.core.db import Base, EnumText, Key, Keyed
from app.core.words import pick
from app.showcase.rules import ProductKind
from app.villages.models import Village
from app.villages.rules import PublicationState


class Maker(Keyed, Base):
    """Who makes: a household or a group of a village."""

    __tablename__ = "makers"

    slug: Mapped[str] = mapped_column(String(80), unique=True)
    village_id: Mapped[int] = mapped_column(Key, ForeignKey("villages.id"))
    payee_id: Mapped[int] = mapped_column(Key, ForeignKey("payees.id"), unique=True)
    name: Mapped[str] = mapped_column(String(120))
    story_id: Mapped[str] = mapped_column(Text)
    story_en: Mapped[str] = mapped_column(Text)
    is_sample: Mapped[bool] = mapped_column(Boolean, default=False)

    village: Mapped[Village] = relationship(Village, lazy="joined", innerjoin=True)

    @property
    def story(self) -> str:
        """Who they are and how they work, in the reader's language."""
        return pick(self.story_id, self.story_en)


class Product(Keyed, Base):
    """What a maker makes, with its price a piece."""

    __tablename__ = "products"
    __table_args__ = (
        CheckConstraint("price > 0", name="price"),
        CheckConstraint("shelf_life_days IS NULL OR shelf_life_days > 0", name="shelf_life"),
        Index("ix_products_maker_id_state", "maker_id", "state"),
    )

    public_id: Mapped[str] = mapped_column(String(24), unique=True)
    slug: Mapped[str] = mapped_column(String(80), unique=True)
    maker_id: Mapped[int] = mapped_column(Key, ForeignKey("makers.id"))
    kind: Mapped[ProductKind] = mapped_column(EnumText(ProductKind))
    state: Mapped[PublicationState] = mapped_column(
        EnumText(PublicationState), default=PublicationState.DRAFTED
    )
    name_id: Mapped[str] = mapped_column(String(120))
    name_en: Mapped[str] = mapped_column(String(120))
    story_id: Mapped[str] = mapped_column(Text)
    story_en: Mapped[str] = mapped_column(Text)
    pack_id: Mapped[str] = mapped_column(String(60))
    pack_en: Mapped[str] = mapped_column(String(60))
    price: Mapped[int]
    shelf_life_days: Mapped[int | None] = mapped_column(Integer)
    price_is_sample: Mapped[bool] = mapped_column(Boolean, default=False)
    is_sample: Mapped[bool] = mapped_column(Boolean, default=False)

    maker: Mapped[Maker] = relationship(Maker, lazy="raise")
    stocks: Mapped[list[Stock]] = relationship("Stock", back_populates="product", lazy="raise")

    @property
    def name(self) -> str:
        """What it is called, in the reader's language."""
        return pick(self.name_id, self.name_en)

    @property
    def story(self) -> str:
        """What it is and how it is made, in the reader's language."""
        return pick(self.story_id, self.story_en)

    @property
    def pack(self) -> str:
        """What one piece is: `250 g`, `one, about 20 cm`."""
        return pick(self.pack_id, self.pack_en)


class Stock(Keyed, Base):
    """How many pieces of a product have come to a village's Balkondes; its counter's `taken` are sold or held."""

    __tablename__ = "product_stocks"
    __table_args__ = (UniqueConstraint("product_id", "village_id"),)

    product_id: Mapped[int] = mapped_column(Key, ForeignKey("products.id"))
    village_id: Mapped[int] = mapped_column(Key, ForeignKey("villages.id"))
    counter_id: Mapped[int] = mapped_column(Key, ForeignKey("counters.id"), unique=True)

    product: Mapped[Product] = relationship(Product, back_populates="stocks", lazy="raise")
    village: Mapped[Village] = relationship(Village, lazy="raise")
    counter: Mapped[Counter] = relationship(Counter, lazy="raise")
