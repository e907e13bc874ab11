"""Revenue by month and party, for one village and for all; it adds up, and says so when it does not."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import update

from app.bookings.models import Booking
from app.core.dates import Nights
from app.core.db import db, transaction
from app.users.rules import Role
from tests.bookings.desk import NOW, TODAY, Desk, book, earn, receive
from tests.machinery.clients import Visitor

As = Callable[..., Visitor]
DAY = timedelta(days=1)
ACROSS = Nights(TODAY + 9 * DAY, TODAY + 12 * DAY)
"""29 and 30 April, 1 May: two nights at 200.000 and a Saturday at 250.000."""


@pytest.fixture
def code(app: Flask, desk: Desk) -> str:
    """A stay over the end of April, paid in full."""
    code = book(app, desk.here, nights=ACROSS)
    receive(app, code, desk.people[Role.BUMDES_TREASURER])
    return code


def test_a_night_counts_in_its_own_month(app: Flask, desk: Desk, as_: As, code: str) -> None:
    treasurer = as_(Role.BUMDES_TREASURER)
    april = treasurer.open("/manage/revenue?month=2027-04")
    assert april.path == "/manage/revenue/sarihayu?month=2027-04"
    assert "received Rp400.000, divided Rp400.000, difference Rp0" in april.text
    assert code in april.text
    assert "/manage/revenue/sarihayu?month=2027-05" in {href for _words, href in april.links}
    may = april.open("/manage/revenue/sarihayu?month=2027-05")
    assert "May 2027" in may.text
    assert "received Rp250.000, divided Rp250.000, difference Rp0" in may.text
    assert "No income in this month yet" in may.open("/manage/revenue/sarihayu?month=2027-06").text


def test_the_month_tells_what_is_earned(
    app: Flask, desk: Desk, as_: As, code: str, set_clock: Callable[[object], None]
) -> None:
    treasurer = as_(Role.BUMDES_TREASURER)
    before = treasurer.open("/manage/revenue/sarihayu?month=2027-04").text
    assert "Already earnedRp0Still held for guestsRp400.000" in before
    set_clock(NOW + 10 * DAY + timedelta(hours=3))
    earn(app)
    after = treasurer.open("/manage/revenue/sarihayu?month=2027-04").text
    assert "Already earnedRp200.000Still held for guestsRp200.000" in after


def test_a_difference_is_shown_in_red(app: Flask, desk: Desk, as_: As, code: str) -> None:
    with app.app_context(), transaction():
        db.session.execute(update(Booking).where(Booking.code == code).values(paid=Booking.paid - 7))
    may = as_(Role.BUMDES_TREASURER).open("/manage/revenue/sarihayu?month=2027-05")
    assert "Difference −Rp7: check. Received Rp249.993, divided Rp250.000." in may.text
    assert "off-line" in may.html


def test_a_part_payment_counts_as_far_as_it_goes(app: Flask, desk: Desk, as_: As) -> None:
    code = book(app, desk.there, nights=ACROSS)
    receive(app, code, desk.people[Role.MANAGER])
    page = as_(Role.BUMDES_TREASURER, there=True).open("/manage/revenue/tirtomulyo?month=2027-04")
    assert "received Rp325.000, divided Rp325.000, difference Rp0" in page.text
    assert "No income" in page.open("/manage/revenue/tirtomulyo?month=2027-05").text


def test_all_villages_side_by_side(app: Flask, desk: Desk, as_: As, code: str) -> None:
    other = book(app, desk.there)
    receive(app, other, desk.people[Role.MANAGER])
    page = as_(Role.MANAGER).open("/manage/revenue?month=2027-04")
    assert "received Rp800.000, divided Rp800.000, difference Rp0" in page.text
    assert "Villages with income2 / 2" in page.text
    village = page.follow("Tirtomulyo")
    assert "received Rp400.000, divided Rp400.000" in village.text
    assert "All villages" in village.text


def test_an_observer_sees_figures_and_no_people(app: Flask, desk: Desk, as_: As, code: str) -> None:
    observer = as_(Role.OBSERVER)
    for address in ("/manage", "/manage/revenue?month=2027-04", "/manage/revenue/sarihayu?month=2027-04"):
        page = observer.open(address)
        assert page.status == 200
        assert "Rp400.000" in page.text
        for personal in ("Tamu Contoh", "Bu Contoh", code, "0812", "812-0000"):
            assert personal not in page.html, (address, personal)


def test_those_who_watch_see_payees(app: Flask, desk: Desk, as_: As, code: str) -> None:
    page = as_(Role.AUDITOR).open("/manage/revenue?month=2027-04")
    assert "Bu Contoh sarihayu" in page.text
    assert code in page.text


@pytest.mark.parametrize("role", [Role.DESK, Role.HOST, Role.GUIDE])
def test_others_see_no_revenue(desk: Desk, as_: As, role: Role) -> None:
    assert as_(role).open("/manage/revenue").status == 403
    assert as_(role).open("/manage/revenue/sarihayu").status == 403


@pytest.mark.parametrize("role", [Role.BUMDES_TREASURER, Role.SUPERVISOR, Role.AUDITOR])
def test_another_village_is_not_there(desk: Desk, as_: As, role: Role) -> None:
    assert as_(role).open("/manage/revenue/tirtomulyo").status == 404
    assert as_(role).open("/manage/revenue/atlantis").status == 404
    assert as_(role).open("/manage/revenue?month=soon").status == 404
