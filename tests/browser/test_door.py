"""The door's list in a browser that loses its network: opened, reloaded, scanned against, and sent afterwards."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta

import pytest
from flask import Flask
from playwright.sync_api import BrowserContext, Error, Page, expect
from sqlalchemy import select

from app.bookings.models import CheckIn, OfflineScan
from app.bookings.queries import find_booking
from app.bookings.rules import ScanOutcome
from app.bookings.services import cancel_booking, ticket_of
from app.core import clock
from app.core.db import db, transaction
from app.tours.inventory import PackageChoice
from app.users.rules import Role
from app.users.services import give_office
from tests.browser.test_booking import go_by, look_at, sign_in
from tests.factories import make_guest, make_package, make_paid, make_user
from tests.journeys.town import with_secret
from tests.machinery.servers import LiveServer

LIST = "/manage/check-in/list"
LONG = 15_000


@dataclass(frozen=True)
class Morning:
    """A guide, another one, and the tickets of today: two good ones, a cancelled one, and one of another village."""

    guide: str
    other: str
    good: tuple[str, str]
    cancelled: str
    elsewhere: str
    codes: tuple[str, ...]


def build(app: Flask) -> Morning:
    with app.app_context(), clock.shifted(timedelta(days=-3)), transaction():
        today = clock.today() + timedelta(days=3)
        tour, far = make_package(on=today, seats=20), make_package(on=today, seats=20)
        parties = [PackageChoice(str(tour.departure), many) for many in (2, 3, 4)]
        guests = [make_guest(number) for number in (501, 502, 503)]
        booked = [make_paid(None, one, guest=guest) for one, guest in zip(parties, guests, strict=True)]  # type: ignore[arg-type]
        booked.append(make_paid(None, PackageChoice(str(far.departure), 1)))  # type: ignore[arg-type]
        people = [make_user(name=name) for name in ("Pak Contoh", "Bu Rekaan")]
        for person, guided in zip(people, (tour, far), strict=True):
            give_office(user_id=person, role=Role.GUIDE, payee_id=guided.guide_payee_id)
        emails = [with_secret(person) for person in people]
        cancel_booking(code=booked[2].code, reason="sample")
        codes = tuple(one.code for one in booked)
    with app.app_context():
        found = [find_booking(code) for code in codes]
        tickets = [ticket_of(booking=one, line=one.lines[0]) for one in found if one]
    return Morning(emails[0], emails[1], (tickets[0], tickets[1]), tickets[2], tickets[3], codes)


def open_list(page: Page, email: str, language: str = "en") -> None:
    """Sign in, open the list, and wait until it can be taken along."""
    page.goto(f"/?lang={language}")
    sign_in(page, email)
    page.goto("/manage/check-in")
    go_by(page, page.locator(f"a[href='{LIST}']"))
    expect(page.locator(".door-list").first).to_be_visible(timeout=LONG)
    page.wait_for_function("async () => (await (await caches.open('door')).keys()).length > 5")
    page.wait_for_function("navigator.serviceWorker.controller !== null")


def show(page: Page, text: str, answer: str) -> None:
    """What a scanner types, and what is said large."""
    page.locator("input[name=shown]").fill(text)
    page.keyboard.press("Enter")
    expect(page.locator("[data-part=answer] h2")).to_have_text(re.compile(answer))


def rows(app: Flask) -> tuple[list[int], list[ScanOutcome]]:
    with app.app_context():
        people = db.session.scalars(select(CheckIn.people).order_by(CheckIn.id)).all()
        outcomes = db.session.scalars(select(OfflineScan.outcome).order_by(OfflineScan.id)).all()
        return list(people), list(outcomes)


def kept(page: Page) -> list[str]:
    """What lies on the device: names of entries, and of stores of pages."""
    return page.evaluate(
        "async () => [...Object.keys(localStorage).filter((key) => key.startsWith('door')), ...(await caches.keys())]"
    )


def test_without_network(live_server: LiveServer, page: Page, context: BrowserContext) -> None:
    morning = build(live_server.app)
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    open_list(page, morning.guide)
    look_at(page)
    expect(page.locator("[data-part=state]")).to_contain_text("checked by their seal")

    context.set_offline(True)
    page.reload()
    expect(page.locator("[data-part=state]")).to_contain_text("Without network. List of")
    expect(page.locator("[data-part=state]")).to_contain_text("Ready to be used without network.")
    show(page, morning.good[0], "^Let in: 2 people$")
    show(page, morning.good[1].lower(), "^Let in: 3 people$")
    show(page, morning.good[0], "^Let in before: ")
    show(page, morning.cancelled, "^This was cancelled.$")
    look_at(page)
    go = page.get_by_role("button", name="Let in all the same")
    go.click()
    expect(page.locator("[data-part=answer] h2")).to_have_text("Let in: 4 people")
    show(page, morning.elsewhere, "^A true ticket, but not on this list$")
    show(page, morning.good[0][:-9] + "AAAAAAAAA", "^No ticket of ours$")
    expect(go).to_have_count(0)
    expect(page.locator("[data-part=queue]")).to_have_text("Not sent yet: 4.")
    page.reload()
    expect(page.locator("[data-part=queue]")).to_have_text("Not sent yet: 4.")
    assert rows(live_server.app) == ([], [])

    context.set_offline(False)
    expect(page.locator("[data-part=queue]")).to_have_text("All is sent.", timeout=LONG)
    expect(page.locator("[data-part=told] li").first).to_contain_text("This was cancelled.")
    let_in, double = ScanOutcome.LET_IN, ScanOutcome.DOUBLE
    assert rows(live_server.app) == ([2, 3, 4], [let_in, let_in, double, let_in])
    look_at(page)
    page.goto("/manage/check-in/scans")
    expect(page.locator("main")).to_contain_text("Guest 503")
    look_at(page)
    assert errors == []


def test_a_typed_code_shows_the_name_first(
    live_server: LiveServer, page: Page, context: BrowserContext
) -> None:
    morning = build(live_server.app)
    open_list(page, morning.guide)
    context.set_offline(True)
    show(page, morning.codes[0], "^Guest 501: 2 people$")
    assert "door:scan:" not in " ".join(kept(page))
    page.get_by_role("button", name="Let in 2 people").click()
    expect(page.locator("[data-part=answer] h2")).to_have_text("Let in: 2 people")
    show(page, morning.codes[0], "^Let in before")
    show(page, "ACDEFGH", "^This code is not on the list$")
    expect(page.locator(".door-list .is-in")).to_have_count(1)


def test_nothing_but_the_page_is_kept_and_no_guest_in_it(
    live_server: LiveServer, page: Page, context: BrowserContext
) -> None:
    morning = build(live_server.app)
    open_list(page, morning.guide)
    page.goto("/manage/departures")
    page.goto(LIST)
    stored = page.evaluate(
        "async () => { const cache = await caches.open('door');"
        " const read = async (one) => [new URL(one.url).pathname, await (await cache.match(one)).text()];"
        " return Promise.all((await cache.keys()).map(read)); }"
    )
    assert [path for path, _text in stored if not path.startswith("/static/")] == [LIST]
    assert not any("Guest 501" in text or morning.codes[0] in text for _path, text in stored)
    context.set_offline(True)
    for path in ("/manage/departures", "/manage/check-in", f"{LIST}/parties"):
        with pytest.raises(Error, match="ERR_INTERNET_DISCONNECTED"):
            page.goto(path)


def test_a_browser_without_ed25519_says_so(
    live_server: LiveServer, page: Page, context: BrowserContext
) -> None:
    morning = build(live_server.app)
    page.add_init_script("crypto.subtle.importKey = () => Promise.reject(new Error('unknown'))")
    open_list(page, morning.guide)
    expect(page.locator("[data-part=state]")).to_contain_text("held against the list only")
    context.set_offline(True)
    show(page, morning.elsewhere, "^Not on this list, and not to be checked here$")
    show(page, morning.good[0][:-9] + "AAAAAAAAA", "^Not on this list, and not to be checked here$")
    show(page, morning.good[0], "^Let in: 2 people$")


def test_a_session_that_ended_loses_nothing(
    live_server: LiveServer, page: Page, context: BrowserContext
) -> None:
    morning = build(live_server.app)
    open_list(page, morning.guide)
    context.set_offline(True)
    show(page, morning.good[0], "^Let in: 2 people$")
    context.clear_cookies(name=re.compile("session|remember"))
    context.set_offline(False)
    expect(page.locator("[data-part=state]")).to_contain_text("You are signed out", timeout=LONG)
    sign_in(page, morning.guide)
    page.goto(LIST)
    expect(page.locator("[data-part=queue]")).to_have_text("All is sent.", timeout=LONG)
    assert rows(live_server.app) == ([2], [ScanOutcome.LET_IN])


def test_signing_out_leaves_nothing_and_asks_first(
    live_server: LiveServer, page: Page, context: BrowserContext
) -> None:
    morning = build(live_server.app)
    open_list(page, morning.guide)
    assert kept(page)
    context.set_offline(True)
    show(page, morning.good[0], "^Let in: 2 people$")
    asked: list[str] = []
    page.once("dialog", lambda dialog: (asked.append(dialog.message), dialog.dismiss()))
    page.evaluate("document.querySelector('form[action=\"/logout\"]').requestSubmit()")
    assert "not sent yet" in asked[0]
    assert any(key.startswith("door:scan:") for key in kept(page))
    context.set_offline(False)
    expect(page.locator("[data-part=queue]")).to_have_text("All is sent.", timeout=LONG)
    with page.expect_navigation():
        page.evaluate("document.querySelector('form[action=\"/logout\"]').requestSubmit()")
    page.wait_for_function("async () => !(await caches.keys()).length")
    assert kept(page) == []
    assert page.evaluate("async () => (await navigator.serviceWorker.getRegistrations()).length") == 0


def test_whoever_signs_in_next_finds_no_list(
    live_server: LiveServer, page: Page, context: BrowserContext
) -> None:
    """Also where nobody signed out: the first page that somebody else opens ends it."""
    morning = build(live_server.app)
    open_list(page, morning.guide)
    context.clear_cookies(name=re.compile("session|remember"))
    page.goto("/login")
    page.wait_for_function("async () => !(await caches.keys()).length")
    assert kept(page) == []
    open_list(page, morning.other)
    expect(page.locator("main")).not_to_contain_text("Guest 501")
    expect(page.locator(".door-list li")).to_have_count(1)


def test_the_list_ends_by_itself(live_server: LiveServer, page: Page, context: BrowserContext) -> None:
    morning = build(live_server.app)
    open_list(page, morning.guide)
    context.set_offline(True)
    page.clock.set_fixed_time(page.evaluate("Date.now()") + 37 * 3600 * 1000)
    page.reload()
    expect(page.locator("[data-part=tools]")).to_be_hidden()
    expect(page.locator(".door-list")).to_have_count(0)
    assert not any(key.startswith("door:list") for key in kept(page))


@pytest.mark.parametrize("language", ["id", "en"])
@pytest.mark.parametrize("width", [320, 1280])
def test_it_fits_and_reads(live_server: LiveServer, page: Page, language: str, width: int) -> None:
    morning = build(live_server.app)
    page.set_viewport_size({"width": width, "height": 740})
    open_list(page, morning.guide, language)
    look_at(page)
    page.locator("input[name=shown]").fill(morning.codes[0])
    page.keyboard.press("Enter")
    expect(page.locator("[data-part=answer] h2")).to_be_visible()
    look_at(page)
