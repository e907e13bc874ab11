"""The desk looks for what guests say they sent, and accepts a transfer for tonight."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask

from app.bookings.rules import BookingState
from app.bookings.services import claim_transfer
from app.core.dates import Nights
from app.core.db import transaction
from app.core.uploads import Photo
from app.users.rules import Role
from tests.bookings.desk import CASH, NOW, TODAY, Desk, asked, book, see
from tests.bookings.manage.conftest import As


def claim(app: Flask, code: str, photo: bytes | None = None) -> None:
    with app.app_context(), transaction():
        claim_transfer(code=code, photo=Photo("png", photo) if photo else None)


def test_from_the_first_page_to_the_record(app: Flask, desk: Desk, as_: As) -> None:
    code = book(app, desk.here)
    claim(app, code)
    page = as_(Role.DESK).open("/manage")
    assert "1 guest says that the money is sent" in page.text
    page = page.follow("Look for the money")
    assert code in page.text
    told = page.follow(f"It is there: record it: {code}").submit(f"/manage/money/{code}")
    assert "certain and paid in full" in told.text
    assert see(app, code).state == BookingState.CONFIRMED
    assert "Nobody waits for you" in told.open("/manage/transfers").text


def test_it_is_not_there_yet(app: Flask, desk: Desk, as_: As, set_clock: Callable[[object], None]) -> None:
    code = book(app, desk.here)
    claim(app, code)
    set_clock(NOW + timedelta(hours=3))
    page = as_(Role.BUMDES_TREASURER).open("/manage/transfers")
    assert "Waiting since" in page.text
    page = page.follow(f"It is not there yet: {code}")
    refused = page.submit("/not-found", reason=" ")
    assert refused.status == 422
    told = refused.submit("/not-found", reason="mutasi sampai siang")
    assert "The guest has been told" in told.text
    assert "Nobody waits for you" in told.text


def test_the_photo_is_shown_as_a_picture_only(app: Flask, desk: Desk, as_: As) -> None:
    code = book(app, desk.here)
    claim(app, code, b"picture")
    answer = as_(Role.DESK).client.get(f"/manage/transfers/{code}/photo")
    assert (answer.status_code, answer.mimetype, answer.get_data()) == (200, "image/png", b"picture")
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert as_(Role.DESK, there=True).client.get(f"/manage/transfers/{code}/photo").status_code == 404


@pytest.mark.parametrize("role", [Role.HOST, Role.SUPERVISOR, Role.AUDITOR, Role.OBSERVER])
def test_others_do_not_look(desk: Desk, as_: As, role: Role) -> None:
    assert as_(role).open("/manage/transfers").status == 403


def test_another_village_sees_nothing_of_it(app: Flask, desk: Desk, as_: As) -> None:
    code = book(app, desk.here)
    claim(app, code)
    assert code not in as_(Role.DESK, there=True).open("/manage/transfers").text
    assert as_(Role.DESK, there=True).open(f"/manage/transfers/{code}").status == 404


def test_a_transfer_for_tonight_is_accepted(app: Flask, desk: Desk, as_: As) -> None:
    nights = Nights(TODAY, TODAY + timedelta(days=1))
    code = book(app, desk.here, nights=nights, method=CASH)
    page = as_(Role.DESK).open(f"/manage/bookings/{code}")
    assert "Say why" in page.submit("/accept-transfer", accept_reason=" ").text
    told = page.open(f"/manage/bookings/{code}").submit("/accept-transfer", accept_reason="di telepon")
    assert "Accepted" in told.text
    assert "I accept a transfer" not in told.text


def test_a_transfer_that_is_open_anyway_needs_nobody(app: Flask, desk: Desk, as_: As) -> None:
    code = book(app, desk.here)
    assert asked(app, code)
    assert "I accept a transfer" not in as_(Role.DESK).open(f"/manage/bookings/{code}").text
