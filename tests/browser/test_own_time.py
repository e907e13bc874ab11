"""Deadlines by the guest's own clock beside the village's, over the American clock change too."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, expect

from app.core import codes
from app.core.dates import VILLAGE_ZONE
from app.core.db import transaction
from app.tours.inventory import PackageChoice
from app.villages.rules import Terms
from tests.factories import (
    in_days,
    make_choice,
    make_hold,
    make_house,
    make_package,
    make_paid,
    make_product,
    make_product_choice,
)
from tests.machinery.servers import LiveServer

NEW_YORK, PARIS, JAKARTA, PONTIANAK = "America/New_York", "Europe/Paris", "Asia/Jakarta", "Asia/Pontianak"


def link_to(app: Flask, *, paid: bool) -> str:
    """A trip of all three kinds a month ahead, as its guest opens it."""
    with app.app_context(), transaction():
        house, goods = make_house(terms=Terms.MODERATE), make_product()
        tour = make_package(on=in_days(30))
        stay = make_choice(house.room, arrival=in_days(30))
        choices = (stay, PackageChoice(tour.departure or "", 2), make_product_choice(goods))
        code = (make_paid if paid else make_hold)(None, *choices).code  # type: ignore[operator]
        return f"/bookings/{code}?token={codes.access_token(code, 1)}&lang=en"


def seen_in(browser: Browser, server: LiveServer, zone: str, link: str) -> Page:
    page = browser.new_context(timezone_id=zone, locale="en-US", base_url=server.url).new_page()
    page.goto(link)
    return page


def test_beside_the_villages_time_stands_ones_own(live_server: LiveServer, browser: Browser) -> None:
    link = link_to(live_server.app, paid=True)
    page = seen_in(browser, live_server, NEW_YORK, link)
    own = page.locator(".terms .own-time").first
    expect(own).to_be_visible()
    expect(own).to_contain_text("by your clock")
    expect(own).to_contain_text("GMT-")
    expect(own.locator("..")).to_contain_text("WIB")
    for zone in (JAKARTA, PONTIANAK):
        expect(seen_in(browser, live_server, zone, link).locator(".own-time:visible")).to_have_count(0)
    held = link_to(live_server.app, paid=False)
    until = seen_in(browser, live_server, PARIS, held).locator(".countdown .own-time")
    expect(until).to_contain_text("by your clock")


@pytest.mark.parametrize(
    ("instant", "said"),
    [
        (datetime(2027, 3, 14, 13, 59, tzinfo=VILLAGE_ZONE), "Sun 14 Mar, 01:59 GMT-5"),
        (datetime(2027, 3, 14, 14, 0, tzinfo=VILLAGE_ZONE), "Sun 14 Mar, 03:00 GMT-4"),
        (datetime(2027, 11, 7, 5, 30, tzinfo=UTC), "Sun 7 Nov, 01:30 GMT-4"),
        (datetime(2027, 11, 7, 6, 30, tzinfo=UTC), "Sun 7 Nov, 01:30 GMT-5"),
    ],
)
def test_over_the_american_clock_change(
    live_server: LiveServer, browser: Browser, instant: datetime, said: str
) -> None:
    page = seen_in(browser, live_server, NEW_YORK, link_to(live_server.app, paid=True))
    page.evaluate(
        """iso => {
            const span = document.querySelector('.own-time').cloneNode();
            span.id = 'asked';
            span.dataset.ownTime = iso;
            document.querySelector('main').append(span);
            span.dispatchEvent(new CustomEvent('htmx:load', { bubbles: true }));
        }""",
        instant.isoformat(),
    )
    expect(page.locator("#asked")).to_have_text(f"{said} by your clock")
