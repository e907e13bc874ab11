"""Makers, their products, and pieces that wait to be picked up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from app.core.money import Rupiah
from app.revenue import queries as revenue_queries
from app.revenue.rules import PayeeKind, RevenueKind
from app.showcase import services as showcase
from app.showcase.inventory import ProductChoice
from app.showcase.models import Maker
from app.showcase.rules import ProductKind
from app.showcase.services import ProductProfile
from app.villages.models import Village
from app.villages.rules import PublicationState
from tests.factories.numbers import numbers
from tests.factories.villages import BEGAN, make_agreement, make_payee, make_village


@dataclass(frozen=True)
class Goods:
    """A product as it can be booked: `product` is its code, `stocks` the number of its stock by village slug."""

    product_id: int
    product: str
    slug: str
    price: Rupiah
    maker_id: int
    maker_slug: str
    maker_payee_id: int
    village_id: int
    pickup: str
    stocks: Mapping[str, int]

    @property
    def stock_id(self) -> int:
        """Its stock at the first place where it is picked up."""
        return self.stocks[self.pickup]


def make_maker(village: Village | None = None, *, payee: int | None = None, name: str | None = None) -> Maker:
    """Somebody who makes things in a village where it is agreed how their price is divided. `payee` is an id."""
    village = village or make_village()
    agreed = revenue_queries.find_agreement(village_id=village.id, kind=RevenueKind.PRODUCT, on=BEGAN)
    if agreed is None:
        make_agreement(village, kind=RevenueKind.PRODUCT)
    number = next(numbers)
    return showcase.create_maker(
        slug=f"pembuat-{number}",
        village_id=village.id,
        payee_id=payee or make_payee(PayeeKind.MAKER, village_id=village.id).id,
        name=name or f"Bu Contoh {number}",
        story_id="Pembuat contoh.",
        story_en="A sample maker.",
        is_sample=True,
    )


def make_product(
    village: Village | None = None,
    *,
    maker: Maker | None = None,
    payee: int | None = None,
    name: str = "Keripik Contoh",
    name_en: str = "Sample crisps",
    kind: ProductKind = ProductKind.FOOD,
    price: Rupiah = 25_000,
    pieces: int = 10,
    pickups: Mapping[str, int] | None = None,
    shelf_life_days: int | None = 60,
    published: bool = True,
) -> Goods:
    """A product on sale with `pieces` at its own village, or with `pickups`: {village slug: pieces}."""
    maker = maker or make_maker(village, payee=payee)
    profile = _profile(name, name_en, kind, shelf_life_days)
    product = showcase.create_product(
        slug=f"produk-{next(numbers)}",
        maker_id=maker.id,
        profile=profile,
        price=price,
        price_is_sample=True,
        is_sample=True,
    )
    stocks = _stocks(product.id, pickups or {maker.village.slug: pieces})
    if published:
        for step in (PublicationState.PROPOSED, PublicationState.PUBLISHED):
            showcase.move_publication(product_id=product.id, wanted=step, by_user_id=None)
    return Goods(
        product.id,
        product.public_id,
        product.slug,
        price,
        maker.id,
        maker.slug,
        maker.payee_id,
        maker.village_id,
        next(iter(stocks)),
        stocks,
    )


def _profile(name: str, name_en: str, kind: ProductKind, shelf_life_days: int | None) -> ProductProfile:
    return ProductProfile(
        kind, name, name_en, "Produk contoh.", "A sample product.", "250 g", "250 g", shelf_life_days
    )


def _stocks(product_id: int, pickups: Mapping[str, int]) -> dict[str, int]:
    return {
        slug: showcase.add_pickup(product_id=product_id, village_id=make_village(slug).id, pieces=pieces).id
        for slug, pieces in pickups.items()
    }


def make_product_choice(goods: Goods, *, quantity: int = 1, pickup: str | None = None) -> ProductChoice:
    """Pieces as a guest chose them, at the first place unless said otherwise."""
    return ProductChoice(goods.product, quantity, pickup or goods.pickup)
