"""What the villages make, and where it waits to be picked up."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from marshmallow import fields

from app.api import queries
from app.api.door import bp, refuses
from app.api.fields import Answer, Code
from app.api.paging import PageQuery, bad_cursor, cut, read_cursor
from app.core.access import public
from app.core.errors import Invalid
from app.core.words import gettext as _
from app.showcase.inventory import ProductOffer, ProductSearch, find_free
from app.showcase.models import Product
from app.showcase.queries import get_product, list_pickups
from app.showcase.rules import ProductKind
from app.villages.models import Village
from app.villages.queries import find_village
from app.villages.rules import PublicationState

TAGS = ["Products"]


class ProductsQuery(PageQuery):
    """Where it is made, and by whom."""

    village = Code(load_default=None)
    maker = Code(load_default=None)


class PickupAnswer(Answer):
    """A village where a product waits, and how many pieces are left there."""

    village = fields.String()
    left = fields.Integer()


class ProductAnswer(Answer):
    """A product and the price of a piece, in rupiah; texts are in the language of `Accept-Language`."""

    product = fields.String()
    slug = fields.String()
    name = fields.String()
    kind = fields.String(metadata={"enum": [kind.value for kind in ProductKind]})
    maker = fields.String(metadata={"description": "The slug."})
    maker_name = fields.String()
    village = fields.String(metadata={"description": "Where it is made."})
    story = fields.String()
    pack = fields.String(metadata={"description": "What one piece is."})
    price = fields.Integer()
    price_is_sample = fields.Boolean()
    currency = fields.String()
    in_stock = fields.Integer(metadata={"description": "Pieces that can be booked now, in all places."})
    shelf_life_days = fields.Integer(allow_none=True)
    pickup_villages = fields.List(
        fields.String(), metadata={"description": "Where pieces wait now, the place with most of them first."}
    )
    pickups = fields.List(fields.Nested(PickupAnswer))
    on_sale = fields.Boolean(metadata={"description": "False while it rests and is not sold."})
    is_sample = fields.Boolean()


class ProductsAnswer(Answer):
    """A page of products by village and name."""

    items = fields.List(fields.Nested(ProductAnswer))
    next = fields.String(allow_none=True)


@bp.get("/products", tags=TAGS)
@public
@bp.arguments(ProductsQuery, location="query")
@bp.response(200, ProductsAnswer)
@refuses()
def products(query: dict[str, Any]) -> dict[str, Any]:
    """Products on sale, those that are sold out for now too."""
    _check_names(query)
    after = read_cursor(query["cursor"])
    if after is not None and len(after) != 3:
        raise bad_cursor()
    offers = find_free(ProductSearch(village=query["village"], maker=query["maker"]))
    page = cut(sorted(offers, key=_place), place=_place, limit=query["limit"], after=after)
    return page | {"items": [_shown(offer.product, offer.pickups) for offer in page["items"]]}


@bp.get("/products/<slug>", tags=TAGS)
@public
@bp.response(200, ProductAnswer)
@refuses(404)
def product(slug: str) -> dict[str, Any]:
    """A product with its story, its price and where it waits."""
    found = get_product(slug)
    pickups = list_pickups([found.id])[found.id]
    return _shown(found, [(pickup.village, pickup.left) for pickup in pickups])


def _check_names(query: dict[str, Any]) -> None:
    """Refuse a village or maker that is not there. Raises Invalid."""
    unknown = _("There is nothing of that name here.")
    if query["village"] is not None and find_village(query["village"]) is None:
        raise Invalid(unknown, errors=[("village", unknown)])
    if query["maker"] is not None and not queries.maker_is_known(query["maker"]):
        raise Invalid(unknown, errors=[("maker", unknown)])


def _place(offer: ProductOffer) -> tuple[str, str, str]:
    return offer.maker.village.name, offer.product.name_id, offer.product.slug


def _shown(product: Product, pickups: Sequence[tuple[Village, int]]) -> dict[str, Any]:
    on_sale = product.state == PublicationState.PUBLISHED
    waiting = [(village.slug, left if on_sale else 0) for village, left in pickups]
    return {
        "product": product.public_id,
        "slug": product.slug,
        "name": product.name,
        "kind": product.kind.value,
        "maker": product.maker.slug,
        "maker_name": product.maker.name,
        "village": product.maker.village.slug,
        "story": product.story,
        "pack": product.pack,
        "price": product.price,
        "price_is_sample": product.price_is_sample,
        "currency": "IDR",
        "in_stock": sum(left for _village, left in waiting),
        "shelf_life_days": product.shelf_life_days,
        "pickup_villages": [village for village, left in waiting if left],
        "pickups": [{"village": village, "left": left} for village, left in waiting],
        "on_sale": on_sale,
        "is_sample": product.is_sample,
    }
