"""Home, search and a house's page for eight clients, beside a bare page with one query under the same server settings.

The town has packages and products too, as many as the twenty villages really have. Both servers run all the time and
are asked in turn, so that what else the machine does meets all alike; the eight clients run on the same machine as the
servers and cost each page the same.

The platform may keep a page for some seconds that is the same for whoever comes without a cookie. So each page is asked
for twice over: by strangers, who all ask for the same, for as long as it is kept (it is made once then, as in use); and
by guests with a cookie of theirs, for whom it is made anew each time.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from datetime import timedelta
from urllib.parse import urlencode

from app.core import clock
from app.core.db import transaction
from app.homestays.inventory.search import StaySearch, find_free
from app.villages.queries import list_villages
from bench import load, places
from bench.load import QUESTIONS, Client, Load
from bench.places import Place
from bench.report import Figure, percentile
from bench.town import Town, copy_town
from tests.factories import make_package, make_product

ROOMS = 750
CLIENTS = 8
KEPT_SECONDS, SECONDS = 10.0, 3.0
PRODUCTS = 2
"""Of each village."""

LEAST_PART = 0.4
BARE = "bare page"
KNOWN = {"Cookie": "guest=known"}


def measure(place: Place) -> list[Figure]:
    """Each page's rate and slowest hundredth, beside the bare page's."""
    places.say(f"pages: {place.name}")
    town = copy_town(place, ROOMS)
    paths = _furnish(town)
    seen = defaultdict[str, list[Load]](list)
    with places.site(town.url) as site, places.site(town.url, "bench.bare:app") as bare:
        for what, path in paths.items():
            seen[BARE].append(_ask(bare.url, "/", {}, SECONDS))
            seen[what].append(_ask(site.url, path, {}, KEPT_SECONDS))
            seen[BARE].append(_ask(bare.url, "/", {}, SECONDS))
            seen[f"{what} made anew"].append(_ask(site.url, path, KNOWN, SECONDS))
    loads = {what: load.in_turn(parts) for what, parts in seen.items()}
    bare_load = loads.pop(BARE)
    return [figure for what, ours in loads.items() for figure in _figures(place, what, ours, bare_load)]


def _figures(place: Place, what: str, ours: Load, bare: Load) -> list[Figure]:
    kept = ours.rate >= LEAST_PART * bare.rate
    slowest, slowest_bare = (percentile(one.seconds, 0.99) * 1000 for one in (ours, bare))
    return [
        Figure("pages", place.name, f"{what}, requests", ours.rate, "/s", bare.rate, "≥ 0.4×", kept),
        Figure("pages", place.name, f"{what}, 99 of 100 within", slowest, "ms", slowest_bare),
    ]


def _furnish(town: Town) -> dict[str, str]:
    """Packages and products for the town; gives the addresses of the pages, all about an ordinary weekend."""
    with places.app_on(town.url), transaction():
        for village in list_villages():
            make_package(village, on=clock.today() + timedelta(days=2))
            for _product in range(PRODUCTS):
                make_product(village)
    nights = town.weekend
    with places.app_on(town.url):
        house = find_free(StaySearch(nights), limit=1)[0].homestay.slug
    asked = urlencode({"arrival": nights.arrival, "departure": nights.departure, "adults": 2})
    return {"home": "/", "search": f"/homestays?{asked}", "homestay": f"/homestays/{house}?{asked}"}


def _ask(url: str, path: str, headers: dict[str, str], seconds: float) -> Load:
    """Eight clients ask for one page for some seconds. Raises RuntimeError for an answer that is not 200."""

    def act(_number: int) -> Callable[[], object]:
        client = Client(url, QUESTIONS)

        def one() -> object:
            status, _page = client.ask("GET", path, Accept="text/html", Accept_Language="en", **headers)
            if status != 200:
                raise RuntimeError(f"{path} was answered with {status}")
            return status

        return one

    return load.run(CLIENTS, act, seconds=seconds)
