"""Stripe's hosted payment page, driven in Chromium. The simulator's page carries the same marks, so one fits both.

Not tried against the real page yet: the marks are those that other people's published tests of hosted Checkout use.
They are all here; when Stripe changes its page, this is the place to mend.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, Locator, Page

CARD_CHOICE = "[data-testid=card-accordion-item-button]"
NUMBER, EXPIRY, CVC = "#cardNumber", "#cardExpiry", "#cardCvc"
TYPED = {"#email": "guest@example.com", "#billingName": "Ana Contoh", "#billingPostalCode": "56553"}
COUNTRY, KEEP_CARD = "#billingCountry", "#enableStripePass"
SUBMIT = "[data-testid=hosted-payment-submit-button]"
PROBLEM = "[role=alert], .FieldError"
AGREE, REFUSE = "#test-source-authorize-3ds", "#test-source-fail-3ds"
"""The bank's question in test mode: somewhere inside of frames, or a page of its own."""

PATIENCE_SECONDS = 60


class HostedPage:
    """One guest before the page. What leads back to the site ends here: `back` is where, and nothing is loaded."""

    def __init__(self, page: Page, site: str) -> None:
        self.page, self.back = page, ""
        self._fetch = page.context.new_cdp_session(page)
        self._fetch.on("Fetch.requestPaused", self._stop)
        self._fetch.send("Fetch.enable", {"patterns": [{"urlPattern": f"{site}/*"}]})

    def _stop(self, paused: dict[str, Any]) -> None:
        self.back = self.back or str(paused["request"]["url"])
        answer = {"requestId": paused["requestId"], "responseCode": 204}
        self._fetch.send("Fetch.fulfillRequest", answer)

    def try_card(self, url: str, number: str) -> None:
        """Open the page, type a card in, and send it."""
        page = self.page
        page.goto(url, wait_until="domcontentloaded")
        page.locator(f"{NUMBER}, {CARD_CHOICE}").first.wait_for(timeout=PATIENCE_SECONDS * 1000)
        if page.locator(CARD_CHOICE).is_visible():
            page.locator(CARD_CHOICE).click()
        for place, typed in {NUMBER: number, EXPIRY: "12 / 34", CVC: "123"}.items():
            page.locator(place).fill(typed)
        if page.locator(COUNTRY).is_visible():
            page.locator(COUNTRY).select_option("ID")
        for place, typed in TYPED.items():
            if page.locator(place).is_visible() and page.locator(place).is_editable():
                page.locator(place).fill(typed)
        if page.locator(KEEP_CARD).is_visible():
            page.locator(KEEP_CARD).uncheck()
        page.locator(SUBMIT).click(no_wait_after=True)

    def end(self, *, confirm: bool) -> str:
        """Wait for what becomes of it, answering the bank if it asks: the problem that the page tells, '' if none."""
        deadline, answered = time.monotonic() + PATIENCE_SECONDS, False
        while time.monotonic() < deadline:
            if self.back:
                return ""
            question = None if answered else self._find_question(AGREE if confirm else REFUSE)
            if question:
                question.click(no_wait_after=True)
                answered = True
            elif problem := self._problem():
                return problem
            self.page.wait_for_timeout(100)
        raise AssertionError(f"neither paid nor refused: {self.page.url}\n{self.page.inner_text('body')}")

    def _find_question(self, button: str) -> Locator | None:
        places = (frame.locator(button) for frame in self.page.frames)
        return next((place for place in places if place.is_visible()), None)

    def _problem(self) -> str:
        told = self.page.locator(PROBLEM)
        shown = [
            told.nth(place).inner_text() for place in range(told.count()) if told.nth(place).is_visible()
        ]
        return " ".join(filter(None, (text.strip() for text in shown)))


@contextmanager
def before(browser: Browser, return_url: str) -> Iterator[HostedPage]:
    """A guest's own browser window, closed afterwards; `return_url` says which site the guest came from."""
    place = urlsplit(return_url)
    context = browser.new_context(locale="en-GB")
    try:
        yield HostedPage(context.new_page(), f"{place.scheme}://{place.netloc}")
    finally:
        context.close()
