"""The page of other dates: what they would cost, and then for sure; without JavaScript."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask

from app.bookings import queries
from app.bookings.models import Booking
from app.core.db import db, transaction
from app.homestays.models import RoomType
from app.tours.inventory import PackageChoice
from app.villages.rules import Terms
from tests.bookings.changing import DAY, WEDNESDAY
from tests.bookings.test_pages import MOST, asked_by_page, codes_token, statements
from tests.factories import (
    NOW,
    House,
    make_choice,
    make_departure,
    make_hold,
    make_house,
    make_package,
    make_paid,
)
from tests.machinery.clients import Visitor

LATER = WEDNESDAY + 2 * DAY


@pytest.fixture(autouse=True)
def season(set_clock: Callable[..., None]) -> None:
    """The houses are free then."""
    set_clock(NOW)


def stay(app: Flask, visitor: Visitor, *, paid: bool = True) -> tuple[str, House]:
    """Two nights from the Wednesday on, whose guest has the link."""
    with app.app_context(), transaction():
        house = make_house(terms=Terms.FLEXIBLE)
        code = (make_paid if paid else make_hold)(None, make_choice(house.room, arrival=WEDNESDAY)).code
    visitor.open(f"/bookings/{code}?lang=en&token={codes_token(app, code)}")
    return code, house


def confirm(visitor: Visitor) -> None:
    """Press the button below what it would cost."""
    form = next(form for form in visitor.forms if "expected_total" in form.names)
    visitor.submit("/dates/0", expected_total=dict(form.values)["expected_total"])


def booking_of(app: Flask, code: str) -> Booking:
    with app.app_context():
        found = queries.find_booking(code)
        assert found is not None
        return found


def test_other_nights_are_looked_at_and_taken(app: Flask, visitor: Visitor) -> None:
    code, _house = stay(app, visitor)
    visitor.follow("Change dates")
    assert "Nothing is changed yet." in visitor.text
    visitor.submit("/dates/0", arrival=str(LATER), departure=str(LATER + 2 * DAY))
    assert visitor.status == 200
    for words in ("Rp400.000 → Rp450.000", "Then still to pay", "Rp50.000", "Pay it by"):
        assert words in visitor.text
    assert "data-own-time" in visitor.html or "<time" in visitor.html, (
        "the guest's own clock beside the village's"
    )
    confirm(visitor)
    assert visitor.path == f"/bookings/{code}"
    for words in ("Your dates are changed.", "You moved this to other dates on", "Transfer exactly"):
        assert words in visitor.text
    booking = booking_of(app, code)
    assert booking.total - booking.received == 50_000


def test_a_departure_is_chosen_from_the_list(app: Flask, visitor: Visitor) -> None:
    with app.app_context(), transaction():
        tour = make_package(price=150_000, on=WEDNESDAY, seats=4, terms=Terms.FLEXIBLE)
        make_departure(tour.package_id, on=WEDNESDAY + DAY, seats=1)
        other = make_departure(tour.package_id, on=WEDNESDAY + 7 * DAY, seats=4, price=140_000)
        code, public_id = make_paid(None, PackageChoice(str(tour.departure), 2)).code, other.public_id
    visitor.open(f"/bookings/{code}?lang=en&token={codes_token(app, code)}")
    visitor.follow("Change dates")
    assert "4 places left · Rp280.000" in visitor.text
    assert "full" in visitor.text
    visitor.open(f"/bookings/{code}/dates/0?run={public_id}")
    assert "Comes back to youRp20.000" in visitor.text
    confirm(visitor)
    assert "Rp20.000 goes back to you" in visitor.text
    assert booking_of(app, code).total == 280_000


def test_full_nights_lead_to_the_nearest_free_ones(app: Flask, visitor: Visitor) -> None:
    code, house = stay(app, visitor)
    with app.app_context(), transaction():
        make_paid(None, make_choice(house.room, arrival=LATER, nights=1))
    visitor.open(f"/bookings/{code}/dates/0?arrival={LATER}&departure={LATER + 2 * DAY}")
    assert "There is no room on these dates." in visitor.text
    assert "These dates are free:" in visitor.text
    near = LATER + DAY
    visitor.open(f"/bookings/{code}/dates/0?arrival={near}&departure={near + 2 * DAY}")
    assert "Change the dates" in visitor.text


def test_gone_meanwhile_nothing_is_changed(app: Flask, visitor: Visitor) -> None:
    code, house = stay(app, visitor)
    visitor.open(f"/bookings/{code}/dates/0?arrival={LATER}&departure={LATER + 2 * DAY}")
    with app.app_context(), transaction():
        make_paid(None, make_choice(house.room, arrival=LATER, nights=1))
    confirm(visitor)
    assert visitor.status == 409
    assert "you keep yours" in visitor.text
    assert len(booking_of(app, code).lines) == 1


def test_another_price_is_shown_first(app: Flask, visitor: Visitor) -> None:
    code, house = stay(app, visitor)
    visitor.open(f"/bookings/{code}/dates/0?arrival={LATER}&departure={LATER + 2 * DAY}")
    with app.app_context(), transaction():
        db.session.get_one(RoomType, house.room_type_id).saturday_price = 350_000
    confirm(visitor)
    assert visitor.status == 409
    assert "The trip would now cost Rp550.000 in all. Nothing was changed." in visitor.text
    confirm(visitor)
    assert visitor.path == f"/bookings/{code}"
    assert booking_of(app, code).total == 550_000


@pytest.mark.parametrize(
    "asked",
    [
        f"arrival={LATER}",
        f"arrival={LATER}&departure={LATER}",
        "arrival=never&departure=2027-05-09",
        "run=" + "x" * 40,
    ],
)
def test_what_is_no_date_is_said(app: Flask, visitor: Visitor, asked: str) -> None:
    code, _house = stay(app, visitor)
    visitor.open(f"/bookings/{code}/dates/0?{asked}")
    assert visitor.status == 422
    visitor.open(f"/bookings/{code}/dates/0?run=nothing")
    assert (visitor.status, "What it would cost" in visitor.text) == (200, False)


def test_nobody_else_changes_them(app: Flask, visitor: Visitor) -> None:
    code, _house = stay(app, visitor)
    stranger = Visitor(app.test_client())
    assert stranger.open(f"/bookings/{code}/dates/0").status == 404
    assert visitor.open(f"/bookings/{code}/dates/7").status == 404
    assert visitor.client.post(f"/bookings/{code}/dates/0", data={}).status_code in {400, 422}


def test_the_page_counts_what_it_asks(app: Flask, visitor: Visitor) -> None:
    code, _house = stay(app, visitor)
    path = f"/bookings/{code}/dates/0?arrival={LATER}&departure={LATER + 2 * DAY}"
    visitor.open(path)
    with statements(app) as asked:
        visitor.open(path)
    assert visitor.status == 200
    assert len(asked) <= MOST + 4, asked
    confirm(visitor)
    # Two more: the line before, and the sheet that the difference could be paid by.
    assert len(asked_by_page(app, visitor, code)) <= MOST + 2


def test_a_begun_stay_has_no_other_dates(
    app: Flask, visitor: Visitor, set_clock: Callable[..., None]
) -> None:
    code, _house = stay(app, visitor)
    with app.app_context():
        begins = booking_of(app, code).lines[0].starts_at
    set_clock(begins + timedelta(hours=1))
    assert "Change dates" not in visitor.open(f"/bookings/{code}").text
    assert visitor.open(f"/bookings/{code}/dates/0").status == 409
