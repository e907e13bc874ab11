"""What the page of a package shows for the party and the days as they are chosen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, time, timedelta
from itertools import groupby
from typing import Any

from app.core import clock
from app.core.dates import village_instant
from app.core.errors import Invalid, NotFound
from app.revenue.rules import PartyShare, PayeeKind, RevenueKind, SoldUnit, planned
from app.revenue.services import terms_for
from app.tours import queries
from app.tours.forms import JoinForm
from app.tours.inventory.quotes import words_of
from app.tours.inventory.search import DepartureOffer, DepartureSearch, check_days, find_running
from app.tours.models import Package
from app.tours.rules import DAYS_AHEAD, fault_of_party, steps_left
from app.villages.rules import PublicationState

DAYS = 28
"""Departures of four weeks on one page."""


@dataclass(frozen=True)
class Day:
    """The departures of one day."""

    on: date
    offers: Sequence[DepartureOffer]


def show_package(package: Package, form: JoinForm) -> dict[str, Any]:
    """Everything the page shows; what is wrong with party or day is put beside it in the form."""
    start = _read(package, form)
    is_open = package.state == PublicationState.PUBLISHED
    adults, children = form.adults.data or 0, form.children.data or 0
    party = package.min_party if form.errors else adults + children
    search = DepartureSearch(start, start + timedelta(days=DAYS), party, package=package.slug)
    offers = find_running(search) if is_open else []
    free = next((offer for offer in offers if offer.has_room), None)
    on = free.departure.on if free else start
    return {
        "package": package,
        "is_open": is_open,
        "search": search,
        "adults": adults,
        "children": children,
        "days": [Day(on, list(same)) for on, same in groupby(offers, key=lambda offer: offer.departure.on)],
        "free": free,
        "terms": steps_left(package.terms, free.departure.starts_at, clock.now()) if free else [],
        "next_on": None if free or not is_open else _next_on(package, search.end),
        "shares": _shares(package, on),
        "last_day": search.end - timedelta(days=1),
        "today": clock.today(),
        "earlier": max(start - timedelta(days=DAYS), clock.today()) if start > clock.today() else None,
        "later": search.end if search.end <= clock.today() + timedelta(days=DAYS_AHEAD) else None,
    }


def _next_on(package: Package, day: date) -> date | None:
    return queries.find_next_day(package.id, village_instant(day, time(0)))


def _read(package: Package, form: JoinForm) -> date:
    """The first day to show; the form has the faults afterwards."""
    today = clock.today()
    if form.validate():
        fault = fault_of_party(
            adults=form.adults.data or 0,
            children=form.children.data or 0,
            least=package.min_party,
            most=package.max_party,
            takes_children=package.takes_children,
        )
        if fault is not None:
            name = "children" if (form.children.data or 0) < 0 or fault == "no_children" else "adults"
            form.take_errors(Invalid("", errors=[(name, words_of(fault, package))]))
    start = form.start.data or today
    try:
        check_days(start, start + timedelta(days=1))
    except Invalid as error:
        form.take_errors(Invalid("", errors=[("from", message) for _field, message in error.errors]))
        return today
    if form.start.data is None and not form.errors:
        form.start.data = start
    return start


def _shares(package: Package, on: date) -> list[PartyShare]:
    """Who gets what of the price of one unit; nothing where no agreement is in force."""
    try:
        terms = terms_for(
            kind=RevenueKind.PACKAGE,
            village_id=package.village_id,
            village_slug=package.village.slug,
            on=on,
            payees={PayeeKind.GUIDE: package.payee_id},
        )
    except NotFound:
        return []
    return planned([SoldUnit(key=1, line=1, on=on, price=package.price, terms=terms)])
