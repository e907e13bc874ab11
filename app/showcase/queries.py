"""Which makers and products there are, what waits where, and what of a price is the maker's."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import TypeVar

from sqlalchemy import ColumnElement, Select, String, cast, column, func, literal, or_, select, table, true
from sqlalchemy.orm import contains_eager, joinedload

from app.core import clock
from app.core.counters import Counter, CounterClaim, left_now
from app.core.db import db
from app.core.errors import NotFound
from app.core.money import Rupiah
from app.core.words import gettext as _
from app.revenue.queries import SELLER, splits_in_force
from app.revenue.rules import RevenueKind
from app.showcase.models import Maker, Product, Stock
from app.showcase.rules import PREFIX, own_part
from app.users.rules import Scope
from app.villages.models import Village
from app.villages.rules import PublicationState

T = TypeVar("T")

VISIBLE = (PublicationState.PUBLISHED, PublicationState.PAUSED)
"""A paused product is not sold, but whoever has bought it still finds its page."""


def find_product(slug: str) -> Product | None:
    """The product as guests may see it, with its maker; None when it is not shown."""
    wanted = Product.slug == slug, Product.state.in_(VISIBLE)
    return db.session.scalars(_with_maker().where(*wanted)).one_or_none()


def get_product(slug: str) -> Product:
    """The product as guests may see it, with its maker. Raises NotFound."""
    return _found(find_product(slug))


def get_product_by_id(product_id: int) -> Product:
    """The product in whatever state, with its maker. Raises NotFound."""
    return _found(db.session.scalars(_with_maker().where(Product.id == product_id)).one_or_none())


def get_product_for(slug: str, scope: Scope) -> Product:
    """The product for whoever works with it, in whatever state. Raises NotFound for another's product."""
    query = _with_maker().where(Product.slug == slug, _reached_by(scope))
    return _found(db.session.scalars(query).one_or_none())


def list_products(*, village: str | None = None) -> list[Product]:
    """Products on sale, of one village or of all, by village and name, with their makers."""
    query = _with_maker().where(Product.state == PublicationState.PUBLISHED)
    if village is not None:
        query = query.where(Village.slug == village)
    return list(db.session.scalars(query.order_by(Village.name, Product.name_id, Product.id)))


def list_products_for(scope: Scope) -> list[Product]:
    """The products within reach, by village, maker and name; those that are no longer offered come last."""
    query = _with_maker().where(_reached_by(scope))
    retired = Product.state == PublicationState.RETIRED
    return list(
        db.session.scalars(query.order_by(retired, Village.name, Maker.name, Product.name_id, Product.id))
    )


def products_by_stock_ids(stock_ids: Collection[int]) -> dict[int, Product]:
    """The product of each stock, in whatever state, with its maker."""
    query = select(Stock.id, Product).join(Stock.product).join(Product.maker).join(Maker.village)
    query = query.options(contains_eager(Product.maker).contains_eager(Maker.village))
    rows = db.session.execute(query.where(Stock.id.in_(stock_ids)))
    return {stock_id: product for stock_id, product in rows}  # noqa: C416 -- rows are no pairs to mypy


def get_maker(slug: str) -> Maker:
    """Who makes, with the village. Raises NotFound."""
    maker = db.session.scalars(select(Maker).where(Maker.slug == slug)).one_or_none()
    if maker is None:
        raise NotFound(_("This maker is not on our list."))
    return maker


def slug_is_taken(slug: str) -> bool:
    """Whether another product has this address."""
    return db.session.scalar(select(Product.id).where(Product.slug == slug)) is not None


def maker_slug_is_taken(slug: str) -> bool:
    """Whether another maker has this address."""
    return db.session.scalar(select(Maker.id).where(Maker.slug == slug)) is not None


@dataclass(frozen=True)
class Pickup:
    """A place where a product waits, and how many of it are left to sell there."""

    stock_id: int
    village: Village
    left: int


def list_pickups(product_ids: Collection[int]) -> dict[int, list[Pickup]]:
    """Where each product waits, by product: the place with most of it first."""
    left = left_now(clock.now()).label("left_now")
    query = (
        select(Stock.product_id, Stock.id, Village, left)
        .join(Stock.village)
        .join(Stock.counter)
        .where(Stock.product_id.in_(product_ids))
        .order_by(left.desc(), Village.name)
    )
    found: dict[int, list[Pickup]] = {product_id: [] for product_id in product_ids}
    for product_id, stock_id, village, free in db.session.execute(query):
        found[product_id].append(Pickup(stock_id, village, int(free)))
    return found


def count_kept(stock_ids: Collection[int]) -> dict[int, int]:
    """How many pieces lie in each place for guests who have not fetched them yet: bought, or held until they pay.

    Places without any are left out.
    """
    lines = table("booking_lines", column("id"), column("handed_over_at"))
    holder = literal(PREFIX) + cast(lines.c.id, String)
    query = (
        select(Stock.id, func.sum(CounterClaim.quantity))
        .join(CounterClaim, CounterClaim.counter_id == Stock.counter_id)
        .join(lines, CounterClaim.reference == holder)
        .where(Stock.id.in_(stock_ids), lines.c.handed_over_at.is_(None))
        .where(or_(CounterClaim.expires_at.is_(None), CounterClaim.expires_at > clock.now()))
        .group_by(Stock.id)
    )
    return {stock_id: int(kept) for stock_id, kept in db.session.execute(query)}


def has_stock(product_id: int) -> bool:
    """Whether there is any place where the product is picked up, be it empty."""
    query = select(Stock.id).where(Stock.product_id == product_id).limit(1)
    return db.session.scalar(query) is not None


def get_stock(stock_id: int) -> Stock:
    """A product in a place, with product, maker and village. Raises NotFound."""
    return _found(db.session.scalars(_stocks().where(Stock.id == stock_id)).one_or_none())


def get_stock_for(stock_id: int, scope: Scope) -> Stock:
    """The same for whoever works with the product. Raises NotFound for another's."""
    query = _stocks().where(Stock.id == stock_id, _reached_by(scope))
    return _found(db.session.scalars(query).one_or_none())


def lock_capacity(counter_id: int) -> int:
    """How many pieces have come so far, and nobody changes that until the transaction ends."""
    query = select(Counter.capacity).where(Counter.id == counter_id).with_for_update()
    return db.session.scalars(query).one()


def maker_gets(products: Collection[Product], on: date) -> dict[int, Rupiah]:
    """What of one piece's price is its maker's on a day, in rupiah, by product; without an agreement it is left out."""
    splits = splits_in_force({product.maker.village_id for product in products}, on)
    return {
        product.id: own_part(splits[key], product.price, SELLER)
        for product in products
        if (key := (product.maker.village_id, RevenueKind.PRODUCT)) in splits
    }


def _with_maker() -> Select[Product]:
    query = select(Product).join(Product.maker).join(Maker.village)
    return query.options(contains_eager(Product.maker).contains_eager(Maker.village))


def _stocks() -> Select[Stock]:
    query = select(Stock).join(Stock.product).join(Product.maker)
    maker = contains_eager(Stock.product).contains_eager(Product.maker)
    return query.options(maker.joinedload(Maker.village), joinedload(Stock.village))


def _reached_by(scope: Scope) -> ColumnElement[bool]:
    if scope.everything:
        return true()
    return or_(Maker.village_id.in_(scope.villages), Maker.payee_id.in_(scope.payees))


def _found(thing: T | None) -> T:
    if thing is None:
        raise NotFound(_("This product is not on our list."))
    return thing
