"""Makers and products are set up, and places where they are picked up."""

from __future__ import annotations

from dataclasses import dataclass

from app.core import audit
from app.core.codes import new_code
from app.core.counters import create_counter
from app.core.db import db
from app.core.errors import Conflict, Invalid
from app.core.money import Rupiah
from app.core.words import gettext as _
from app.showcase import queries
from app.showcase.models import Maker, Product, Stock
from app.showcase.rules import DEAREST, MOST_PIECES, ProductKind
from app.villages.rules import PublicationState


@dataclass(frozen=True)
class ProductProfile:
    """What a product is, in both languages. `pack` is what one piece is: `250 g`. Without a shelf life it keeps."""

    kind: ProductKind
    name_id: str
    name_en: str
    story_id: str
    story_en: str
    pack_id: str
    pack_en: str
    shelf_life_days: int | None = None


def create_maker(
    *,
    slug: str,
    village_id: int,
    payee_id: int,
    name: str,
    story_id: str,
    story_en: str,
    is_sample: bool = False,
    by_user_id: int | None = None,
) -> Maker:
    """Who makes things in a village. Raises Conflict (`slug_taken`) when the address is another maker's."""
    if queries.maker_slug_is_taken(slug):
        raise Conflict(_("This address belongs to another maker."), code="slug_taken")
    maker = Maker(
        slug=slug,
        village_id=village_id,
        payee_id=payee_id,
        name=name,
        story_id=story_id,
        story_en=story_en,
        is_sample=is_sample,
    )
    db.session.add(maker)
    db.session.flush()
    audit.record(action="maker.created", subject=f"maker:{slug}", user_id=by_user_id)
    return maker


def create_product(
    *,
    slug: str,
    maker_id: int,
    profile: ProductProfile,
    price: Rupiah,
    price_is_sample: bool = False,
    is_sample: bool = False,
    by_user_id: int | None = None,
) -> Product:
    """A new product at a price a piece, drafted and waiting nowhere yet.

    Raises Conflict (`slug_taken`) when the address is another product's, Invalid for a price or shelf life that cannot
    be.
    """
    if queries.slug_is_taken(slug):
        raise Conflict(_("This address belongs to another product."), code="slug_taken")
    _check(profile, price)
    product = Product(
        public_id=new_code().lower(),
        slug=slug,
        maker_id=maker_id,
        price=price,
        price_is_sample=price_is_sample,
        is_sample=is_sample,
        state=PublicationState.DRAFTED,
        **vars(profile),
    )
    db.session.add(product)
    db.session.flush()
    audit.record(action="product.created", subject=f"product:{slug}", user_id=by_user_id, price=price)
    return product


def _check(profile: ProductProfile, price: Rupiah) -> None:
    if not 0 < price <= DEAREST:
        message = _("A piece costs something, and less than 50 million.")
        raise Invalid(message, errors=[("price", message)])
    if profile.shelf_life_days is not None and profile.shelf_life_days < 1:
        message = _("It keeps for a day at least, or leave this empty.")
        raise Invalid(message, errors=[("shelf_life_days", message)])


def add_pickup(*, product_id: int, village_id: int, pieces: int = 0, by_user_id: int | None = None) -> Stock:
    """A Balkondes where the product is picked up, with the pieces that are there.

    Raises NotFound, Conflict (`pickup_taken`) where it waits already, Invalid for an impossible number.
    """
    product = queries.get_product_by_id(product_id)
    if not 0 <= pieces <= MOST_PIECES:
        message = _("Write a number from 0 to %(most)d.", most=MOST_PIECES)
        raise Invalid(message, errors=[("pieces", message)])
    if any(place.village.id == village_id for place in queries.list_pickups([product_id])[product_id]):
        raise Conflict(_("It waits there already."), code="pickup_taken")
    counter = create_counter(capacity=pieces)
    stock = Stock(product_id=product_id, village_id=village_id, counter_id=counter.id)
    db.session.add(stock)
    db.session.flush()
    audit.record(
        action="stock.opened",
        subject=f"product:{product.slug}",
        user_id=by_user_id,
        village_id=village_id,
        pieces=pieces,
    )
    return stock
