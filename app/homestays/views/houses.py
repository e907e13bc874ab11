"""What the page of a house shows for the nights and the party as they are chosen so far."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from flask import url_for

from app.core import clock
from app.core.dates import CHECK_IN, Nights, month_of, next_month, parse_month, village_instant
from app.core.errors import Invalid
from app.homestays import queries
from app.homestays.forms import StaySearchForm
from app.homestays.inventory.checks import check_nights
from app.homestays.inventory.houses import (
    draw,
    draw_known,
    house_nights,
    look,
    room_count,
)
from app.homestays.inventory.overflow import Nearby, find_nearby
from app.homestays.inventory.prices import Seasons, seasons_of
from app.homestays.inventory.search import StaySearch
from app.homestays.models import Homestay, RoomType
from app.homestays.rules import DAYS_AHEAD
from app.homestays.views.months import Choice, weeks_of
from app.villages.queries import road_minutes
from app.villages.rules import DatedStep, PublicationState, dated_steps

MOST_INSTEAD = 3
"""Houses of the village shown in place of a full one; so many of its neighbours where it has fewer."""


def show_house(
    homestay: Homestay, form: StaySearchForm, search: StaySearch | None, asked: Mapping[str, str]
) -> dict[str, Any]:
    """Everything the page shows; what is wrong with the day of arrival is put beside it in the form."""
    _check_arrival(form)
    is_open = homestay.state == PublicationState.PUBLISHED
    seasons = seasons_of(_on_sale(clock.today()))
    found = look(search, seasons).offered if search and is_open else ()
    shown = {
        "homestay": homestay,
        "rooms": room_count(homestay),
        "is_open": is_open,
        "search": search,
        "offer": draw_known(found[0], homestay) if found else None,
        "terms": _steps_left(homestay, form.arrival.data) if form.arrival.data and not form.errors else [],
        "host_share": queries.host_shares([homestay], form.arrival.data or clock.today()).get(homestay.id),
        "today": clock.today(),
    }
    if is_open:
        shown["month"] = _month(homestay, form, asked, seasons)
    if search and not found:
        shown |= _instead(homestay, search, seasons)
    return shown


def _on_sale(today: date) -> Nights:
    """Every night that the page can show: whole months, as far as nights are sold."""
    return Nights(month_of(today), next_month(today + timedelta(days=DAYS_AHEAD)))


def _check_arrival(form: StaySearchForm) -> None:
    """While only the arrival is chosen, it is looked at alone."""
    arrival = form.arrival.data
    if arrival is None or form.departure.data is not None or form.errors:
        return
    try:
        check_nights(Nights(arrival, arrival + timedelta(days=1)))
    except Invalid as error:
        form.take_errors(error)


def _steps_left(homestay: Homestay, arrival: date) -> list[DatedStep]:
    """The terms from now on: deadlines that have passed are no choice any more."""
    steps = dated_steps(homestay.terms, village_instant(arrival, CHECK_IN))
    return [step for step in steps if step.until is None or step.until >= clock.now()]


def _instead(homestay: Homestay, search: StaySearch, seasons: Seasons) -> dict[str, Any]:
    """Which nights are full, and other houses: first those of the village, then its neighbours by road."""
    nights = house_nights(homestay, search.nights, search.party, seasons=seasons)
    there = look(replace(search, homestay=None, village=homestay.village.slug), seasons).offered
    minutes = road_minutes(homestay.village_id) if len(there) < MOST_INSTEAD else {}
    near = find_nearby(search, minutes, seasons, limit=MOST_INSTEAD) if minutes else []
    offers = draw([*there[:MOST_INSTEAD], *near])
    here = len(there[:MOST_INSTEAD])
    return {
        "full_nights": [night.night for night in nights.values() if not night.is_free],
        "here": offers[:here],
        "nearby": [Nearby(offer, minutes[offer.homestay.village_id]) for offer in offers[here:]],
        "shares": queries.host_shares([offer.homestay for offer in offers], search.nights.arrival),
    }


@dataclass(frozen=True)
class MonthShown:
    """A month of the calendar, with the ways to the months beside it and to other kinds of rooms."""

    first: date
    weeks: list[list[Any]]
    previous: str | None
    following: str | None
    room_type: RoomType | None
    kinds: list[tuple[RoomType | None, str]]


def _month(
    homestay: Homestay, form: StaySearchForm, asked: Mapping[str, str], seasons: Seasons
) -> MonthShown:
    today = clock.today()
    last = today + timedelta(days=DAYS_AHEAD)
    room_type = next((kind for kind in homestay.room_types if kind.public_id == asked.get("room_type")), None)
    arrival, departure = (None, None) if form.errors else (form.arrival.data, form.departure.data)
    first = _which_month(asked.get("month"), arrival, today, last)
    guests = {"adults": form.adults.data, "children": form.children.data or None}

    def address(kind: RoomType | None, month: date, anchor: str, days: Mapping[str, date | None]) -> str:
        chosen = {name: day.isoformat() for name, day in days.items() if day is not None}
        wanted: dict[str, Any] = {"slug": homestay.slug, **chosen, **guests, "month": f"{month:%Y-%m}"}
        wanted["room_type"] = kind.public_id if kind else None
        return url_for("homestays.house", **wanted, _anchor=anchor)

    def link(**days: date) -> str:
        return address(room_type, first, "price" if "departure" in days else "calendar", days)

    picked = {"arrival": arrival, "departure": departure}

    def beside(month: date) -> str | None:
        in_reach = month_of(today) <= month <= last
        return address(room_type, month, "calendar", picked) if in_reach else None

    choice = Choice(arrival, departure, today, last, homestay.min_nights)
    party = 1 if form.errors else (form.adults.data or 1) + (form.children.data or 0)
    nights = house_nights(homestay, _nights_shown(first, arrival), party, room_type, seasons)
    kinds: list[RoomType | None] = [None, *homestay.room_types]
    return MonthShown(
        first=first,
        weeks=weeks_of(first, nights, choice, link),
        previous=beside(month_of(first - timedelta(days=1))),
        following=beside(next_month(first)),
        room_type=room_type,
        kinds=[(kind, address(kind, first, "calendar", picked)) for kind in kinds],
    )


def _which_month(text: str | None, arrival: date | None, today: date, last: date) -> date:
    """The month asked for, else that of the arrival, else this one; always one that has days to sell."""
    try:
        wanted = parse_month(text) if text else month_of(arrival or today)
    except ValueError:
        wanted = month_of(arrival or today)
    return min(max(wanted, month_of(today)), month_of(last))


def _nights_shown(first: date, arrival: date | None) -> Nights:
    start = first if arrival is None else min(first, max(arrival, clock.today()))
    return Nights(start, next_month(first))
