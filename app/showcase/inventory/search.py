"""What is on sale and how many of it wait where, in a fair order. Reads only; nothing here promises anything."""

from __future__ import annotations

from collections import Counter as Count
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import aliased, contains_eager

from app.core import clock
from app.core.counters import Counter, left_now
from app.core.db import db
from app.showcase.models import Maker, Product, Stock
from app.showcase.rules import ProductKind, turn
from app.villages.models import Village
from app.villages.rules import PublicationState

MOST_WORDS = 6
"""Words of a search that are looked at."""


@dataclass(frozen=True)
class ProductSearch:
    """What a guest looks for: slugs of the village where it is made and of its maker, a kind, words of any of them."""

    village: str | None = None
    maker: str | None = None
    kind: ProductKind | None = None
    text: str | None = None


@dataclass(frozen=True)
class ProductOffer:
    """A product on sale, with how many pieces wait in all, and in which villages: the place with most of them first."""

    product: Product
    maker: Maker
    in_stock: int
    pickups: tuple[tuple[Village, int], ...]

    @property
    def is_sold_out(self) -> bool:
        """Whether not one piece is left, wherever it is picked up."""
        return self.in_stock == 0


def find_free(search: ProductSearch) -> list[ProductOffer]:
    """Everything on sale that fits, what is in stock first; what is sold out for now comes last."""
    products: dict[int, Product] = {}
    pickups: dict[int, list[tuple[Village, int]]] = defaultdict(list)
    for product, village, left in db.session.execute(_with_pickups(_matching(search))):
        products[product.id] = product
        if village is not None:
            pickups[product.id].append((village, int(left)))
    offers = [
        ProductOffer(
            product, product.maker, sum(left for _village, left in pickups[key]), tuple(pickups[key])
        )
        for key, product in products.items()
    ]
    return in_turn(offers, clock.today())


def in_turn(offers: Sequence[ProductOffer], day: date) -> list[ProductOffer]:
    """In stock first. Then one product of each village, then the second of each; who begins changes from day to day."""
    number = day.toordinal()
    shown: Count[int] = Count()
    ranked: list[tuple[tuple[bool, int, int, str], ProductOffer]] = []
    for offer in sorted(offers, key=lambda o: (o.is_sold_out, turn(o.product.id, number), o.product.slug)):
        village = offer.maker.village_id
        rank = (offer.is_sold_out, shown[village], turn(village, number), offer.product.slug)
        ranked.append((rank, offer))
        shown[village] += 1
    return [offer for _rank, offer in sorted(ranked, key=lambda pair: pair[0])]


def _matching(search: ProductSearch) -> Select[Product]:
    query = (
        select(Product)
        .join(Product.maker)
        .join(Maker.village)
        .options(contains_eager(Product.maker).contains_eager(Maker.village))
        .where(Product.state == PublicationState.PUBLISHED)
    )
    if search.village:
        query = query.where(Village.slug == search.village)
    if search.maker:
        query = query.where(Maker.slug == search.maker)
    if search.kind:
        query = query.where(Product.kind == search.kind)
    for word in (search.text or "").split()[:MOST_WORDS]:
        query = query.where(_names(word))
    return query


def _with_pickups(query: Select[Product]) -> Select[Product, Village, int]:
    """The same with each place where a product waits and how many are left there: the place with most of it first."""
    place, left = aliased(Village), left_now(clock.now()).label("left_now")
    return (
        query.add_columns(place, left)
        .outerjoin(Product.stocks)
        .outerjoin(Counter, Counter.id == Stock.counter_id)
        .outerjoin(place, place.id == Stock.village_id)
        .order_by(left.desc(), place.name)
    )


def _names(word: str) -> ColumnElement[bool]:
    """Whether a word stands in the product's names, its maker's or its village's, in whichever language."""
    columns = (Product.name_id, Product.name_en, Maker.name, Village.name)
    wanted = word.lower()
    return or_(*(func.lower(column).contains(wanted, autoescape=True) for column in columns))
