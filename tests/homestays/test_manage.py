"""The host's door: whose houses, the calendar, nights closed and opened, rates."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from app.core.audit import AuditEntry
from app.core.dates import Nights
from app.core.db import db, transaction
from app.homestays import queries
from app.users.rules import Role
from tests.homestays.conftest import NOW, World, book, make_user, sign_in
from tests.machinery.clients import Visitor

OWN, FOREIGN = "/manage/homestays/omah-contoh", "/manage/homestays/balkondes-contoh"
STAY = Nights(date(2027, 5, 4), date(2027, 5, 6))


@pytest.fixture
def host(app: Flask, visitor: Visitor, world: World) -> Visitor:
    """The host of the family house, signed in."""
    with app.app_context(), transaction():
        user_id = make_user("host", Role.HOST, payee_id=world.family_payee_id)
    return sign_in(app, visitor, user_id)


def as_role(app: Flask, visitor: Visitor, role: Role, **place: int) -> Visitor:
    with app.app_context(), transaction():
        user_id = make_user(role.value.replace("_", ""), role, **place)
    return sign_in(app, visitor, user_id)


def sell(app: Flask, world: World, nights: Nights = STAY) -> str:
    with app.app_context(), transaction():
        return book(world, nights, by=make_user("desk2", Role.DESK, village_id=world.village_id))


def taken(app: Flask, world: World) -> list[tuple[int, str, str]]:
    with app.app_context():
        nights = queries.list_taken_nights(world.family_id, Nights(date(2027, 4, 1), date(2027, 12, 1)))
        return [(world.rooms.index(one.room_id), f"{one.night:%m-%d}", one.state.value) for one in nights]


def test_a_host_sees_the_own_house_only(host: Visitor) -> None:
    host.open("/manage/homestays")
    assert "Omah Contoh" in host.text
    assert "Balkondes Contoh" not in host.text


@pytest.mark.parametrize("path", ["/calendar", "/rates"])
def test_anothers_house_is_not_there(host: Visitor, path: str) -> None:
    assert host.open(OWN + path).status == 200
    assert host.open(FOREIGN + path).status == 404


def test_writing_to_anothers_house_is_not_there(host: Visitor, world: World, app: Flask) -> None:
    host.open(OWN + "/calendar")
    token = (
        dict(host.forms[-1].values).get("csrf_token") or host.html.split('name="csrf_token"')[1].split('"')[3]
    )
    fields = {"csrf_token": token, "room": "0", "first": "2027-05-04", "step": "close", "wanted": "open"}
    for path in (
        f"{FOREIGN}/nights",
        f"/manage/homestays/rates/{world.double}",
        f"/manage/homestays/rates/{world.double}/open",
    ):
        assert host.client.post(path, data=fields).status_code == 404
    assert host.client.post(f"{OWN}/state", data=fields | {"wanted": "paused"}).status_code == 403


def test_a_stranger_is_sent_to_sign_in(visitor: Visitor, world: World) -> None:
    answer = visitor.client.get(OWN + "/calendar")
    assert answer.status_code in {302, 303, 401}
    assert "Omah Contoh" not in answer.get_data(as_text=True)


def test_the_village_and_the_manager_reach_the_house(app: Flask, visitor: Visitor, world: World) -> None:
    desk = as_role(app, visitor, Role.DESK, village_id=world.village_id)
    assert desk.open(OWN + "/calendar").status == 200
    assert desk.open(FOREIGN + "/calendar").status == 404
    manager = as_role(app, visitor, Role.MANAGER)
    assert manager.open(FOREIGN + "/calendar").status == 200


def test_who_only_reads_gets_no_form(app: Flask, visitor: Visitor, world: World) -> None:
    auditor = as_role(app, visitor, Role.AUDITOR, village_id=world.village_id)
    assert auditor.open(OWN + "/calendar").status == 200
    assert not [form for form in auditor.forms if "nights" in form.action]
    assert auditor.client.post(f"{OWN}/nights", data={}).status_code in {400, 403}


def test_closing_one_room_and_again_and_opening(app: Flask, host: Visitor, world: World) -> None:
    host.open(OWN + "/calendar")
    fields = {"room": world.rooms[0], "first": "2027-05-04", "last": "2027-05-05", "note": "family"}
    host.submit("/nights", button="close", **fields)
    assert "2 nights of rooms are closed." in host.text
    assert taken(app, world) == [(0, "05-04", "blocked"), (0, "05-05", "blocked")]
    host.submit("/nights", button="close", **fields)
    assert "These nights were closed already." in host.text
    host.submit("/nights", button="open", **fields)
    assert "2 nights of rooms are on sale again." in host.text
    assert taken(app, world) == []
    host.submit("/nights", button="open", **fields)
    assert "Nothing was closed on these nights." in host.text


def test_the_whole_house_for_one_night(app: Flask, host: Visitor, world: World) -> None:
    host.open(OWN + "/calendar").submit("/nights", button="close", room=0, first="2027-05-04")
    assert taken(app, world) == [(0, "05-04", "blocked"), (1, "05-04", "blocked")]


def test_a_sold_night_is_refused_by_name_and_nothing_is_closed(
    app: Flask, host: Visitor, world: World
) -> None:
    sell(app, world)
    before = taken(app, world)
    host.open(OWN + "/calendar").submit(
        "/nights", button="close", room=0, first="2027-05-03", last="2027-05-08"
    )
    assert host.status == 409
    assert "These nights have a guest and stay open: Tue, 4 May, Wed, 5 May." in host.text
    assert taken(app, world) == before
    kept = next(dict(form.values) for form in host.forms if "nights" in form.action)
    assert (kept["first"], kept["last"]) == ("2027-05-03", "2027-05-08")


@pytest.mark.parametrize(
    ("first", "last", "words"),
    [
        ("2027-04-19", "2027-04-22", "This night is over."),
        ("2027-05-04", "2027-05-03", "The last night comes after the first one"),
        ("2027-05-04", "2029-05-03", "Close at most 370 nights at once"),
        ("soon", "", "This date could not be read."),
        ("", "", "Choose the first night."),
    ],
)
def test_nights_that_cannot_be_closed(host: Visitor, first: str, last: str, words: str) -> None:
    host.open(OWN + "/calendar").submit("/nights", button="close", first=first, last=last)
    assert host.status == 422
    assert words in host.text


def test_the_calendar_shows_states_and_codes_but_no_names(app: Flask, host: Visitor, world: World) -> None:
    code = sell(app, world)
    with app.app_context(), transaction():
        held = book(world, Nights(date(2027, 5, 10), date(2027, 5, 11)))
    host.open(OWN + "/calendar?start=2027-05-04")
    assert f"/manage/bookings/{code}" in host.html
    assert held in host.text
    assert "waiting for payment" in host.text
    assert "Tamu Contoh" not in host.html


def test_an_expired_hold_is_gone_from_the_calendar(
    app: Flask, host: Visitor, world: World, set_clock: Callable[[datetime], None]
) -> None:
    with app.app_context(), transaction():
        held = book(world, STAY)
    set_clock(NOW + timedelta(days=3))
    assert held not in host.open(OWN + "/calendar?start=2027-05-04").text


def test_new_prices_are_said_back_and_leave_a_row(app: Flask, host: Visitor, world: World) -> None:
    prefix = world.single
    host.open(OWN + "/rates").submit(
        f"/rates/{world.single}",
        **{f"{prefix}-weekday": "210rb", f"{prefix}-saturday": "260.000", f"{prefix}-holiday": "0,35 jt"},
    )
    assert "Kamar: Rp210.000 on weekdays, Rp260.000 on Saturday nights, Rp350.000 on holidays" in host.text
    with app.app_context():
        entry = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "rates.changed")).one()
        assert entry.details["after"] == {"weekday": 210_000, "saturday": 260_000, "holiday": 350_000}
        assert entry.user_id is not None


@pytest.mark.parametrize(
    ("typed", "words"),
    [("free", "could not be read"), ("0", "A night costs something"), ("", "Write a price.")],
)
def test_a_price_that_cannot_be_keeps_the_others(host: Visitor, world: World, typed: str, words: str) -> None:
    prefix = world.single
    host.open(OWN + "/rates").submit(
        f"/rates/{world.single}", **{f"{prefix}-weekday": typed, f"{prefix}-saturday": "999.000"}
    )
    assert host.status == 422
    assert words in host.text
    kept = {name: value for form in host.forms for name, value in form.values}
    assert kept[f"{prefix}-saturday"] == "999.000"
    assert kept[f"{world.whole}-saturday"] == "450.000"


def test_a_room_that_is_not_sold_is_not_offered(app: Flask, host: Visitor, world: World) -> None:
    host.open(OWN + "/rates").submit(f"/rates/{world.single}/open", button="shut")
    assert "Kamar is not on sale now." in host.text
    host.open("/homestays/omah-contoh?arrival=2027-05-04&departure=2027-05-06&adults=1")
    assert world.single + "." not in host.html
    host.open(OWN + "/rates").submit(f"/rates/{world.single}/open", button="open")
    assert "Kamar is on sale." in host.text


def test_the_manager_pauses_a_house_and_puts_it_back(app: Flask, visitor: Visitor, world: World) -> None:
    manager = as_role(app, visitor, Role.MANAGER)
    manager.open(OWN + "/rates").submit("/state", button="paused")
    assert "Paused" in manager.text
    manager.submit("/state", button="published")
    assert "On sale" in manager.text


def test_equal_nights_are_one_line_of_the_list(app: Flask, host: Visitor, world: World) -> None:
    sell(app, world)
    host.open(OWN + "/calendar?start=2027-05-03")
    assert "Mon, 3 May Everything is free" in host.text.replace("  ", " ")
    assert "Tue, 4 May – Wed, 5 May" in host.text
    assert "Thu, 6 May – Sun, 30 May Everything is free" in host.text.replace("  ", " ")


@pytest.mark.parametrize("start", ["x", "0001-01-01", "9999-12-31", "2027-02-30"])
def test_any_start_leads_to_four_weeks(host: Visitor, start: str) -> None:
    assert host.open(f"{OWN}/calendar?start={start}").status == 200
