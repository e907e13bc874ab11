"""The pages of a booking: what they ask of the database, and how cancelling is told."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime, time, timedelta

import pytest
from flask import Flask
from sqlalchemy import event

from app.bookings import services
from app.core import codes
from app.core.dates import village_instant
from app.core.db import db, transaction
from app.tours.inventory import PackageChoice
from app.villages.rules import Terms
from tests.factories import (
    ARRIVAL,
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

MOST = 10
"""For a stay, its receipts and what its guest said of a transfer; a package asks for its departure and names, a product
for where it waits.
"""


@pytest.fixture(autouse=True)
def season(set_clock: Callable[..., None]) -> None:
    """The houses are free then."""
    set_clock(NOW)


@contextmanager
def statements(app: Flask) -> Iterator[list[str]]:
    """What is asked of the database meanwhile; the clock and transactions left out."""
    asked: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        if statement.startswith("SELECT") and " FROM " in " ".join(statement.split()):
            asked.append(statement)

    with app.app_context():
        connection = db.session.connection()
    event.listen(connection, "before_cursor_execute", note)
    try:
        yield asked
    finally:
        event.remove(connection, "before_cursor_execute", note)


def asked_by_page(app: Flask, visitor: Visitor, code: str) -> list[str]:
    """Statements of the second look, when nothing has to be set up any more."""
    visitor.open(f"/bookings/{code}?token={codes_token(app, code)}")
    assert visitor.status == 200
    with statements(app) as asked:
        visitor.open(f"/bookings/{code}")
    assert visitor.status == 200
    return asked


def codes_token(app: Flask, code: str) -> str:
    with app.app_context():
        return codes.access_token(code, 1)


@pytest.mark.parametrize("state", ["held", "confirmed", "cancelled"])
def test_a_stay(app: Flask, visitor: Visitor, state: str) -> None:
    with app.app_context(), transaction():
        house = make_house()
        code = (make_hold if state == "held" else make_paid)(house).code
        if state == "cancelled":
            services.cancel_booking(code=code, reason=None)
    asked = asked_by_page(app, visitor, code)
    assert len(asked) <= MOST, asked


def test_a_trip_of_three_kinds(app: Flask, visitor: Visitor) -> None:
    with app.app_context(), transaction():
        house, tour, goods = make_house(), make_package(), make_product()
        trip = (
            make_choice(house.room),
            PackageChoice(str(tour.departure), 1),
            make_product_choice(goods),
        )
        code = make_paid(house, *trip).code
    asked = asked_by_page(app, visitor.open("/?lang=en"), code)
    assert len(asked) <= MOST + 3, asked
    for words in ("The shared kitchen", "An apron", "Balkondes Sarihayu", "About the package"):
        assert words in visitor.text


def at(day: date, hour: int) -> datetime:
    """An hour of a day in the village."""
    return village_instant(day, time(hour))


def paid_stay(app: Flask, visitor: Visitor) -> str:
    """A stay whose guest has its link, all of it paid; all comes back until the day before."""
    with app.app_context(), transaction():
        code = make_paid(make_house(terms=Terms.FLEXIBLE)).code
    visitor.open(f"/bookings/{code}?lang=en&token={codes_token(app, code)}")
    return code


def test_another_sum_is_shown_before_anything_is_cancelled(
    app: Flask, visitor: Visitor, set_clock: Callable[..., None]
) -> None:
    code = paid_stay(app, visitor)
    visitor.follow("Cancel: see what comes back")
    assert "Comes back to you Rp400.000" in visitor.text
    set_clock(at(ARRIVAL - timedelta(days=1), 15))
    visitor.submit("/cancel", reason="The plane does not fly")
    assert visitor.status == 409
    assert "Now Rp200.000 would come back. Nothing was cancelled." in visitor.text
    assert "Stays with the village Rp200.000" in visitor.text
    assert "The plane does not fly" in visitor.html
    visitor.submit("/cancel")
    assert "Rp200.000 stays with the village" in visitor.text
    assert "Rp200.000 goes back to you" in visitor.text
    for words in ("PaidRp400.000", "Comes back to youRp200.000", "Stays with the villageRp200.000"):
        assert words in visitor.text
    assert visitor.path == f"/bookings/{code}"


def test_cancelled_twice_it_is_cancelled_once(app: Flask, visitor: Visitor) -> None:
    code = paid_stay(app, visitor)
    form = next(
        form for form in visitor.open(f"/bookings/{code}/cancel").forms if "expected_refund" in form.names
    )
    for _click in range(2):
        answer = visitor.client.post(f"/bookings/{code}/cancel", data=dict(form.values))
        assert answer.status_code == 303
    assert visitor.open(f"/bookings/{code}").text.count("goes back to you") == 1


def test_a_trip_that_has_begun_is_for_the_desk(
    app: Flask, visitor: Visitor, set_clock: Callable[..., None]
) -> None:
    code = paid_stay(app, visitor)
    set_clock(at(ARRIVAL, 16))
    visitor.open(f"/bookings/{code}")
    assert "Ask the desk in the village" in visitor.text
    assert "Cancel: see what comes back" not in visitor.text
    assert visitor.open(f"/bookings/{code}/cancel").status == 409


def test_whoever_lost_the_link_is_led_to_it(visitor: Visitor) -> None:
    assert visitor.open("/bookings/ABCDEFG?lang=en").status == 404
    assert visitor.follow("Find your booking").status == 200
    assert "If it is lost, we send it again." in visitor.text


def test_what_is_missing_is_said_on_top_of_a_long_trip(app: Flask, visitor: Visitor) -> None:
    with app.app_context(), transaction():
        line = f"{make_house().room}.{ARRIVAL}.{ARRIVAL + timedelta(days=2)}.1.2.0"
    visitor.open(f"/bookings/new?lang=en&line={line}").submit("/bookings/new", name="")
    assert visitor.status == 422
    assert visitor.text.index("Please tell us your name.") < visitor.text.index("Arrive")


def test_nobody_else_cancels(app: Flask, visitor: Visitor) -> None:
    with app.app_context(), transaction():
        code = make_paid(make_house()).code
    assert visitor.open(f"/bookings/{code}/cancel").status == 404
    assert visitor.open("/bookings/ABCDEFG/cancel").status == 404


def paid_trip(app: Flask, visitor: Visitor, *, paid: bool = True) -> str:
    """A stay and a package whose guest has their link."""
    with app.app_context(), transaction():
        house, tour = make_house(terms=Terms.FLEXIBLE), make_package(seats=4, terms=Terms.FLEXIBLE)
        trip = make_choice(house.room), PackageChoice(str(tour.departure), 2)
        code = (make_paid if paid else make_hold)(None, *trip).code
    visitor.open(f"/bookings/{code}?lang=en&token={codes_token(app, code)}")
    return code


def test_one_part_is_cancelled_for_its_own_sum(app: Flask, visitor: Visitor) -> None:
    code = paid_trip(app, visitor)
    visitor.follow("Cancel: see what comes back")
    assert visitor.text.count("Cancel only this, and keep the rest") == 2
    visitor.submit("/cancel/0", button="400000")
    assert visitor.path == f"/bookings/{code}"
    assert "Your booking is certain" in visitor.text
    assert "You cancelled this on" in visitor.text
    assert "Rp400.000 goes back to you" in visitor.text
    visitor.follow("Cancel: see what comes back")
    assert "Cancel only this, and keep the rest" not in visitor.text
    visitor.submit("/cancel")
    assert "You cancelled this booking" in visitor.text


def test_another_sum_of_a_part_is_shown_first(
    app: Flask, visitor: Visitor, set_clock: Callable[..., None]
) -> None:
    code = paid_trip(app, visitor)
    visitor.open(f"/bookings/{code}/cancel")
    set_clock(at(ARRIVAL - timedelta(days=1), 15))
    visitor.submit("/cancel/0", button="400000")
    assert visitor.status == 409
    assert "Now Rp200.000 would come back. Nothing was cancelled." in visitor.text
    visitor.submit("/cancel/0", button="200000")
    assert "Rp200.000 goes back to you" in visitor.text
    assert "Stays with the villageRp200.000" in visitor.text


def test_a_part_of_what_is_only_kept_is_let_go(app: Flask, visitor: Visitor) -> None:
    code = paid_trip(app, visitor, paid=False)
    visitor.follow("Cancel a part: see what comes back")
    visitor.submit("/cancel/1", button="0")
    assert visitor.path == f"/bookings/{code}"
    assert "Still to payRp400.000" in visitor.text
    assert "Cancel a part: see what comes back" not in visitor.text


def test_a_part_that_is_not_there_is_not_cancelled(app: Flask, visitor: Visitor) -> None:
    code = paid_trip(app, visitor)
    form = next(f for f in visitor.open(f"/bookings/{code}/cancel").forms if "expected_refund" in f.names)
    assert visitor.client.post(f"/bookings/{code}/cancel/7", data=dict(form.values)).status_code == 404
