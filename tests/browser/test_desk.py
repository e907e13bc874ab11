"""Every page of the desk fits a phone and reads: host, treasurer and the assisting company, in both languages."""

from __future__ import annotations

import pytest
from flask import Flask
from playwright.sync_api import Page

from app.core.db import transaction
from app.users.rules import Role
from tests.browser.test_booking import look_at, sign_in
from tests.factories import in_days, make_choice, make_hold, make_house, make_paid, make_user
from tests.journeys.town import with_secret
from tests.machinery.servers import LiveServer

SHARED = ["/manage", "/manage/guests", "/manage/homestays", "/account"]
PAGES = {
    Role.HOST: ["/manage/earnings"],
    Role.BUMDES_TREASURER: [
        "/manage/bookings",
        "/manage/money",
        "/manage/refunds",
        "/manage/revenue",
        "/manage/messages",
    ],
    Role.BUMDES_MANAGER: ["/manage/people", "/manage/people/new", "/manage/villages"],
    Role.MANAGER: ["/manage/revenue", "/manage/villages", "/manage/people", "/manage/bookings"],
}


def build(app: Flask, role: Role) -> tuple[str, str]:
    """Somebody with the office, and the code of a paid booking."""
    with app.app_context(), transaction():
        house = make_house(rooms=2, whole=True)
        paid = make_paid(house, make_choice(house.room, arrival=in_days(20)))
        make_hold(house, arrival=in_days(40))
        email = with_secret(make_user(role, house=house, name="Bu Contoh"))
    return email, paid.code


@pytest.mark.parametrize("language", ["id", "en"])
@pytest.mark.parametrize("role", list(PAGES))
def test_the_desk(live_server: LiveServer, page: Page, role: Role, language: str) -> None:
    email, code = build(live_server.app, role)
    page.set_viewport_size({"width": 360, "height": 740})
    page.goto(f"/?lang={language}")
    sign_in(page, email)
    for path in [*SHARED, *PAGES[role], f"/manage/bookings/{code}"]:
        answer = page.goto(path)
        assert answer is not None
        assert answer.status == 200, path
        look_at(page)
    page.goto("/manage/homestays")
    for part in ("/calendar", "/rates"):
        link = page.locator(f"a[href$='{part}']").first
        if link.count():
            page.goto(str(link.get_attribute("href")))
            look_at(page)
            page.goto("/manage/homestays")
