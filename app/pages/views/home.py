"""The home page: search first, what is free tonight, the twenty villages, where the money goes."""

from __future__ import annotations

from flask import Response, current_app, redirect, render_template, url_for
from werkzeug.wrappers import Response as BaseResponse

from app.core import clock
from app.core.access import public
from app.homestays.inventory.search import StaySearch
from app.homestays.queries import host_shares
from app.pages import queries
from app.pages.rules import next_week, tonight, weekend
from app.pages.views.base import bp, village_lists
from app.villages.queries import list_villages

CARDS = 3


@bp.get("/")
@public
def home() -> str:
    """Search first; below it, houses that are free tonight, or else the coming weekend."""
    today = clock.today()
    search = StaySearch(tonight(today))
    offers = queries.list_free_houses(search, most=CARDS)
    if not offers:
        search = StaySearch(weekend(today))
        offers = queries.list_free_houses(search, most=CARDS)
    return render_template(
        "pages/home.html",
        today=today,
        search=search,
        is_tonight=search.nights == tonight(today),
        offers=offers,
        shares=host_shares([offer.homestay for offer in offers], search.nights.arrival),
        shortcuts=[tonight(today), weekend(today), next_week(today)],
        example=queries.find_example(),
        **village_lists(list_villages()),
    )


@bp.get("/robots.txt")
@public
def robots() -> Response:
    """What search engines may read: the public pages, nobody's booking."""
    closed = ("/bookings", "/manage", "/account", "/login", "/api")
    text = "User-agent: *\n" + "".join(f"Disallow: {path}\n" for path in closed)
    return Response(text, mimetype="text/plain")


@bp.get("/favicon.ico")
@public
def favicon() -> BaseResponse:
    """Old browsers ask here."""
    response = redirect(url_for("static", filename="img/favicon.svg"), 301)
    response.cache_control.max_age = current_app.get_send_file_max_age("favicon.svg") or 86_400
    return response
