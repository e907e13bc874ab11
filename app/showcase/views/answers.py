"""What the pages show: a page of offers, or one product with all that belongs to it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.core import clock
from app.core.errors import Invalid, NotFound
from app.core.money import Rupiah
from app.core.words import gettext as _
from app.core.words import ngettext
from app.revenue.rules import PayeeKind, RevenueKind, SoldUnit, SplitTerms, planned
from app.revenue.services import terms_for
from app.showcase import queries
from app.showcase.forms import PickForm
from app.showcase.inventory import ProductChoice, ProductOffer, ProductSearch, find_free, pieces_left
from app.showcase.models import Product
from app.showcase.rules import MOST, own_part
from app.villages.rules import PublicationState

PAGE = 12
"""Products on one page, so that it stays light on a weak signal."""

OTHERS = 3
"""Products of the same village under one of them."""


@dataclass(frozen=True)
class Answer:
    """A page of products, with what of each price is its maker's."""

    page: int
    count: int
    has_more: bool
    offers: Sequence[ProductOffer]
    maker_gets: Mapping[int, Rupiah]


def list_offers(search: ProductSearch, page: int) -> Answer:
    """The products of a search, a page at a time."""
    offers = find_free(search)
    shown = offers[(page - 1) * PAGE : page * PAGE]
    return Answer(
        page=page,
        count=len(offers),
        has_more=page * PAGE < len(offers),
        offers=shown,
        maker_gets=queries.maker_gets([offer.product for offer in shown], clock.today()),
    )


def one_product(product: Product, form: PickForm | None) -> dict[str, Any]:
    """A product with its places, how its price is divided, and what else its village makes."""
    is_open = product.state == PublicationState.PUBLISHED
    pickups = queries.list_pickups([product.id])[product.id]
    in_stock = sum(place.left for place in pickups) if is_open else 0
    terms = _terms_of(product)
    payee_id = product.maker.payee_id
    village = find_free(ProductSearch(village=product.maker.village.slug))
    others = [offer for offer in village if offer.product.id != product.id][:OTHERS]
    return {
        "product": product,
        "is_open": is_open,
        "pickups": pickups,
        "in_stock": in_stock,
        "most": min(MOST, max((place.left for place in pickups), default=0)),
        "form": form or PickForm.of(pickups),
        "gets": own_part(terms, product.price, payee_id) if terms else None,
        "shares": planned([SoldUnit(0, 0, clock.today(), product.price, terms)]) if terms else [],
        "others": others,
        # The same village has the same agreement, so the part of this maker is the part of each of them.
        "others_get": {o.product.id: own_part(terms, o.product.price, payee_id) for o in others if terms},
    }


def _terms_of(product: Product) -> SplitTerms | None:
    """How a sale of today is divided; None where nothing is agreed, for then it is only not said."""
    village = product.maker.village
    try:
        return terms_for(
            kind=RevenueKind.PRODUCT,
            village_id=village.id,
            village_slug=village.slug,
            on=clock.today(),
            payees={PayeeKind.MAKER: product.maker.payee_id},
        )
    except NotFound:
        return None


def too_many(choice: ProductChoice) -> None:
    """Refuse more pieces than wait at the chosen place. Raises Invalid saying how many there are."""
    left = pieces_left(choice)
    if choice.quantity <= left:
        return
    if left:
        message = ngettext(
            "Only %(num)d is left there. Take fewer, or another place.",
            "Only %(num)d are left there. Take fewer, or another place.",
            left,
        )
    else:
        message = _("Nothing is left there just now. Choose another place.")
    raise Invalid(message, errors=[("quantity", message)])
