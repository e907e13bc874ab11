"""On a phone, in Indonesian: a guest says that the money is sent, and a treasurer matches it by the statement."""

from __future__ import annotations

import re

from playwright.sync_api import BrowserContext, Page, expect

from app.core.db import transaction
from app.payments.queries import find_open_payment
from tests.browser.test_booking import asked_amount, book, go_by, look_at, sign_in
from tests.factories.statements import csv_of
from tests.journeys.town import build_town
from tests.machinery.servers import LiveServer


def test_a_treasurer_on_a_phone_matches_a_transfer(
    live_server: LiveServer, page: Page, context: BrowserContext
) -> None:
    town = build_town(live_server.app)
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    code = book(page, town.search, "id")
    asked = asked_amount(live_server.app, code)
    with live_server.app.app_context(), transaction():
        payment = find_open_payment(f"booking:{code}")
        assert payment is not None
        statement = csv_of([(asked, "TRSF E-BANKING CR CONTOH REKAAN"), (88_000, "SEWA PENDOPO")])

    go_by(page, page.locator("form[action$='/sent'] button[type=submit]"))
    expect(page.locator("form[action$='/sent']")).to_have_count(0)
    expect(page.locator("[data-countdown]")).to_have_count(0)
    look_at(page)
    context.clear_cookies(name=re.compile("session"))
    sign_in(page, town.treasurer)
    look_at(page)
    look_for(page, code)
    post(page, code, str(payment.account), statement)
    decide(page)

    page.goto(f"/manage/bookings/{code}")
    look_at(page)
    page.goto(f"/bookings/{code}")
    expect(page.locator("main")).to_contain_text("pasti")
    assert errors == []


def look_for(page: Page, code: str) -> None:
    """From the first page to what the guest said."""
    go_by(page, page.locator("a[href='/manage/transfers']").first)
    look_at(page)
    go_by(page, page.locator(f"a[href='/manage/transfers/{code}']"))
    look_at(page)


def post(page: Page, code: str, account: str, statement: bytes) -> None:
    """Send in the statement, see what it would do, and post it."""
    page.goto("/manage/statements")
    look_at(page)
    page.select_option("#account", account)
    file = {"name": "mutasi.csv", "mimeType": "text/csv", "buffer": statement}
    page.set_input_files("input[type=file]", file)  # type: ignore[arg-type]
    go_by(page, page.locator("form[action='/manage/statements'] button[type=submit]"))
    expect(page.locator("table")).to_contain_text(code)
    look_at(page)
    go_by(page, page.locator("form[action$='/post'] button[type=submit]"))
    look_at(page)


def decide(page: Page) -> None:
    """What no rule knew is no guest's money."""
    page.goto("/manage/reviews")
    look_at(page)
    go_by(page, page.locator("a[href^='/manage/reviews/']").first)
    look_at(page)
    page.locator("input[name=decision][value=not_ours]").check()
    page.fill("#reason", "sewa pendopo, bukan tamu")
    go_by(page, page.locator("form[action^='/manage/reviews/'] button[type=submit]"))
    look_at(page)
