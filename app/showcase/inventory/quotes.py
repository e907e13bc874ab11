"""What one choice costs, and how many pieces of it are left."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import select
from sqlalchemy.orm import contains_eager

from app.core import clock
from app.core.counters import left_by_counter
from app.core.db import db
from app.core.errors import Invalid, NotFound
from app.core.money import Rupiah
from app.core.words import gettext as _
from app.showcase.models import Maker, Product, Stock
from app.showcase.rules import DAYS_AHEAD, MOST
from app.villages.models import Village
from app.villages.rules import PublicationState


@dataclass(frozen=True)
class ProductChoice:
    """Pieces of a product as a guest chose them. `pickup` is the slug of the village whose Balkondes hands them over;
    without `pickup_on` the trip's own days decide.
    """

    product: str
    quantity: int
    pickup: str
    pickup_on: date | None = None


@dataclass(frozen=True)
class ProductQuote:
    """A choice with its price, worked out now. `village` is where it is picked up."""

    product: Product
    maker: Maker
    stock: Stock
    village: Village
    quantity: int
    unit_price: Rupiah

    @property
    def total(self) -> Rupiah:
        """All pieces, in rupiah."""
        return self.quantity * self.unit_price


def quote(choice: ProductChoice) -> ProductQuote:
    """Price one choice. Raises NotFound when it is not sold there, Invalid for a number or a day that cannot be."""
    stock = _find_stock(choice)
    if stock is None:
        raise NotFound(_("This product is not sold there any more."))
    _check(choice)
    product = stock.product
    return ProductQuote(product, product.maker, stock, stock.village, choice.quantity, product.price)


def pieces_left(choice: ProductChoice) -> int:
    """How many pieces wait at the chosen place; 0 where it is not sold."""
    stock = _find_stock(choice)
    return 0 if stock is None else left_by_counter([stock.counter_id])[stock.counter_id]


def _find_stock(choice: ProductChoice) -> Stock | None:
    pickup = select(Village.id).where(Village.slug == choice.pickup).scalar_subquery()
    return db.session.scalars(
        select(Stock)
        .join(Stock.product)
        .join(Product.maker)
        .join(Stock.village)
        .options(contains_eager(Stock.product).contains_eager(Product.maker), contains_eager(Stock.village))
        .where(
            Product.public_id == choice.product,
            Product.state == PublicationState.PUBLISHED,
            Stock.village_id == pickup,
        )
    ).one_or_none()


def _check(choice: ProductChoice) -> None:
    if not 1 <= choice.quantity <= MOST:
        message = _("Choose from 1 to %(most)d pieces. For more, ask the maker.", most=MOST)
        raise Invalid(message, errors=[("quantity", message)])
    today = clock.today()
    if choice.pickup_on is None or today <= choice.pickup_on <= today + timedelta(days=DAYS_AHEAD):
        return
    if choice.pickup_on < today:
        message = _("This day is over. Choose today or a later day to pick it up.")
    else:
        message = _("Nobody keeps it for that long. Choose an earlier day to pick it up.")
    raise Invalid(message, errors=[("pickup_on", message)])
