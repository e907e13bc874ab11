"""The guest changes the way of paying, or pays what is still due."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from app.bookings import services
from app.bookings.rules import BookingState, Plan
from app.core.dates import EARN_AT, village_instant
from app.core.db import db
from app.core.errors import Invalid, WrongState
from app.homestays.models import RoomNight
from app.homestays.rules import NightState
from app.payments.queries import find_open_payment, list_payments
from app.payments.rules import PaymentMethod, PaymentState
from tests.bookings import acts
from tests.bookings.acts import DAY, OVER, later
from tests.factories import ARRIVAL

CASH, TRANSFER = PaymentMethod.CASH, PaymentMethod.TRANSFER
FIRST_NOON = village_instant(ARRIVAL + DAY, EARN_AT)


def test_paying_at_the_door_instead_moves_the_end_of_the_hold(season: Session) -> None:
    code = acts.hold(acts.house(pay_on_arrival=True, deposit=3000))
    assert acts.change_method(code, CASH) is None
    booking = acts.booking(code)
    assert (booking.method, booking.plan, booking.due_now) == (CASH, Plan.ON_ARRIVAL, 400_000)
    assert booking.hold_expires_at is not None
    assert booking.hold_expires_at.isoformat() == "2027-05-03T13:00:00+00:00"
    assert {claim.expires_at for claim in db.session.query(RoomNight)} == {booking.hold_expires_at}
    assert find_open_payment(booking.reference) is None
    payment = acts.change_method(code, TRANSFER)
    assert payment is not None
    assert (payment.amount, acts.booking(code).plan) == (120_000, Plan.DEPOSIT)
    acts.nothing_is_wrong()


def test_a_way_that_the_house_does_not_allow(season: Session) -> None:
    code = acts.hold(acts.house())
    with pytest.raises(Invalid):
        acts.change_method(code, CASH)
    assert acts.booking(code).method == TRANSFER


def test_a_new_attempt_takes_the_place_of_the_old(season: Session) -> None:
    code = acts.hold(acts.house())
    old = acts.asked(code)
    acts.change_method(code, TRANSFER)
    states = [payment.state for payment in list_payments(f"booking:{code}")]
    assert states == [PaymentState.CANCELLED, PaymentState.PENDING]
    receipt = acts.pay(code, old)
    assert acts.booking(code).state == BookingState.CONFIRMED, (
        "whoever pays the old one has paid all the same"
    )
    assert receipt.applied == 400_000


def test_a_part_that_covers_the_deposit_makes_the_booking_certain(season: Session) -> None:
    """Half was paid at the desk of what would be paid at the door; by transfer 30 % is due now."""
    code = acts.hold(acts.house(pay_on_arrival=True, deposit=3000), method=CASH)
    acts.pay(code, 200_000, method=CASH)
    assert acts.reads(code) == BookingState.HELD
    assert acts.change_method(code, TRANSFER) is None
    booking = acts.booking(code)
    assert (booking.state, booking.plan, booking.amount_due) == (
        BookingState.CONFIRMED,
        Plan.DEPOSIT,
        200_000,
    )
    assert {claim.state for claim in db.session.query(RoomNight)} == {NightState.SOLD}
    acts.nothing_is_wrong()


def test_nothing_to_pay(season: Session) -> None:
    house = acts.house(rooms=2)
    paid, lapsed = acts.hold(house), acts.hold(house)
    acts.pay(paid)
    with pytest.raises(WrongState):
        acts.change_method(paid, TRANSFER)
    with later(OVER), pytest.raises(WrongState):
        acts.change_method(lapsed, TRANSFER)


def test_a_balance_is_paid_by_transfer_or_at_the_desk(season: Session) -> None:
    code = acts.hold(acts.house(deposit=3000, pay_on_arrival=True))
    acts.pay(code)
    with pytest.raises(Invalid):
        acts.change_method(code, CASH)
    assert services.payment_methods(booking=acts.booking(code)) == [TRANSFER]


def test_cash_closes_the_transfer_that_was_asked_for(season: Session) -> None:
    code = acts.hold(acts.house())
    acts.pay(code, 400_000, method=CASH)
    assert acts.reads(code) == BookingState.CONFIRMED
    assert find_open_payment(f"booking:{code}") is None
