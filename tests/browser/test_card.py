"""Paying by card in the browser, on a phone and on a desk, with a simulated provider that tells the site over HTTP."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.test_booking import CERTAIN, SCREENS, go_by, look_at
from tests.journeys.town import address_of, build_wares
from tests.machinery.servers import LiveServer
from tests.simulators import needs
from tests.simulators.provider import Provider

PAYS, DECLINES, ASKS = "4242424242424242", "4000000000000002", "4000002500003155"


def to_card_page(page: Page) -> None:
    """Fill the form in and be on the provider's page."""
    look_at(page)
    page.fill("#name", "Ana Contoh")
    page.fill("#email", "ana@example.com")
    page.select_option("#country", "DE")
    page.locator("input[name=payment][value=card]").check()
    go_by(page, page.locator("#guest-form button.btn-primary").last)
    expect(page).to_have_url(re.compile("/c/pay/"))


def use_card(page: Page, number: str) -> None:
    """Press the button of one of the simulator's cards."""
    go_by(page, page.locator(f"button[value='{number}']"))


@needs.delivery
@pytest.mark.parametrize(("width", "height"), SCREENS)
@pytest.mark.parametrize("language", ["id", "en"])
def test_a_refused_card_and_then_a_good_one(
    live_server: LiveServer,
    stripe_simulator: Provider,
    page: Page,
    language: str,
    width: int,
    height: int,
) -> None:
    stripe_simulator.deliver_to(live_server.url)
    wares = build_wares(live_server.app)
    page.set_viewport_size({"width": width, "height": height})
    page.goto(address_of(wares.stay, language=language))
    to_card_page(page)
    use_card(page, DECLINES)
    expect(page).to_have_url(re.compile("/c/pay/"))
    use_card(page, PAYS)
    expect(page).to_have_url(re.compile(r"/bookings/[A-Z0-9]{7}$"))
    expect(page.locator("main")).to_contain_text(CERTAIN[language])
    look_at(page)


@needs.delivery
@pytest.mark.parametrize(("width", "height"), SCREENS)
def test_a_trip_of_three_kinds(
    live_server: LiveServer, stripe_simulator: Provider, page: Page, width: int, height: int
) -> None:
    stripe_simulator.deliver_to(live_server.url)
    wares = build_wares(live_server.app)
    page.set_viewport_size({"width": width, "height": height})
    page.goto("/?lang=en")
    for line in wares.lines:
        page.goto(f"/trip?add={line}")
    look_at(page)
    go_by(page, page.get_by_role("link", name="Book this trip"))
    page.fill("#names-0", "Ana Contoh")
    page.fill("#names-1", "Budi Rekaan")
    to_card_page(page)
    use_card(page, PAYS)
    expect(page.locator("main")).to_contain_text(CERTAIN["en"])
    expect(page.locator("main")).to_contain_text("Ana Contoh, Budi Rekaan")
    look_at(page)

    go_by(page, page.locator("a[href$='/cancel']"))
    look_at(page)
    go_by(page, page.locator("form[action$='/cancel'] button"))
    expect(page.locator("main")).to_contain_text(re.compile("(goes|has gone) back to you"))
    look_at(page)


@needs.delivery
def test_the_page_that_checks_leaves_by_itself_once_it_is_paid(
    live_server: LiveServer, stripe_simulator: Provider, page: Page
) -> None:
    stripe_simulator.deliver_to(live_server.url)
    page.goto(address_of(build_wares(live_server.app).stay, language="en"))
    to_card_page(page)
    hosted = page.context.new_page()
    hosted.goto(page.url)
    left = page.locator("a[href*='left=1']").get_attribute("href") or ""
    page.goto(left.split("?")[0])
    expect(page.locator("h1")).to_contain_text("We are checking your payment")
    look_at(page)
    use_card(hosted, PAYS)
    expect(page.locator("main")).to_contain_text(CERTAIN["en"], timeout=15_000)
    look_at(page)


@needs.delivery
@pytest.mark.parametrize(("width", "height"), SCREENS)
def test_the_bank_asks_and_the_guest_refuses_and_then_confirms(
    live_server: LiveServer, stripe_simulator: Provider, page: Page, width: int, height: int
) -> None:
    """3-D Secure: the bank's question stands between the card and the money; refused, the card page is open still."""
    stripe_simulator.deliver_to(live_server.url)
    page.set_viewport_size({"width": width, "height": height})
    page.goto(address_of(build_wares(live_server.app).stay, language="id"))
    to_card_page(page)
    use_card(page, ASKS)
    go_by(page, page.locator("button[value='refuse']"))
    expect(page).to_have_url(re.compile("/c/pay/"))
    use_card(page, ASKS)
    go_by(page, page.locator("button[value='confirm']"))
    expect(page).to_have_url(re.compile(r"/bookings/[A-Z0-9]{7}$"))
    expect(page.locator("main")).to_contain_text(CERTAIN["id"])
    look_at(page)
