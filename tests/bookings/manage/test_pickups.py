"""Products are put aside and handed over by the desk of the place where they wait; the maker earns with the second."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import pytest
from flask import Flask

from app.bookings.queries import find_booking
from app.bookings.queries.checks import check_books, check_inventory
from app.bookings.rules import BookingState, UnitState
from app.bookings.services import cancel_booking, cancellation_of
from app.core.db import db, transaction
from app.revenue.rules import PayeeKind, RevenueKind
from app.users.rules import Role
from app.villages.models import Village
from tests.bookings.desk import NOW, Desk
from tests.factories import make_agreement, make_hold, make_paid, make_product, make_product_choice
from tests.machinery.clients import Visitor

As = Callable[..., Visitor]


@dataclass(frozen=True)
class Bought:
    """A booking of two pieces of one product."""

    code: str
    unpaid: str


@pytest.fixture
def bought(app: Flask, desk: Desk) -> Bought:
    """Two pieces that a guest has paid for, and one that another has not."""
    with app.app_context(), transaction():
        village = db.session.get_one(Village, desk.here.id)
        make_agreement(village, kind=RevenueKind.PRODUCT)
        goods = make_product(village, payee=desk.here.payees[PayeeKind.MAKER])
        paid = make_paid(None, make_product_choice(goods, quantity=2))
        unpaid = make_hold(None, make_product_choice(goods))
        return Bought(paid.code, unpaid.code)


def line_of(app: Flask, code: str) -> tuple[bool, bool, BookingState, set[UnitState]]:
    """Whether it is put aside, whether handed over, the booking's state, its units' states."""
    with app.app_context():
        booking = find_booking(code)
        assert booking is not None
        line = booking.lines[0]
        states = {unit.state for unit in line.units}
        return line.ready_at is not None, line.handed_over_at is not None, booking.state, states


def nothing_is_wrong(app: Flask) -> None:
    with app.app_context():
        assert [check.name for check in [*check_books(), *check_inventory()] if not check.holds] == []


def test_put_aside_then_handed_over(app: Flask, as_: As, bought: Bought) -> None:
    desk = as_(Role.DESK).open("/manage").follow("Pickups")
    assert bought.code in desk.text
    assert bought.unpaid not in desk.text, "what is not certain waits for nobody"
    desk.submit(f"/manage/pickups/{bought.code}/0/ready")
    assert "Put aside: " in desk.text
    assert line_of(app, bought.code) == (True, False, BookingState.CONFIRMED, {UnitState.BOOKED})

    desk.submit(f"/manage/pickups/{bought.code}/0/handed-over")
    assert "Handed over: " in desk.text
    assert line_of(app, bought.code) == (True, True, BookingState.COMPLETED, {UnitState.EARNED})
    nothing_is_wrong(app)


def test_a_second_tap_changes_nothing(app: Flask, as_: As, bought: Bought) -> None:
    desk = as_(Role.DESK).open("/manage/pickups")
    again = as_(Role.DESK).open("/manage/pickups")
    for page in (desk, again):
        page.submit(f"/manage/pickups/{bought.code}/0/handed-over")
        assert page.status == 200
    assert line_of(app, bought.code)[3] == {UnitState.EARNED}
    nothing_is_wrong(app)


def test_what_is_not_paid_is_not_handed_over(as_: As, bought: Bought) -> None:
    desk = as_(Role.DESK).open("/manage/pickups")
    token = dict(next(form for form in desk.forms if "pickups" in form.action).values)["csrf_token"]
    for step in ("ready", "handed-over"):
        address = f"/manage/pickups/{bought.unpaid}/0/{step}"
        answer = desk.client.post(address, data={"csrf_token": token})
        assert answer.status_code == 409
        assert "not certain" in answer.get_data(as_text=True)


def test_the_desk_of_another_village_finds_nothing(as_: As, bought: Bought) -> None:
    stranger = as_(Role.DESK, there=True).open("/manage/pickups")
    assert bought.code not in stranger.text
    assert as_(Role.MAKER).open("/manage/pickups").status == 403


def test_once_put_aside_nothing_comes_back(app: Flask, as_: As, bought: Bought) -> None:
    with app.app_context():
        booking = find_booking(bought.code)
        assert booking is not None
        assert cancellation_of(booking=booking).kept == 0
    as_(Role.DESK).open("/manage/pickups").submit(f"/manage/pickups/{bought.code}/0/ready")
    with app.app_context(), transaction():
        booking = cancel_booking(code=bought.code, reason=None)
        assert (booking.refunded, booking.received) == (0, booking.total)
    nothing_is_wrong(app)


def test_the_desk_is_told_the_day_before(
    as_: As, bought: Bought, set_clock: Callable[[object], None]
) -> None:
    assert "to be put aside" not in as_(Role.DESK).open("/manage").text, "it is fetched in a week"
    set_clock(NOW + timedelta(days=6))
    page = as_(Role.DESK).open("/manage")
    assert "1 thing is to be put aside" in page.text
    page.follow("See the pickups").submit(f"/manage/pickups/{bought.code}/0/ready")
    assert "to be put aside" not in page.open("/manage").text


def test_place_and_maker_need_no_guests_language(as_: As, bought: Bought) -> None:
    text = as_(Role.DESK).open("/manage/pickups?lang=id").text
    assert "Balkondes Sarihayu" in text
    assert "to pick up in" not in text


def test_the_booking_tells_where_the_product_is(as_: As, bought: Bought) -> None:
    desk = as_(Role.DESK).open("/manage/pickups")
    desk.submit(f"/manage/pickups/{bought.code}/0/ready")
    text = desk.open(f"/manage/bookings/{bought.code}").text
    assert "2 pieces" in text
    assert "Handed overnot yet" in text
    assert "Leave" not in text
