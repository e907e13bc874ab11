"""The page of a booking asks little of the database, whatever its state."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from flask import Flask
from sqlalchemy import event

from app.bookings import services
from app.core import codes
from app.core.db import db, transaction
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

MOST = 8
"""For a stay; a package asks for its departure and names, a product for where it waits."""


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
