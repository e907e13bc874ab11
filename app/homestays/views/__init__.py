"""The guest's door: search, and the page of a house. Both work by GET alone, without JavaScript."""

from __future__ import annotations

from dataclasses import replace

from flask import Blueprint, render_template, request

from app.core import clock
from app.core.access import public
from app.core.errors import Invalid
from app.core.kept_pages import same_for_all
from app.homestays import queries
from app.homestays.forms import AMENITIES, HouseSearchForm, StaySearchForm
from app.homestays.inventory.checks import check_nights, check_party
from app.homestays.inventory.search import StaySearch
from app.homestays.views.answers import answer_search, list_without_nights
from app.homestays.views.houses import show_house
from app.villages.queries import list_villages_from

bp = Blueprint("homestays", __name__, url_prefix="/homestays")


@bp.get("")
@public
@same_for_all
def search() -> tuple[str, int]:
    """Houses that are free for the party and the nights; without nights, the houses there are."""
    form = StaySearchForm(formdata=request.args)
    reached = list_villages_from(form.village.data)
    villages = [village for village, _minutes in reached]
    form.know_villages(villages)
    wanted = read_search(form)
    page = max(1, request.args.get("page", 1, type=int))
    village = next((one for one in villages if one.slug == form.village.data), None)
    if wanted is not None:
        minutes = {one.id: minutes for one, minutes in reached if minutes is not None}
        answer = answer_search(wanted, village, minutes, page)
    else:
        answer = list_without_nights(form, village, page)
    template = render_template(
        "homestays/search.html",
        form=form,
        villages=[(one.slug, one.name) for one in villages],
        answer=answer,
        village=village,
        today=clock.today(),
        amenities=AMENITIES,
    )
    return template, 422 if form.errors else 200


@bp.get("/<slug>")
@public
@same_for_all
def house(slug: str) -> tuple[str, int]:
    """One house: who lives here, its rooms, its free nights, and what a stay costs."""
    homestay = queries.get_homestay(slug)
    form = HouseSearchForm(formdata=request.args)
    form.know_villages([homestay.village])
    wanted = read_search(form)
    if wanted is not None:
        wanted = replace(wanted, village=None, homestay=slug)
    shown = show_house(homestay, form, wanted, request.args)
    template = render_template("homestays/house.html", form=form, amenities=AMENITIES, **shown)
    return template, 422 if form.errors else 200


def read_search(form: StaySearchForm) -> StaySearch | None:
    """The search that a form asks for; None without nights, or where something is wrong, said beside it."""
    is_valid = form.validate()
    nights = form.nights()
    try:
        if not form.adults.errors and not form.children.errors:
            check_party(form.adults.data or 0, form.children.data or 0)
        if nights is not None:
            check_nights(nights)
    except Invalid as error:
        form.take_errors(error)
        return None
    if nights is None or not is_valid:
        return None
    return StaySearch(
        nights=nights,
        adults=form.adults.data or 0,
        children=form.children.data or 0,
        rooms=form.rooms.data,
        village=form.village.data or None,
        homestay=form.homestay.data or None,
        max_price=form.max_price.data,
        amenities=tuple(form.amenity.data or ()),
        sort=form.sort.data,
    )
