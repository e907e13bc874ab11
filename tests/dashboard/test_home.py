"""The first page: what one's offices open, what waits, today, this month; one tap to what is next."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import select

from app.core.db import db, transaction
from app.users.models import Office
from app.users.rules import Role
from app.users.services import give_office
from tests.bookings.desk import NOW, Desk, book, make_desk, receive, sign_in
from tests.machinery.clients import Visitor

As = Callable[..., Visitor]

LINKS = {
    Role.HOST: ["Start", "Guests", "Calendars", "Earnings"],
    Role.GUIDE: ["Start", "Departures", "Packages", "Earnings"],
    Role.MAKER: ["Start", "Products", "Earnings"],
    Role.DESK: [
        *("Start", "Guests", "Departures", "Pickups", "Bookings"),
        *("Calendars", "Packages", "Products", "Money in", "Cash to hand back", "Messages"),
    ],
    Role.BUMDES_TREASURER: [
        *("Start", "Guests", "Bookings", "Calendars", "Money in", "Refunds", "Approve refunds"),
        *("Cash to hand back", "Revenue", "Messages"),
    ],
    Role.AUDITOR: ["Start", "Bookings", "Calendars", "Revenue"],
    Role.OBSERVER: ["Start", "Revenue"],
    Role.MANAGER: [
        *("Start", "Guests", "Departures", "Pickups", "Bookings", "Calendars", "Packages", "Products"),
        *("Money in", "Refunds", "Approve refunds", "Cash to hand back", "Revenue", "Messages"),
        *("People", "Villages"),
    ],
}
GROUPS = ["Every day", "On offer", "Money", "People and villages"]


@pytest.fixture
def desk(app: Flask, set_clock: Callable[[object], None]) -> Desk:
    set_clock(NOW)
    return make_desk(app)


@pytest.fixture
def as_(app: Flask, desk: Desk) -> As:
    def enter(role: Role) -> Visitor:
        return sign_in(app, Visitor(app.test_client()), desk.people[role])

    return enter


def desk_links(page: Visitor) -> list[tuple[str, str]]:
    """The links of the second course."""
    return [(words, href) for words, href in page.links if href.startswith("/manage") and words in ALL_WORDS]


ALL_WORDS = {words for links in LINKS.values() for words in links}


@pytest.mark.parametrize("role", LINKS)
def test_every_office_sees_its_pages_and_they_open(as_: As, role: Role) -> None:
    visitor = as_(role)
    page = visitor.open("/manage")
    assert page.status == 200
    links = [link for link in dict.fromkeys(desk_links(page)) if link[0] != "Manage"]
    assert [words for words, _href in links] == LINKS[role]
    for words, href in links:
        assert visitor.open(href).status == 200, words
        assert [one for one, _href in dict.fromkeys(desk_links(visitor))] == LINKS[role], words


def test_a_long_menu_stands_in_groups_and_says_where_one_is(as_: As) -> None:
    page = as_(Role.MANAGER).open("/manage/refunds")
    assert [words for words in GROUPS if f"<span>{words}</span>" in page.html] == GROUPS
    assert "Manage: <b>Refunds</b>" in page.html
    short = as_(Role.HOST).open("/manage")
    assert "desk-groups" not in short.html


def test_what_waits_is_one_tap_away(app: Flask, desk: Desk, as_: As) -> None:
    book(app, desk.here)
    book(app, desk.there)
    page = as_(Role.BUMDES_TREASURER).open("/manage")
    assert "1 transfer is waited for" in page.text
    assert "1 message is to be sent by WhatsApp" in page.text
    assert page.follow("Record money received").path == "/manage/money"
    assert "2 transfers are waited for" in as_(Role.MANAGER).open("/manage").text
    assert "What waits" not in as_(Role.HOST).open("/manage").text


def test_nothing_waits_where_nothing_is(as_: As) -> None:
    assert "What waits" not in as_(Role.MANAGER).open("/manage").text


def test_the_month_stands_in_figures(app: Flask, desk: Desk, as_: As) -> None:
    receive(app, book(app, desk.here), desk.people[Role.MANAGER])
    receive(app, book(app, desk.there), desk.people[Role.MANAGER])
    own = as_(Role.BUMDES_TREASURER).open("/manage").text
    assert "Sarihayu in April 2027" in own
    assert "received Rp400.000, divided Rp400.000, difference Rp0" in own
    every = as_(Role.MANAGER).open("/manage")
    assert "All villages in April 2027" in every.text
    assert "received Rp800.000, divided Rp800.000, difference Rp0" in every.text
    assert "Tirtomulyo" in every.text


def test_who_holds_several_offices_sees_all_of_them(app: Flask, desk: Desk, as_: As) -> None:
    with app.app_context(), transaction():
        give_office(user_id=desk.people[Role.HOST], role=Role.BUMDES_TREASURER, village_id=desk.here.id)
    text = as_(Role.HOST).open("/manage").text
    assert "Host, BUMDes treasurer" in text
    assert "Your April 2027" in text
    assert "Sarihayu in April 2027" in text


def test_an_office_that_ended_opens_nothing(app: Flask, desk: Desk, as_: As) -> None:
    visitor = as_(Role.BUMDES_TREASURER)
    assert visitor.open("/manage").status == 200
    with app.app_context(), transaction():
        office = db.session.scalars(
            select(Office).where(Office.user_id == desk.people[Role.BUMDES_TREASURER])
        ).one()
        office.ends_on = office.starts_on
    assert visitor.open("/manage").status == 403
