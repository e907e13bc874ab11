"""A stay booked by transfer in the browser, in both languages, on a phone and on a desk; host and BUMDes see it.

Every page on the way is checked by axe and must fit its screen.
"""

from __future__ import annotations

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from flask import Flask
from playwright.sync_api import BrowserContext, Locator, Page, expect

from app.core.db import transaction
from app.core.filters import rupiah
from app.payments.queries import find_open_payment
from tests.journeys.town import SECRET, build_town
from tests.machinery.servers import LiveServer

AXE = Axe()
SCREENS = [(360, 740), (1280, 900)]
CERTAIN = {"en": "Your booking is certain", "id": "pasti"}
PUBLIC = ["/", "/villages", "/homestays", "/how-money-is-divided", "/terms", "/privacy", "/complaints"]
PUBLIC += ["/bookings/", "/login"]


def look_at(page: Page) -> None:
    """What holds for every page: nothing for axe to say, nothing runs over the side."""
    results = AXE.run(page)
    assert results.violations_count == 0, f"{page.url}: {results.generate_report()}"
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), page.url


def go_by(page: Page, control: Locator) -> None:
    """Press something that leads to another page, and be there."""
    with page.expect_navigation():
        control.click()


def asked_amount(app: Flask, code: str) -> int:
    """What the guest is asked to transfer, with the code."""
    with app.app_context(), transaction():
        payment = find_open_payment(f"booking:{code}")
        assert payment is not None
        return payment.amount_with_code


def sign_in(page: Page, email: str) -> None:
    """A person at the sign-in page."""
    page.goto("/login")
    page.fill("[name=identity]", email)
    page.fill("[name=password]", SECRET)
    go_by(page, page.locator("main form button[type=submit]").first)
    expect(page).to_have_url(re.compile("/manage"))


def book(page: Page, search: str, language: str) -> str:
    """Search, choose the first house, and keep a room by transfer; gives the booking's code."""
    page.goto(f"/homestays?{search}&lang={language}")
    look_at(page)
    go_by(page, page.locator("article h3 a").first)
    look_at(page)
    go_by(page, page.locator("a[href*='/bookings/new']").first)
    look_at(page)
    page.fill("#name", "Ana Contoh")
    page.fill("#email", "ana@example.com")
    page.select_option("#country", "DE")
    page.locator("input[name=payment][value=transfer]").check()
    go_by(page, page.locator("#guest-form button.btn-primary").last)
    expect(page).to_have_url(re.compile(r"/bookings/[A-Z0-9]{7}$"))
    look_at(page)
    return page.url.rsplit("/", 1)[1]


@pytest.mark.parametrize(("width", "height"), SCREENS)
@pytest.mark.parametrize("language", ["id", "en"])
def test_a_stay_by_transfer(
    live_server: LiveServer, page: Page, context: BrowserContext, language: str, width: int, height: int
) -> None:
    town = build_town(live_server.app)
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.set_viewport_size({"width": width, "height": height})

    code = book(page, town.search, language)
    asked = asked_amount(live_server.app, code)
    expect(page.locator("#pay")).to_contain_text(rupiah(asked))

    context.clear_cookies(name=re.compile("session"))
    sign_in(page, town.treasurer)
    look_at(page)
    page.goto(f"/manage/money?amount={asked}")
    look_at(page)
    go_by(page, page.locator(f"a[href*='{code}']").last)
    look_at(page)
    go_by(page, page.locator("main form[method=post] button[type=submit]").first)
    page.goto("/manage/revenue")
    look_at(page)

    page.goto(f"/bookings/{code}")
    expect(page.locator("main")).to_contain_text(CERTAIN[language])
    look_at(page)

    context.clear_cookies(name=re.compile("session"))
    sign_in(page, town.host)
    page.goto("/manage/guests")
    expect(page.locator("main")).to_contain_text("Ana Contoh")
    look_at(page)
    assert errors == []


@pytest.mark.parametrize("language", ["id", "en"])
def test_every_public_page_fits_and_reads(live_server: LiveServer, page: Page, language: str) -> None:
    build_town(live_server.app)
    page.set_viewport_size({"width": 320, "height": 640})
    for path in PUBLIC:
        page.goto(f"{path}?lang={language}")
        look_at(page)


def test_a_change_of_language_keeps_what_was_typed(live_server: LiveServer, page: Page) -> None:
    town = build_town(live_server.app)
    page.goto(f"/homestays?{town.search}&lang=en")
    go_by(page, page.locator("article h3 a").first)
    go_by(page, page.locator("a[href*='/bookings/new']").first)
    page.fill("#name", "Sri")
    go_by(page, page.locator("button[name=switch]"))
    expect(page.locator("html")).to_have_attribute("lang", "id")
    expect(page.locator("#name")).to_have_value("Sri")
