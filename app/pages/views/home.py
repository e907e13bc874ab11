"""The home page: search first, some of each kind, the twenty villages, where the money goes."""

from __future__ import annotations

from flask import Response, current_app, redirect, render_template, url_for
from werkzeug.wrappers import Response as BaseResponse

from app.core import clock
from app.core.access import public
from app.core.kept_pages import same_for_all
from app.pages.rules import next_week, tonight, weekend
from app.pages.views.answers import show_front
from app.pages.views.base import bp, village_lists
from app.showcase.forms import KINDS as PRODUCT_KINDS
from app.tours.forms import KINDS as PACKAGE_KINDS
from app.villages.queries import list_villages


@bp.get("/")
@public
@same_for_all
def home() -> str:
    """Search first; below it what is free tonight, what is done in the coming days, and what the villages make."""
    today = clock.today()
    front = show_front(today)
    return render_template(
        "pages/home.html",
        today=today,
        front=front,
        is_tonight=front.search.nights == tonight(today),
        package_kinds=PACKAGE_KINDS,
        product_kinds=PRODUCT_KINDS,
        shortcuts=[tonight(today), weekend(today), next_week(today)],
        **village_lists(list_villages()),
    )


@bp.get("/robots.txt")
@public
def robots() -> Response:
    """What search engines may read: the public pages, nobody's booking."""
    closed = ("/bookings", "/manage", "/account", "/login", "/trip", "/api")
    text = "User-agent: *\n" + "".join(f"Disallow: {path}\n" for path in closed)
    return Response(text, mimetype="text/plain")


@bp.get("/favicon.ico")
@public
def favicon() -> BaseResponse:
    """Old browsers ask here."""
    response = redirect(url_for("static", filename="img/favicon.svg"), 301)
    response.cache_control.max_age = current_app.get_send_file_max_age("favicon.svg") or 86_400
    return response
