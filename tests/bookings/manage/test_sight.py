"""Who sees a booking, and how much of it: names, contact, shares, buttons. Another's booking is a 404."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask

from app.users.rules import Role
from tests.bookings.desk import CASH, Desk, book, receive
from tests.machinery.clients import Visitor

As = Callable[..., Visitor]

NAME, PHONE = "Tamu Contoh", "+62 812-0000-0099"
READERS = [Role.DESK, Role.BUMDES_TREASURER, Role.BUMDES_MANAGER, Role.MANAGER, Role.HOST]
NAMELESS = [Role.SUPERVISOR, Role.VILLAGE_HEAD, Role.AUDITOR]
OUTSIDE = [Role.OBSERVER, Role.GUIDE, Role.MAKER]


@pytest.mark.parametrize("role", READERS)
def test_those_who_receive_guests_see_who_comes(app: Flask, desk: Desk, as_: As, role: Role) -> None:
    code = book(app, desk.here)
    receive(app, code, desk.people[Role.DESK])
    page = as_(role).open(f"/manage/bookings/{code}")
    assert page.status == 200
    assert NAME in page.text
    assert PHONE in page.text


@pytest.mark.parametrize("role", NAMELESS)
def test_those_who_watch_see_figures_and_no_names(app: Flask, desk: Desk, as_: As, role: Role) -> None:
    code = book(app, desk.here)
    receive(app, code, desk.people[Role.DESK])
    for address in (f"/manage/bookings/{code}", "/manage/bookings", "/manage/revenue?month=2027-04"):
        page = as_(role).open(address)
        assert page.status == 200, address
        assert code in page.text, address
        assert NAME not in page.html, address
        assert "0812" not in page.html, address
        assert "812-0000" not in page.html, address


@pytest.mark.parametrize("role", OUTSIDE)
def test_others_do_not_see_a_booking(app: Flask, desk: Desk, as_: As, role: Role) -> None:
    code = book(app, desk.here)
    page = as_(role).open(f"/manage/bookings/{code}")
    assert page.status in {403, 404}
    assert NAME not in page.html


@pytest.mark.parametrize("role", [*READERS, *NAMELESS])
def test_another_villages_booking_is_not_there(app: Flask, desk: Desk, as_: As, role: Role) -> None:
    code = book(app, desk.there)
    if role != Role.MANAGER:
        assert as_(role).open(f"/manage/bookings/{code}").status == 404
        assert as_(role, there=True).open(f"/manage/bookings/{code}").status == 200


def test_names_are_not_found_by_who_may_not_see_them(app: Flask, desk: Desk, as_: As) -> None:
    code = book(app, desk.here, name="Raka Contoh")
    assert code not in as_(Role.AUDITOR).open("/manage/bookings?q=raka").text
    assert code in as_(Role.AUDITOR).open(f"/manage/bookings?q={code[:4].lower()}").text
    assert code in as_(Role.DESK).open("/manage/bookings?q=raka").text


def test_a_host_gets_the_phone_of_certain_guests_only(app: Flask, desk: Desk, as_: As) -> None:
    code = book(app, desk.here)
    page = as_(Role.HOST).open(f"/manage/bookings/{code}")
    assert NAME in page.text
    assert PHONE not in page.text
    assert PHONE in as_(Role.DESK).open(f"/manage/bookings/{code}").text
    receive(app, code, desk.people[Role.DESK])
    assert PHONE in as_(Role.HOST).open(f"/manage/bookings/{code}").text


def test_a_host_sees_the_own_part_of_a_trip(app: Flask, desk: Desk, as_: As) -> None:
    code = book(app, desk.here, desk.there)
    receive(app, code, desk.people[Role.BUMDES_TREASURER])
    page = as_(Role.HOST).open(f"/manage/bookings/{code}")
    assert "Omah Sarihayu" in page.text
    assert "Omah Tirtomulyo" not in page.text
    assert "Bu Contoh tirtomulyo" not in page.text
    assert "1 other part of this trip" in page.text
    assert "It adds up to the last rupiah" in page.text
    whole = as_(Role.MANAGER).open(f"/manage/bookings/{code}")
    assert "Bu Contoh tirtomulyo" in whole.text
    assert "other part" not in whole.text


def test_the_desk_sees_what_is_due_and_not_the_shares(app: Flask, desk: Desk, as_: As) -> None:
    code = book(app, desk.here, method=CASH)
    page = as_(Role.DESK).open(f"/manage/bookings/{code}")
    assert "Still to payRp400.000" in page.text
    assert "Who gets what" not in page.text
    assert "Who gets what" in as_(Role.BUMDES_TREASURER).open(f"/manage/bookings/{code}").text


def test_the_trail_goes_from_the_guest_to_the_payees(app: Flask, desk: Desk, as_: As) -> None:
    code = book(app, desk.here)
    receive(app, code, desk.people[Role.BUMDES_TREASURER])
    text = as_(Role.BUMDES_TREASURER).open(f"/manage/bookings/{code}").text
    assert "Received Rp400." in text
    assert "Bank Contoh 001, BUMDes Sarihayu" in text
    assert "Divided Rp400.000" in text
    assert text.index("Received") < text.index("Divided")


def test_who_signs_in_nowhere_is_sent_to_the_door(app: Flask, desk: Desk) -> None:
    code = book(app, desk.here)
    for address in (
        f"/manage/bookings/{code}",
        "/manage",
        "/manage/money",
        "/manage/refunds",
        "/manage/revenue",
    ):
        assert Visitor(app.test_client()).open(address).path.startswith("/login"), address
