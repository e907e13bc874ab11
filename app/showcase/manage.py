"""The maker's door: what one has made, how many are left and where; more have come, count again, pause.

Whoever has made things for sixty years does it on a phone: a number and a button on the first page.
"""

from __future__ import annotations

from dataclasses import dataclass
from uuid import uuid4

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app.core import clock
from app.core.access import requires
from app.core.db import transaction
from app.core.errors import Conflict, Forbidden, Invalid
from app.core.idempotency import claim, digest_of, remember
from app.core.limits import WRITES, limiter
from app.core.words import gettext as _
from app.core.words import ngettext
from app.showcase import queries, services
from app.showcase.forms import KINDS, CorrectForm, RestockForm, StepForm
from app.showcase.models import Product
from app.showcase.rules import needs_village
from app.users.rules import Permission, Scope
from app.villages.rules import PUBLICATION_STEPS, PublicationState

bp = Blueprint("showcase_manage", __name__, url_prefix="/manage/products")

ROUTE = "manage:restock"
PRODUCTS = 20
"""Products on one page; whoever assists all villages has more."""


@dataclass(frozen=True)
class Place:
    """A product in a place, as values: a transaction lets go of what was read before it."""

    slug: str
    product: str
    village: str


@bp.get("")
@requires(Permission.PRODUCTS_CHANGE)
def products() -> str:
    """The products within reach, with what is left in each place and a form to say that more have come."""
    page = max(1, request.args.get("page", 1, type=int))
    found = queries.list_products_for(_scope())
    shown = found[(page - 1) * PRODUCTS : page * PRODUCTS]
    pickups = queries.list_pickups([product.id for product in shown])
    return render_template(
        "showcase/manage_products.html",
        products=shown,
        pickups=pickups,
        kept=queries.count_kept([place.stock_id for places in pickups.values() for place in places]),
        forms={
            place.stock_id: RestockForm.of(place.stock_id, key=str(uuid4()))
            for places in pickups.values()
            for place in places
        },
        page=page,
        has_more=page * PRODUCTS < len(found),
    )


@bp.get("/<slug>")
@requires(Permission.PRODUCTS_CHANGE)
def product(slug: str) -> str:
    """One product: more have come, counted again, and its life on sale."""
    return _page(queries.get_product_for(slug, _scope()))


@bp.post("/stocks/<int:stock_id>/restock")
@limiter.limit(WRITES)
@requires(Permission.PRODUCTS_CHANGE)
def restock(stock_id: int) -> ResponseReturnValue:
    """More have come; the same form sent twice adds once."""
    place = _place(stock_id)
    form = RestockForm.of(stock_id, is_sent=True)
    if not form.validate_on_submit():
        return _page(_own(place), form), 422
    try:
        left, is_new = _add(stock_id, form)
    except Invalid as error:
        form.take_errors(error)
        return _page(_own(place), form), 422
    except Conflict:
        flash(
            _("This form was sent before with another number. Look at what is left, and add again."), "info"
        )
        return _back(place)
    flash(
        _said_back(place, form.pieces.data or 0, left) if is_new else _known(),
        "success" if is_new else "info",
    )
    return _back(place)


def _add(stock_id: int, form: RestockForm) -> tuple[int, bool]:
    """How many are left, and whether they were added now. Raises what the service raises."""
    key, pieces = form.key.data or "", form.pieces.data or 0
    digest = digest_of({"stock": stock_id, "pieces": pieces, "by": current_user.id})
    with transaction():
        known = claim(route=ROUTE, key=key, digest=digest)
        if known is not None:
            return int(known), False
        # The office may have ended since the page was opened.
        queries.get_stock_for(stock_id, _scope())
        left = services.restock(stock_id=stock_id, pieces=pieces, by_user_id=current_user.id)
        remember(route=ROUTE, key=key, reference=str(left))
        return left, True


@bp.post("/stocks/<int:stock_id>/count")
@limiter.limit(WRITES)
@requires(Permission.PRODUCTS_CHANGE)
def correct(stock_id: int) -> ResponseReturnValue:
    """Counted again, with a reason."""
    place = _place(stock_id)
    form = CorrectForm.of(stock_id, is_sent=True)
    if not form.validate_on_submit():
        return _page(_own(place), form), 422
    try:
        with transaction():
            left = services.correct_stock(
                stock_id=stock_id,
                pieces_left=form.pieces_left.data or 0,
                reason=form.reason.data or "",
                by_user_id=current_user.id,
                seen=form.seen_number(),
            )
    except Invalid as error:
        form.take_errors(error)
        return _page(_own(place), form), 422
    except Conflict as moved:
        return _page(_own(place), problem=moved.message), 409
    words = ngettext(
        "Counted: %(num)d is left in %(place)s.",
        "Counted: %(num)d are left in %(place)s.",
        left,
        place=place.village,
    )
    flash(words, "success")
    return redirect(url_for(".product", slug=place.slug), 303)


@bp.post("/<slug>/state")
@limiter.limit(WRITES)
@requires(Permission.PRODUCTS_CHANGE)
def move(slug: str) -> ResponseReturnValue:
    """One step in the life of a product: proposed, published, paused, retired."""
    found = queries.get_product_for(slug, _scope())
    form = StepForm()
    if form.validate_on_submit() and form.wanted.data in set(PublicationState):
        product_id, for_village = found.id, _is_villages(found)
        try:
            with transaction():
                services.move_publication(
                    product_id=product_id,
                    wanted=PublicationState(form.wanted.data),
                    by_user_id=current_user.id,
                    for_village=for_village,
                )
            flash(_("Done. Guests see it from now on."), "success")
        except (Conflict, Forbidden) as error:
            flash(error.message, "error")
    return redirect(url_for(".product", slug=slug), 303)


def _page(found: Product, sent: RestockForm | CorrectForm | None = None, problem: str | None = None) -> str:
    g.page_path = url_for(".product", slug=found.slug)
    pickups = queries.list_pickups([found.id])[found.id]
    restocks = {place.stock_id: RestockForm.of(place.stock_id, key=str(uuid4())) for place in pickups}
    counts = {place.stock_id: CorrectForm.of(place.stock_id, seen=place.left) for place in pickups}
    if isinstance(sent, RestockForm):
        restocks[sent.stock_id] = sent
    elif sent is not None:
        counts[sent.stock_id] = sent
    return render_template(
        "showcase/manage_product.html",
        product=found,
        pickups=pickups,
        kept=queries.count_kept([place.stock_id for place in pickups]),
        restocks=restocks,
        counts=counts,
        sent=sent,
        problem=problem,
        gets=queries.maker_gets([found], clock.today()).get(found.id),
        steps=[step for step in sorted(PUBLICATION_STEPS[found.state]) if _may_step(found, step)],
        kinds=KINDS,
    )


def _scope() -> Scope:
    scope: Scope = current_user.scope(Permission.PRODUCTS_CHANGE)
    return scope


def _place(stock_id: int) -> Place:
    stock = queries.get_stock_for(stock_id, _scope())
    return Place(stock.product.slug, stock.product.name, stock.village.name)


def _own(place: Place) -> Product:
    return queries.get_product_for(place.slug, _scope())


def _is_villages(found: Product) -> bool:
    return _scope().has_village(found.maker.village_id)


def _may_step(found: Product, step: PublicationState) -> bool:
    return _is_villages(found) or not needs_village(found.state, step)


def _back(place: Place) -> ResponseReturnValue:
    """To the page from which the form came: the list carries its number."""
    page = request.args.get("page", type=int)
    if page is None:
        return redirect(url_for(".product", slug=place.slug), 303)
    return redirect(url_for(".products", page=page if page > 1 else None, _anchor=place.slug), 303)


def _known() -> str:
    return _("These pieces were added before, and only once.")


def _said_back(place: Place, pieces: int, left: int) -> str:
    return ngettext(
        "%(num)d added. %(product)s in %(place)s: %(left)d left now.",
        "%(num)d added. %(product)s in %(place)s: %(left)d left now.",
        pieces,
        product=place.product,
        place=place.village,
        left=left,
    )
