"""A guest without JavaScript gives up a part of a trip: chooses, sees what comes back, and does it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask

from app.bookings.models import Booking
from app.core.db import db, transaction
from app.tours.inventory import PackageChoice
from app.tours.rules import PriceUnit
from app.villages.rules import Terms
from tests.bookings import acts
from tests.bookings.test_pages import codes_token, statements
from tests.factories import (
    ARRIVAL,
    NOW,
    House,
    make_choice,
    make_house,
    make_package,
    make_paid,
    make_product,
    make_product_choice,
)
from tests.machinery.clients import Visitor

DAY = timedelta(days=1)
Clock = Callable[[object], None]


@pytest.fixture(autouse=True)
def season(set_clock: Clock) -> None:
    set_clock(NOW)


def trip(
    app: Flask, visitor: Visitor, *, names: tuple[str, ...] = (), unit: PriceUnit = PriceUnit.PERSON
) -> str:
    """Three nights, a package for three and four pieces, paid; the guest has the link."""
    with app.app_context(), transaction():
        house: House = make_house(terms=Terms.MODERATE)
        size = 1 if unit == PriceUnit.PERSON else 4
        tour = make_package(on=ARRIVAL + DAY, price=150_000, unit=unit, unit_size=size)
        goods = make_product(price=20_000)
        choices = (
            make_choice(house.room, nights=3),
            PackageChoice(str(tour.departure), 3, participants=names),
            make_product_choice(goods, quantity=4),
        )
        code = make_paid(house, *choices).code
    visitor.open(f"/bookings/{code}?lang=en&token={codes_token(app, code)}")
    return code


def as_it_is(app: Flask, code: str) -> Booking:
    with app.app_context():
        db.session.expire_all()
        return acts.booking(code)


def test_a_night_off_the_end(app: Flask, visitor: Visitor) -> None:
    code = trip(app, visitor)
    visitor.follow("Take nights off, or come with fewer: Omah Contoh")
    assert "Nothing changes before you have seen what comes back" in visitor.text
    visitor.submit("/part/0", departure=f"{ARRIVAL + 2 * DAY}")
    assert (visitor.status, "Comes backRp200.000" in visitor.text) == (200, True)
    assert "by your clock" in visitor.html
    assert as_it_is(app, code).lines[0].departure == ARRIVAL + 3 * DAY, "looked at only"
    visitor.submit("/part/0", reason="The plane")
    assert visitor.path == f"/bookings/{code}"
    assert "Rp200.000 goes back to you" in visitor.text
    assert "Stays with the village for what you gave upRp0" in visitor.text
    assert as_it_is(app, code).lines[0].departure == ARRIVAL + 2 * DAY


def test_whoever_chooses_otherwise_sees_that_first(app: Flask, visitor: Visitor) -> None:
    code = trip(app, visitor)
    visitor.open(f"/bookings/{code}/part/0").submit("/part/0", departure=f"{ARRIVAL + 2 * DAY}")
    visitor.submit("/part/0", arrival=f"{ARRIVAL + DAY}", departure=f"{ARRIVAL + 3 * DAY}")
    assert "Comes backRp200.000" in visitor.text, "another night, the same sum"
    assert as_it_is(app, code).lines[0].arrival == ARRIVAL
    visitor.submit("/part/0")
    assert as_it_is(app, code).lines[0].arrival == ARRIVAL + DAY


def test_another_sum_is_shown_before_anything_changes(app: Flask, visitor: Visitor, set_clock: Clock) -> None:
    code = trip(app, visitor)
    visitor.open(f"/bookings/{code}/part/0").submit("/part/0", arrival=f"{ARRIVAL + DAY}")
    set_clock(as_it_is(app, code).lines[0].starts_at - 4 * DAY)
    visitor.submit("/part/0")
    assert visitor.status == 409
    assert "Now Rp0 would come back" in visitor.text
    visitor.submit("/part/0")
    assert "Stays with the village for what you gave upRp200.000" in visitor.text


def test_who_of_three_does_not_come(app: Flask, visitor: Visitor) -> None:
    code = trip(app, visitor, names=("Ani", "Budi", "Citra"))
    visitor.open(f"/bookings/{code}/part/1").submit("/part/1", adults="2")
    assert "there are more names than people" in visitor.text
    visitor.submit("/part/1", adults="2", without="1")
    assert "Comes backRp150.000" in visitor.text
    visitor.submit("/part/1", adults="2", without="1")
    assert "Ani, Citra" in visitor.text
    assert "Budi" not in visitor.text


def test_a_boat_that_is_still_needed(app: Flask, visitor: Visitor) -> None:
    code = trip(app, visitor, unit=PriceUnit.BOAT)
    visitor.open(f"/bookings/{code}/part/1").submit("/part/1", adults="2")
    assert "The price stays the same" in visitor.text
    visitor.submit("/part/1")
    assert as_it_is(app, code).lines[1].adults == 2


def test_fewer_pieces(app: Flask, visitor: Visitor) -> None:
    code = trip(app, visitor)
    visitor.open(f"/bookings/{code}/part/2").submit("/part/2", quantity="1")
    assert "Comes backRp60.000" in visitor.text
    visitor.submit("/part/2")
    assert as_it_is(app, code).lines[2].quantity == 1


def test_what_is_wrong_is_said_beside_its_field(app: Flask, visitor: Visitor) -> None:
    code = trip(app, visitor)
    visitor.open(f"/bookings/{code}/part/0").submit("/part/0")
    assert "Choose what you would like to give up" in visitor.text
    visitor.submit("/part/0", departure="2030-01-01")
    assert visitor.status == 422
    assert visitor.open(f"/bookings/{code}/part/7").status == 404


def test_nothing_to_give_up_is_not_offered(app: Flask, visitor: Visitor, set_clock: Clock) -> None:
    with app.app_context(), transaction():
        code = make_paid(make_house(), nights=1).code
    visitor.open(f"/bookings/{code}?lang=en&token={codes_token(app, code)}")
    assert "Take nights off" not in visitor.text
    made = trip(app, visitor)
    set_clock(as_it_is(app, made).lines[0].starts_at + DAY)
    assert visitor.open(f"/bookings/{made}/part/0").status == 409


def test_it_is_nobody_elses(app: Flask, visitor: Visitor) -> None:
    code = trip(app, visitor)
    visitor.client.delete_cookie(f"booking_{code}", path=f"/bookings/{code}")
    assert visitor.open(f"/bookings/{code}/part/0").status == 404


def test_it_asks_the_database_seldom(app: Flask, visitor: Visitor) -> None:
    code = trip(app, visitor)
    visitor.open(f"/bookings/{code}/part/1")
    with statements(app) as asked:
        visitor.open(f"/bookings/{code}/part/1")
    assert len(asked) <= 4, asked
