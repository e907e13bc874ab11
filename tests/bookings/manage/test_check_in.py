"""At the door: tickets and codes, let in once, twice shown with both times; and what is not let in is said clearly."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select

from app.bookings.models import CheckIn
from app.bookings.queries import find_booking
from app.bookings.services import cancel_booking, ticket_of
from app.core import seals
from app.core.audit import AuditEntry
from app.core.db import db, transaction
from app.revenue.rules import PayeeKind, RevenueKind
from app.tours.inventory import PackageChoice
from app.users.rules import Role
from app.villages.models import Village
from tests.bookings.desk import Corner, Desk
from tests.factories import (
    make_agreement,
    make_guest,
    make_hold,
    make_package,
    make_paid,
    make_product,
    make_product_choice,
)
from tests.machinery.clients import Visitor

As = Callable[..., Visitor]
MORNING = datetime(2027, 5, 3, 1, 30, tzinfo=UTC)
"""Half past eight on the day of the departure; it begins at nine."""


@dataclass(frozen=True)
class Trip:
    """A package for three and a product, paid; and a package that is only held."""

    code: str
    unpaid: str


def make_trip(app: Flask, corner: Corner) -> Trip:
    with app.app_context(), transaction():
        village = db.session.get_one(Village, corner.id)
        make_agreement(village, kind=RevenueKind.PRODUCT)
        tour = make_package(village, guide=corner.payees[PayeeKind.GUIDE])
        goods = make_product(village, payee=corner.payees[PayeeKind.MAKER])
        party = PackageChoice(tour.departure or "", 2, 1)
        paid = make_paid(None, party, make_product_choice(goods, quantity=2), guest=make_guest(501))  # type: ignore[arg-type]
        unpaid = make_hold(None, PackageChoice(tour.departure or "", 1))  # type: ignore[arg-type]
        return Trip(paid.code, unpaid.code)


@pytest.fixture
def trip(app: Flask, desk: Desk) -> Trip:
    return make_trip(app, desk.here)


def ticket(app: Flask, code: str, position: int = 0) -> str:
    with app.app_context():
        booking = find_booking(code)
        assert booking is not None
        return ticket_of(booking=booking, line=booking.lines[position])


def show(page: Visitor, shown: str) -> Visitor:
    return page.open("/manage/check-in").submit("/manage/check-in", shown=shown)


def let_in(app: Flask) -> list[tuple[int, str]]:
    with app.app_context():
        return [(row.people, row.way.value) for row in db.session.scalars(select(CheckIn))]


@pytest.mark.parametrize("role", [Role.GUIDE, Role.DESK])
def test_a_ticket_is_let_in_once_and_shown_twice_with_both_times(
    app: Flask, as_: As, trip: Trip, set_clock: Callable[..., None], role: Role
) -> None:
    page, shown = as_(role), ticket(app, trip.code)
    set_clock(MORNING)
    show(page, shown)
    assert "Guest 501" in page.text
    assert "By a sealed ticket" in page.text
    assert let_in(app) == []
    page.submit(f"/check-in/{trip.code}/0")
    assert "Let in: 3 people." in page.text
    assert let_in(app) == [(3, "scan")]
    set_clock(MORNING + timedelta(minutes=12))
    show(page, shown)
    assert "Let in already" in page.text
    assert "08:30, by" in page.text
    assert "Shown again: Mon, 3 May, 08:42" in page.text
    assert not any("/check-in/" in form.action for form in page.forms)
    assert let_in(app) == [(3, "scan")]
    with app.app_context():
        acts = select(func.count(AuditEntry.id)).where(AuditEntry.action == "guests:let_in")
        assert db.session.scalar(acts) == 1


def test_two_people_at_two_doors_let_in_once(
    app: Flask, as_: As, trip: Trip, set_clock: Callable[..., None]
) -> None:
    set_clock(MORNING)
    one, other = show(as_(Role.GUIDE), trip.code), show(as_(Role.DESK), trip.code)
    one.submit(f"/check-in/{trip.code}/0")
    set_clock(MORNING + timedelta(minutes=3))
    other.submit(f"/check-in/{trip.code}/0")
    assert "Let in already: Mon, 3 May, 08:30. Shown again: Mon, 3 May, 08:33" in other.text
    assert let_in(app) == [(3, "code")]


def test_a_typed_code_shows_what_each_may_do(
    app: Flask, as_: As, trip: Trip, set_clock: Callable[..., None]
) -> None:
    set_clock(MORNING)
    desk = show(as_(Role.DESK), f" {trip.code.lower()[:3]}-{trip.code.lower()[3:]} ")
    assert "ask for the name" in desk.text
    assert {form.action for form in desk.forms} >= {
        f"/manage/check-in/{trip.code}/0",
        f"/manage/pickups/{trip.code}/1/handed-over",
    }
    guide = show(as_(Role.GUIDE), trip.code)
    assert not any("/pickups/" in form.action for form in guide.forms)


def test_a_product_leads_to_handing_over_and_says_when_it_was(app: Flask, as_: As, trip: Trip) -> None:
    page, shown = as_(Role.DESK), ticket(app, trip.code, 1)
    show(page, shown).submit(f"/pickups/{trip.code}/1/handed-over")
    show(page, shown)
    assert "Handed over already" in page.text
    assert "Shown again: Tue, 20 Apr" in page.text
    assert not any("handed-over" in form.action for form in page.forms)


def refused(page: Visitor, shown: str, words: str) -> None:
    show(page, shown)
    assert "Do not let in" in page.text
    assert words in page.text
    assert not any("/check-in/" in form.action for form in page.forms)


def test_another_day_is_said(app: Flask, as_: As, trip: Trip, set_clock: Callable[..., None]) -> None:
    page, shown = as_(Role.GUIDE), ticket(app, trip.code)
    refused(page, shown, "Not today: it begins Monday, 3 May 2027, 09:00 WIB")
    set_clock(MORNING)
    show(page, shown)
    set_clock(MORNING + timedelta(days=1))
    page.submit(f"/check-in/{trip.code}/0")
    assert page.status == 409
    assert let_in(app) == []


def test_unpaid_and_run_out_are_said(app: Flask, as_: As, trip: Trip, set_clock: Callable[..., None]) -> None:
    page, shown = as_(Role.GUIDE), ticket(app, trip.unpaid)
    refused(page, shown, "This booking is not paid")
    set_clock(MORNING)
    refused(page, shown, "its time ran out")


def test_a_cancelled_one_is_said(app: Flask, as_: As, trip: Trip, set_clock: Callable[..., None]) -> None:
    shown = ticket(app, trip.code)
    with app.app_context(), transaction():
        cancel_booking(code=trip.code, reason="sample")
    set_clock(MORNING)
    refused(as_(Role.DESK), shown, "This was cancelled.")


def test_another_villages_ticket_is_said_and_its_code_is_not_known(
    app: Flask, as_: As, trip: Trip, set_clock: Callable[..., None]
) -> None:
    set_clock(MORNING)
    for role in (Role.GUIDE, Role.DESK):
        page = as_(role, there=True)
        refused(page, ticket(app, trip.code), "A true ticket, but not for here")
        assert "Sarihayu" in page.text
        assert "Guest 501" not in page.text
        refused(page, trip.code, "There is nothing to let in")
        answer = page.client.post(f"/manage/check-in/{trip.code}/0")
        assert answer.status_code in {400, 404}
    assert let_in(app) == []


def test_a_false_ticket_an_old_one_and_a_strangers_are_told_apart(
    app: Flask, as_: As, trip: Trip, set_clock: Callable[..., None]
) -> None:
    set_clock(MORNING)
    page, true = as_(Role.GUIDE), ticket(app, trip.code)
    body, _dot, seal = true.rpartition(".")
    for false in (
        f"{body[:-1]}2.{seal}",
        f"SD1.{trip.code}.0.{seal}",
        f"SD1.{trip.code}.²..{seal}",
        "a.b",
        true[:-9],
    ):
        refused(page, false, "This ticket was not made here")
    stay = f"SD1.{trip.code}.9.1"
    with app.app_context():
        stay += f".{seals.seal(stay)}"
    refused(page, stay, "There is nothing to let in")
    with app.app_context(), transaction():
        booking = find_booking(trip.code)
        assert booking is not None
        booking.token_version += 1
    refused(page, true, "This ticket is an old one")
    show(page, ticket(app, trip.code))
    assert "By a sealed ticket" in page.text


def test_a_ticket_of_another_line_does_not_open_this_one(
    app: Flask, as_: As, trip: Trip, set_clock: Callable[..., None]
) -> None:
    set_clock(MORNING)
    page = show(as_(Role.GUIDE), ticket(app, trip.code))
    form = next(form for form in page.forms if "/check-in/" in form.action)
    sent = dict(form.values) | {"ticket": ticket(app, trip.unpaid)}
    assert page.client.post(form.action, data=sent).status_code == 404
    assert let_in(app) == []


def test_nothing_scanned_is_asked_for(as_: As, trip: Trip) -> None:
    page = show(as_(Role.GUIDE), "  ")
    assert page.status == 422
    assert "Scan a ticket, or type a booking code." in page.text


def test_the_manifest_and_the_list_of_departures_say_who_is_here(
    app: Flask, as_: As, trip: Trip, set_clock: Callable[..., None]
) -> None:
    page = as_(Role.GUIDE)
    set_clock(MORNING)
    page.open("/manage/departures")
    path = next(href for words, href in page.links if words.startswith("Who comes"))
    assert "Let in" in page.open(path).text
    assert "by the ticket" not in page.text
    show(page, ticket(app, trip.code)).submit(f"/check-in/{trip.code}/0")
    assert "Let in3 people" in page.open(path).text
    assert "Mon, 3 May, 08:30guide here, by the ticket" in page.text
    page.open("/manage/departures")
    assert re.search(r"3 of 10\s*0\s*3\s*Who comes", page.text), page.text
