"""The desk moves a guest's stay, with a reason, within its own reach."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from flask import Flask

from app.bookings.queries import find_booking
from app.users.rules import Role
from tests.bookings.desk import TODAY, Desk
from tests.bookings.manage.test_acts import all_fits, paid
from tests.machinery.clients import Visitor

As = Callable[..., Visitor]
DAY = timedelta(days=1)


def test_the_desk_changes_dates_for_a_guest(app: Flask, desk: Desk, as_: As) -> None:
    code = paid(app, desk)
    page = as_(Role.DESK).open(f"/manage/bookings/{code}/acts").follow("Other dates")
    first = TODAY + 14 * DAY
    page = page.submit("/dates/0", arrival=str(first), departure=str(first + 3 * DAY))
    assert "What it would cost the guest" in page.text
    action = f"/manage/bookings/{code}/dates/0"
    page = page.submit(action, reason=" ")
    assert page.status == 422
    assert "Say why, in a few words." in page.text
    page = page.submit(action, reason="flight moved")
    assert "The dates are changed. The guest has been told." in page.text
    with app.app_context():
        booking = find_booking(code)
        assert booking is not None
        assert booking.arrival == first
    all_fits(app)


def test_only_for_guests_of_ones_own(app: Flask, desk: Desk, as_: As) -> None:
    code = paid(app, desk)
    path = f"/manage/bookings/{code}/dates/0"
    assert as_(Role.DESK, there=True).open(path).status == 404
    assert as_(Role.OBSERVER).open(path).status in {403, 404}
