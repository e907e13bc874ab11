"""The twenty villages, and one village with its houses and neighbours."""

from __future__ import annotations

from dataclasses import replace

from flask import render_template, request

from app.core import clock
from app.core.access import public
from app.core.errors import Invalid
from app.homestays.inventory.search import StaySearch
from app.pages import queries
from app.pages.forms import NightsForm
from app.pages.rules import MapPoint, map_points, tonight
from app.pages.views.base import bp, village_lists
from app.villages.models import Village
from app.villages.queries import get_village, list_neighbours, list_villages
from app.villages.rules import Place

NEIGHBOURS = 6


@bp.get("/villages")
@public
def villages() -> str:
    """All villages with what they are known for, how far they are from the temple, and what is free tonight."""
    known = list_villages()
    return render_template(
        "pages/villages.html",
        villages=known,
        free=queries.free_by_village(StaySearch(tonight(clock.today()))),
        marks=village_lists(known)["marks"],
    )


@bp.get("/villages/<slug>")
@public
def village(slug: str) -> str:
    """One village: its houses for the nights asked for (else tonight), and its neighbours by road."""
    here = get_village(slug)
    search, problem = _search(here)
    known = list_villages()
    return render_template(
        "pages/village.html",
        village=here,
        search=search,
        is_tonight=search.nights == tonight(clock.today()),
        problem=problem,
        today=clock.today(),
        cards=queries.list_cards(here.id, search),
        neighbours=list_neighbours(here.id, limit=NEIGHBOURS),
        free=queries.free_by_village(replace(search, village=None)),
        points=_points(known),
        village_names=village_lists(known)["village_names"],
    )


def _search(here: Village) -> tuple[StaySearch, str | None]:
    """The nights in the address, or tonight, and what was wrong with them."""
    usual = StaySearch(tonight(clock.today()), village=here.slug)
    if not (request.args.get("arrival") or request.args.get("departure")):
        return usual, None
    try:
        return NightsForm(request.args).search(here.slug), None
    except Invalid as error:
        return usual, error.message


def _points(known: list[Village]) -> list[MapPoint]:
    return map_points((v.slug, v.name, Place(v.latitude, v.longitude)) for v in known)
