"""The guest's ticket: one for each package and product of a certain booking, and the key that checks them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.bookings.queries import find_booking
from app.bookings.rules import Ticket, is_its_day, read_ticket, write_ticket
from app.bookings.services import ticket_of
from app.core import codes, qr, seals
from app.core.dates import VILLAGE_ZONE
from app.core.db import transaction
from app.tours.inventory import PackageChoice
from tests.factories import (
    NOW,
    make_choice,
    make_hold,
    make_house,
    make_package,
    make_paid,
    make_product,
    make_product_choice,
)
from tests.machinery.clients import Visitor


def test_what_is_written_is_read_again() -> None:
    ticket = Ticket("ACDEFGH", 3, 12)
    assert read_ticket(write_ticket(ticket)) == ticket


@pytest.mark.parametrize(
    "text", ["", "SD1.A.1", "SD2.A.1.1", "SD1.A.x.1", "SD1.A.1.1.1", "SD1.A.-1.1", "SD1.A.¹.1"]
)
def test_nothing_else_is(text: str) -> None:
    with pytest.raises(ValueError, match="no ticket"):
        read_ticket(text)


@pytest.mark.parametrize(
    ("start", "now", "is_let_in"),
    [
        ("2027-05-03T09:00", "2027-05-03T00:00", True),
        ("2027-05-03T09:00", "2027-05-03T23:59", True),
        ("2027-05-03T09:00", "2027-05-02T23:59", False),
        ("2027-05-03T09:00", "2027-05-04T00:00", False),
        ("2027-05-03T00:30", "2027-05-02T23:00", True),
        ("2027-05-03T00:30", "2027-05-02T21:00", False),
        ("2027-05-03T23:30", "2027-05-04T01:00", True),
    ],
)
def test_the_day_is_the_villages(start: str, now: str, is_let_in: bool) -> None:
    at, then = (datetime.fromisoformat(text).replace(tzinfo=VILLAGE_ZONE) for text in (start, now))
    assert is_its_day(at, then) == is_let_in


def test_packages_and_products_of_a_certain_booking_have_one(
    app: Flask, visitor: Visitor, set_clock: Callable[..., None]
) -> None:
    set_clock(NOW)
    with app.app_context(), transaction():
        house, tour, goods = make_house(rooms=2), make_package(), make_product()
        choices = [
            make_choice(house.room),
            PackageChoice(tour.departure or "", 2),
            make_product_choice(goods),
        ]
        paid = make_paid(None, *choices).code  # type: ignore[arg-type]
        held = make_hold(None, *choices).code  # type: ignore[arg-type]
    for code, count in ((paid, 2), (held, 0)):
        with app.app_context():
            token = codes.access_token(code, 1)
        visitor.open(f"/bookings/{code}?token={token}")
        assert visitor.html.count('class="qr"') == count
    visitor.open(f"/bookings/{paid}")
    with app.app_context():
        booking = find_booking(paid)
        assert booking is not None
        drawn = [
            qr.draw(ticket_of(booking=booking, line=line)).path in visitor.html for line in booking.lines
        ]
    assert drawn == [False, True, True]


def test_the_key_is_public(app: Flask, client: FlaskClient) -> None:
    answer = client.get("/bookings/ticket-key.pem")
    assert answer.status_code == 200
    with app.app_context():
        assert answer.get_data(as_text=True) == seals.public_key()
    assert timedelta(seconds=answer.cache_control.max_age or 0) == timedelta(hours=1)
