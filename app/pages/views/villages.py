"""The twenty villages, and one village with all it has and its neighbours."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from flask import render_template, request

from app.core import clock
from app.core.access import public
from app.core.kept_pages import same_for_all
from app.homestays.forms import StaySearchForm
from app.homestays.inventory.houses import find_houses
from app.homestays.inventory.search import StaySearch
from app.homestays.queries import host_shares
from app.homestays.views import read_search
from app.pages import queries
from app.pages.rules import MapPoint, map_points, tonight
from app.pages.views.answers import packages_of
from app.pages.views.base import bp, village_lists
from app.showcase.forms import KINDS as PRODUCT_KINDS
from app.showcase.inventory import ProductSearch
from app.showcase.views.answers import list_offers
from app.tours.forms import KINDS as PACKAGE_KINDS
from app.villages.models import Village
from app.villages.queries import get_village, list_neighbours, list_villages
from app.villages.rules import Place

NEIGHBOURS = 6


@bp.get("/villages")
@public
@same_for_all
def villages() -> str:
    """All villages with what they are known for, how far they are from the temple, and what they have."""
    known = list_villages()
    return render_template(
        "pages/villages.html",
        villages=known,
        free=queries.free_by_village(StaySearch(tonight(clock.today()))),
        on_sale=queries.on_sale_by_village(),
        marks=village_lists(known)["marks"],
    )


@bp.get("/villages/<slug>")
@public
@same_for_all
def village(slug: str) -> tuple[str, int]:
    """One village with all it has: houses for the nights asked for (else tonight), packages, products; neighbours."""
    here, known = get_village(slug), list_villages()
    form = StaySearchForm(formdata=request.args)
    form.know_villages(known)
    search = replace(read_search(form) or StaySearch(tonight(clock.today())), village=slug, homestay=None)
    offers = find_houses(search)
    page = render_template(
        "pages/village.html",
        village=here,
        form=form,
        search=search,
        is_tonight=search.nights == tonight(clock.today()),
        today=clock.today(),
        offers=offers,
        full=queries.list_full_houses(here.id, search, offers),
        shares=host_shares([offer.homestay for offer in offers], search.nights.arrival),
        packages=packages_of(here, search),
        package_kinds=PACKAGE_KINDS,
        products=list_offers(ProductSearch(village=slug), 1),
        product_kinds=PRODUCT_KINDS,
        neighbours=list_neighbours(here.id, limit=NEIGHBOURS),
        free=queries.free_by_village(replace(search, village=None)),
        points=_points(known),
        village_names=village_lists(known)["village_names"],
    )
    return page, 422 if form.errors else 200


def _points(known: Sequence[Village]) -> list[MapPoint]:
    return map_points((v.slug, v.name, Place(v.latitude, v.longitude)) for v in known)
