"""The guest's door: the etalase of the villages, a product, its maker. All of it works without JavaScript."""

from __future__ import annotations

from urllib.parse import urlencode

from flask import Blueprint, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.core.access import public
from app.core.errors import Invalid
from app.core.kept_pages import same_for_all
from app.showcase import inventory, queries
from app.showcase.forms import KINDS, PickForm, ShowcaseForm
from app.showcase.inventory import ProductChoice, ProductSearch
from app.showcase.models import Product
from app.showcase.views.answers import list_offers, one_product, too_many
from app.villages.queries import list_villages

bp = Blueprint("showcase", __name__, url_prefix="/showcase")


@bp.get("")
@public
@same_for_all
def search() -> tuple[str, int]:
    """What the villages make: what is in stock first, the villages in turn."""
    form = ShowcaseForm(formdata=request.args)
    villages = list_villages()
    form.know_villages(villages)
    wanted = form.search() if form.validate() else None
    page = max(1, request.args.get("page", 1, type=int))
    template = render_template(
        "showcase/search.html",
        form=form,
        village=next((one for one in villages if wanted and one.slug == wanted.village), None),
        answer=list_offers(wanted, page) if wanted else None,
        kinds=KINDS,
    )
    return template, 422 if form.errors else 200


@bp.get("/makers/<slug>")
@public
@same_for_all
def maker(slug: str) -> str:
    """Who makes, and all that they have on sale."""
    found = queries.get_maker(slug)
    answer = list_offers(ProductSearch(maker=slug), 1)
    return render_template("showcase/maker.html", maker=found, answer=answer, kinds=KINDS)


@bp.get("/<slug>")
@public
@same_for_all
def product(slug: str) -> str:
    """One product: what it is, who makes it, what they get of its price, where it waits."""
    return _page(queries.get_product(slug))


@bp.post("/<slug>/choose")
@public
def choose(slug: str) -> ResponseReturnValue:
    """So many pieces from there: on to booking them, or into the trip. What is wrong comes back with the form."""
    found = queries.get_product(slug)
    g.page_path = url_for(".product", slug=slug)
    form = PickForm.of(queries.list_pickups([found.id])[found.id], is_sent=True)
    if not form.validate_on_submit():
        return _page(found, form), 422
    choice = ProductChoice(found.public_id, form.quantity.data or 0, form.pickup.data)
    try:
        inventory.quote(choice)
        too_many(choice)
    except Invalid as error:
        form.take_errors(error)
        return _page(found, form), 422
    line = f"g.{choice.product}.{choice.quantity}.{choice.pickup}"
    if request.form.get("go") == "trip":
        return redirect("/trip?" + urlencode({"add": line}), 303)
    return redirect("/bookings/new?" + urlencode({"line": line}), 303)


def _page(found: Product, form: PickForm | None = None) -> str:
    return render_template("showcase/product.html", kinds=KINDS, **one_product(found, form))
