"""The desk's list of balances, and what a lost deposit means in words wherever somebody is about to pay one."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from flask import Flask

from app.bookings.rules import BookingState
from app.core import codes
from app.core.dates import Nights
from app.users.rules import Role
from tests.bookings.desk import NOW, TODAY, Desk, book, receive, see
from tests.bookings.manage.conftest import As
from tests.machinery.clients import Visitor

PAGE = "/manage/balances"
WORDS = "Your deposit makes the place yours."
STAY = Nights(TODAY + timedelta(days=12), TODAY + timedelta(days=14))


def test_due_overdue_and_let_go(
    app: Flask, desk: Desk, as_: As, visitor: Visitor, set_clock: Callable[[object], None]
) -> None:
    code = book(app, desk.there, nights=STAY)
    with app.app_context():
        token = codes.access_token(code, 1)
    guest = visitor.open(f"/bookings/{code}?token={token}&lang=en")
    assert WORDS in guest.text
    receive(app, code, desk.strangers[Role.DESK])
    assert WORDS in guest.open(f"/bookings/{code}?lang=en").text
    page = as_(Role.DESK, there=True).open(PAGE)
    assert "Due on" in page.text
    assert "It will not be paid" not in page.text
    assert "Nothing is due this week" in as_(Role.DESK).open(PAGE).text
    assert "Nothing is overdue" in page.open(f"{PAGE}/{code}").text
    set_clock(NOW + timedelta(days=7))
    page = as_(Role.DESK, there=True).open(PAGE)
    assert "2 days overdue" in page.text
    assert "It will not be paid" not in as_(Role.BUMDES_TREASURER, there=True).open(PAGE).text
    page = page.follow("It will not be paid")
    page = page.submit(f"{PAGE}/{code}", reason=" ")
    assert page.status == 422
    page = page.submit(f"{PAGE}/{code}", reason="called twice")
    assert "Cancelled by its terms" in page.text
    assert see(app, code).state == BookingState.CANCELLED
    shown = guest.open(f"/bookings/{code}?lang=en").text
    assert "The rest was not paid, and the village let this booking go" in shown


def test_before_paying(app: Flask, desk: Desk, visitor: Visitor) -> None:
    for corner, is_said in ((desk.there, True), (desk.here, False)):
        line = f"{corner.room_type}.{STAY.arrival}.{STAY.departure}.1.2.0"
        page = visitor.open("/bookings/new", query_string={"line": line, "lang": "en"})
        assert page.status == 200
        assert (WORDS in page.text) is is_said
