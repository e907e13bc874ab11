"""A guest types a code where the price is shown, and sees what it does."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app.bookings.line_texts import write_line
from app.bookings.models import Booking
from app.core.db import db
from app.core.limits import limiter
from tests.bookings import acts
from tests.bookings.coupons import gift, voucher
from tests.factories import NOW, House, make_choice
from tests.machinery.clients import Visitor

GUEST = {"name": "Tamu", "phone": "081200000001"}
BOOKED = GUEST | {"country": "ID", "payment": "transfer"}


@pytest.fixture
def house(app: Flask, set_clock: Callable[..., None]) -> House:
    set_clock(NOW)
    with app.app_context():
        return acts.house(rooms=3)


def page_of(house: House) -> str:
    return f"/bookings/new?line={write_line(make_choice(house.room))}&lang=en"


def booked(app: Flask) -> list[tuple[int, int]]:
    with app.app_context():
        return [(one.total, one.discount) for one in map(whole, db.session.scalars(select(Booking.code)))]


def whole(code: str) -> Booking:
    return acts.booking(code)


def test_the_total_falls_and_stays_so(app: Flask, visitor: Visitor, house: House) -> None:
    with app.app_context():
        code = voucher(house.village_id, amount=25_000)
    visitor.open(page_of(house))
    visitor.submit("/bookings/new", button="1", voucher=code, **GUEST)
    assert visitor.status == 200
    assert "Taken off by your voucher" in visitor.text
    assert "Rp375.000" in visitor.text
    visitor.submit("/bookings/new", **BOOKED)
    assert booked(app) == [(375_000, 25_000)]


def test_a_code_that_was_not_looked_at_changes_the_price_first(
    app: Flask, visitor: Visitor, house: House
) -> None:
    with app.app_context():
        code = voucher(house.village_id, amount=25_000)
    visitor.open(page_of(house))
    visitor.submit("/bookings/new", voucher=code, **BOOKED)
    assert visitor.status == 409
    assert "The price is now Rp375.000" in visitor.text
    visitor.submit("/bookings/new", **BOOKED)
    assert booked(app) == [(375_000, 25_000)]


def test_a_gift_pays_all_of_it(app: Flask, visitor: Visitor, house: House) -> None:
    with app.app_context():
        code = gift(400_000)
    visitor.open(page_of(house))
    visitor.submit("/bookings/new", button="1", voucher=code, **GUEST)
    assert "Book: nothing to pay" in visitor.text
    visitor.submit("/bookings/new", **BOOKED)
    assert "Your booking is certain" in visitor.text


def test_a_wrong_code_is_said_and_nothing_typed_is_lost(app: Flask, visitor: Visitor, house: House) -> None:
    visitor.open(page_of(house))
    visitor.submit("/bookings/new", voucher="WRONGCODE", **BOOKED)
    assert visitor.status == 422
    assert "We do not know this code" in visitor.text
    assert "081200000001" in str(visitor.forms)
    assert booked(app) == []


@pytest.mark.settings(rate_limits=True)
def test_guessing_ends_and_who_guesses_nothing_goes_on(
    app: Flask, client: FlaskClient, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", False)
    try:
        tries = [client.post(page_of(house), data={"voucher": f"WRONG{number}"}) for number in range(12)]
        assert [answer.status_code for answer in tries] == [422] * 10 + [429] * 2
        assert client.post(page_of(house), data={"use": "1"}).status_code == 200
        sent = {"lines": [], "voucher": "WRONG99"}
        assert client.post("/api/v1/quotes", json=sent).status_code == 429, "one count over all doors"
    finally:
        limiter.reset()
        limiter.enabled = False
