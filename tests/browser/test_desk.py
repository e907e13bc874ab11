"""Every page of the desk fits a phone and reads: host, guide, desk, treasurer and the company, in both languages."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from flask import Flask
from playwright.sync_api import Page

from app.core.db import transaction
from app.tours.inventory import PackageChoice
from app.users.rules import Role
from app.users.services import give_office
from tests.browser.test_booking import look_at, sign_in
from tests.factories import (
    in_days,
    make_choice,
    make_guest,
    make_hold,
    make_house,
    make_package,
    make_paid,
    make_product,
    make_product_choice,
    make_user,
)
from tests.journeys.town import with_secret
from tests.machinery.servers import LiveServer

SHARED = ["/manage", "/account"]
HOUSES = ["/manage/guests", "/manage/homestays"]
PAGES = {
    Role.HOST: [*HOUSES, "/manage/earnings"],
    Role.GUIDE: ["/manage/earnings", "/manage/departures", "/manage/packages"],
    Role.MAKER: ["/manage/earnings", "/manage/products"],
    Role.DESK: [*HOUSES, "/manage/pickups", "/manage/departures", "/manage/bookings"],
    Role.BUMDES_TREASURER: [
        "/manage/bookings",
        "/manage/money",
        "/manage/refunds",
        "/manage/revenue",
        "/manage/messages",
    ],
    Role.BUMDES_MANAGER: [*HOUSES, "/manage/people", "/manage/people/new", "/manage/villages"],
    Role.MANAGER: ["/manage/revenue", "/manage/villages", "/manage/people", "/manage/bookings"],
}
WITHOUT_BOOKING = {Role.GUIDE, Role.MAKER}


@dataclass(frozen=True)
class Desk:
    """Who signs in, a paid trip of all three kinds, and the departure that it joins."""

    email: str
    code: str
    departure: str


def build(app: Flask, role: Role) -> Desk:
    """Somebody with the office in a village where everything is sold."""
    with app.app_context(), transaction():
        house = make_house(rooms=2, whole=True)
        tour = make_package(name="Dapur Contoh", on=in_days(21))
        goods = make_product()
        trip = [
            make_choice(house.room, arrival=in_days(20)),
            PackageChoice(str(tour.departure), 2, 0, ("Ana Contoh", "Budi Rekaan")),
            make_product_choice(goods, quantity=2),
        ]
        paid = make_paid(house, *trip, guest=make_guest(phone="+6281200000077"))
        make_hold(house, arrival=in_days(40))
        own = {Role.GUIDE: tour.guide_payee_id, Role.MAKER: goods.maker_payee_id}.get(role)
        person = make_user(*([] if own else [role]), house=house, name="Bu Contoh")
        if own:
            give_office(user_id=person, role=role, payee_id=own)
        email = with_secret(person)
    return Desk(email, paid.code, str(tour.departure))


def pages_of(role: Role, desk: Desk) -> list[str]:
    """What the office opens."""
    pages = [*SHARED, *PAGES[role]]
    if role not in WITHOUT_BOOKING:
        pages.append(f"/manage/bookings/{desk.code}")
    if "/manage/departures" in pages:
        pages.append(f"/manage/departures/{desk.departure}")
    return pages


@pytest.mark.parametrize("language", ["id", "en"])
@pytest.mark.parametrize("role", list(PAGES))
def test_the_desk(live_server: LiveServer, page: Page, role: Role, language: str) -> None:
    desk = build(live_server.app, role)
    page.set_viewport_size({"width": 360, "height": 740})
    page.goto(f"/?lang={language}")
    sign_in(page, desk.email)
    for path in pages_of(role, desk):
        answer = page.goto(path)
        assert answer is not None
        assert answer.status == 200, path
        look_at(page)
    if "/manage/homestays" in PAGES[role]:
        look_at_houses(page)


def look_at_houses(page: Page) -> None:
    """The pages of the first house."""
    page.goto("/manage/homestays")
    for part in ("/calendar", "/rates"):
        link = page.locator(f"a[href$='{part}']").first
        if link.count():
            page.goto(str(link.get_attribute("href")))
            look_at(page)
            page.goto("/manage/homestays")
