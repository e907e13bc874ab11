"""The guest's own page in the browser: one thing of two is cancelled, and a lost link is found again."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from playwright.sync_api import BrowserContext, Page, expect

from app.core import codes
from app.core.db import transaction
from app.tours.inventory import PackageChoice
from tests.browser.test_booking import SCREENS, go_by, look_at
from tests.factories import in_days, make_choice, make_house, make_package, make_paid
from tests.machinery.servers import LiveServer

BACK = {"en": "goes back to you", "id": "kembali"}
MOVED = {"en": "You moved this to other dates on", "id": "Anda pindahkan ke tanggal lain pada"}
CANCELLED = {"en": "You cancelled this on", "id": "Anda membatalkan ini pada"}


def paid_trip(app: Flask) -> tuple[str, str]:
    """Two nights and a package a month ahead, paid; code and guest's address."""
    with app.app_context(), transaction():
        house, tour = make_house(), make_package(on=in_days(31))
        choices = make_choice(house.room, arrival=in_days(30)), PackageChoice(tour.departure or "", 2)
        booking = make_paid(None, *choices)
        assert booking.guest_email is not None
        return booking.code, booking.guest_email


@pytest.mark.parametrize(("width", "height"), SCREENS)
@pytest.mark.parametrize("language", ["id", "en"])
def test_one_thing_of_two_is_cancelled(
    live_server: LiveServer, page: Page, language: str, width: int, height: int
) -> None:
    code, _email = paid_trip(live_server.app)
    page.set_viewport_size({"width": width, "height": height})
    with live_server.app.app_context():
        token = codes.access_token(code, 1)
    page.goto(f"/bookings/{code}?token={token}&lang={language}")
    look_at(page)
    go_by(page, page.locator("a[href$='/cancel']"))
    look_at(page)
    only_this = page.locator("form[action$='/cancel/1'] button")
    go_by(page, only_this)
    expect(page.locator("main")).to_contain_text(BACK[language])
    expect(page.get_by_text(CANCELLED[language])).to_have_count(1)
    look_at(page)
    # The way back in the browser and a second tap change nothing: the part is gone, the rest stays.
    page.go_back()
    if only_this.count():
        go_by(page, only_this)
    page.goto(f"/bookings/{code}")
    expect(page.get_by_text(CANCELLED[language])).to_have_count(1)
    expect(page.locator("a[href$='/cancel']")).to_have_count(1)


@pytest.mark.parametrize(("width", "height"), SCREENS)
@pytest.mark.parametrize("language", ["id", "en"])
def test_a_stay_moves_to_other_dates(
    live_server: LiveServer, page: Page, language: str, width: int, height: int
) -> None:
    """One night more, a week later: what it costs is seen first, then it is sure, and the difference is asked for."""
    code, _email = paid_trip(live_server.app)
    page.set_viewport_size({"width": width, "height": height})
    with live_server.app.app_context():
        token = codes.access_token(code, 1)
        was, arrival, departure = (in_days(ahead).isoformat() for ahead in (30, 37, 40))
    page.goto(f"/bookings/{code}?token={token}&lang={language}")
    go_by(page, page.locator("a[href$='/dates/0']"))
    expect(page.locator("#arrival")).to_have_value(was)
    look_at(page)
    page.fill("#arrival", arrival)
    page.fill("#departure", departure)
    go_by(page, page.locator("form[method=get] button, form:not([method]) button").last)
    expect(page.locator("main")).to_contain_text("Rp200.000")
    look_at(page)
    go_by(page, page.locator("form[method=post] button[type=submit]").last)
    page.goto(f"/bookings/{code}")
    expect(page.locator("main")).to_contain_text("Rp200.000")
    expect(page.get_by_text(MOVED[language])).to_have_count(1)
    look_at(page)


@pytest.mark.parametrize("language", ["id", "en"])
def test_a_lost_link_comes_again_by_mail(
    live_server: LiveServer, page: Page, context: BrowserContext, language: str
) -> None:
    code, email = paid_trip(live_server.app)
    assert page.goto(f"/bookings/{code}?lang={language}").status == 404  # type: ignore[union-attr]
    page.goto("/bookings/")
    look_at(page)
    page.fill("#code", code.lower())
    page.fill("#contact", f" {email.upper()} ")
    go_by(page, page.locator("form[action='/bookings/'] button[type=submit]"))
    expect(page).to_have_url(re.compile("/bookings/sent"))
    look_at(page)
    # What arrived is read where a developer reads it; the link in it opens the booking, and leaves a clean address.
    page.goto("/dev/mail")
    go_by(page, page.locator("main a[href^='/dev/mail/']").first)
    go_by(page, page.locator(f"main a[href*='/bookings/{code}?token=']").first)
    expect(page).to_have_url(re.compile(rf"/bookings/{code}$"))
    expect(page.locator("main")).to_contain_text(code)
    look_at(page)
    context.clear_cookies()
    assert page.goto(f"/bookings/{code}").status == 404  # type: ignore[union-attr]


def test_a_stranger_hears_the_same(live_server: LiveServer, page: Page) -> None:
    """Whoever guesses sees the very same words, and nothing is written to anybody."""
    code, email = paid_trip(live_server.app)
    said = set()
    for wrong in ("nobody@example.com", email):
        page.goto("/bookings/?lang=en")
        page.fill("#code", code)
        page.fill("#contact", wrong)
        go_by(page, page.locator("form[action='/bookings/'] button[type=submit]"))
        said.add(page.locator("main").inner_text())
    assert len(said) == 1
