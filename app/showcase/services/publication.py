"""The life of a product on sale."""

from __future__ import annotations

from app.core import audit
from app.core.errors import Forbidden, WrongState
from app.core.words import gettext as _
from app.showcase import queries
from app.showcase.models import Product
from app.showcase.rules import needs_village
from app.villages.rules import PublicationState, may_move


def move_publication(
    *,
    product_id: int,
    wanted: PublicationState,
    by_user_id: int | None,
    for_village: bool = True,
    reason: str | None = None,
) -> Product:
    """One step in the life of a product, by somebody who acts for its village or for its maker alone.

    Raises NotFound; WrongState for a step that does not lead from here, or with no place to pick it up; Forbidden
    where the maker alone would put it on sale for the first time.
    """
    product = queries.get_product_by_id(product_id)
    if not may_move(product.state, wanted):
        raise WrongState(_("The product has moved on in the meantime. Look at it again."))
    if needs_village(product.state, wanted) and not for_village:
        raise Forbidden(_("Your village looks at it first and puts it on sale."))
    if wanted == PublicationState.PUBLISHED and not queries.has_stock(product.id):
        raise WrongState(_("Say first where guests pick it up; without a place it cannot be sold."))
    before, product.state = product.state, wanted
    audit.record(
        action="product.moved",
        subject=f"product:{product.slug}",
        user_id=by_user_id,
        reason=reason,
        before=before.value,
        after=wanted.value,
    )
    return product
