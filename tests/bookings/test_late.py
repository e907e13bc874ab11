"""Money that comes when the hold is over: taken for it where the nights are still to be had, else sent back in full."""

from __future__ import annotations

from datetime import time

import pytest
from sqlalchemy.orm import Session

from app.bookings import services
from app.bookings.rules import BookingState
from app.core.dates import village_instant
from app.core.db import db, transaction
from app.homestays.models import RoomNight
from app.homestays.rules import NightState
from app.payments.queries import find_open_payment, list_payments, list_refunds
from app.payments.rules import PaymentState
from app.tours.inventory import PackageChoice
from app.tours.services import close_departure
from tests.bookings import acts
from tests.bookings.acts import DAY, OVER, later
from tests.factories import ARRIVAL, make_package


def test_late_and_still_free(season: Session) -> None:
    code = acts.hold(acts.house())
    asked = acts.asked(code)
    with later(OVER):
        assert acts.reads(code) == BookingState.EXPIRED
    with later(2 * DAY):
        acts.expire()
        acts.pay(code, asked)
        booking = acts.booking(code)
        assert (booking.state, booking.received, booking.ended_at) == (BookingState.CONFIRMED, 400_000, None)
        assert [payment.state for payment in list_payments(booking.reference)] == [PaymentState.SUCCEEDED]
        assert list_refunds(booking.reference) == []
        acts.nothing_is_wrong()


def test_late_and_another_room_of_the_kind_is_free(season: Session) -> None:
    """The second of the two nights was lost to somebody else: the guest gets the other room for both, and what was left
    of the first room is free again."""
    house = acts.house(rooms=2)
    code = acts.hold(house)
    (mine,) = {unit.unit_id for unit in acts.booking(code).lines[0].units}
    with later(OVER):
        others = [acts.hold(house, nights=1, arrival=ARRIVAL + DAY) for _ in range(2)]
        for other in others:
            if {unit.unit_id for unit in acts.booking(other).lines[0].units} != {mine}:
                with transaction():
                    services.release_hold(code=other)
        acts.pay(code, 400_000)
        booking = acts.booking(code)
        (now,) = {unit.unit_id for unit in booking.lines[0].units}
        assert booking.state == BookingState.CONFIRMED
        assert now != mine
        sold = db.session.query(RoomNight).where(RoomNight.booking_line_id == booking.lines[0].id).all()
        assert [claim.state for claim in sold] == [NightState.SOLD] * 2
        assert acts.hold(house, nights=1)
        acts.nothing_is_wrong()


def test_late_and_gone(season: Session) -> None:
    house = acts.house()
    code = acts.hold(house)
    with later(OVER):
        acts.hold(house, nights=1, arrival=ARRIVAL + DAY)
        receipt = acts.pay(code, 400_000)
        assert acts.booking(code).state == BookingState.EXPIRED
        (refund,) = list_refunds(f"booking:{code}")
        assert (refund.amount, refund.keeper, refund.reason) == (400_000, receipt.keeper, "gone")
        assert find_open_payment(f"booking:{code}") is None
        assert {claim.night for claim in db.session.query(RoomNight)} == {ARRIVAL + DAY}
        acts.nothing_is_wrong()


def test_late_and_too_little(season: Session) -> None:
    code = acts.hold(acts.house())
    acts.pay(code, 100_000)
    with later(OVER):
        acts.pay(code, 299_999)
        amounts = [refund.amount for refund in list_refunds(f"booking:{code}")]
        assert sorted(amounts) == [100_000, 299_999]
        assert acts.reads(code) == BookingState.EXPIRED
        acts.nothing_is_wrong()


def test_late_on_the_evening_of_arrival(season: Session) -> None:
    code = acts.hold(acts.house())
    with later(village_instant(ARRIVAL, time(23, 59))):
        acts.pay(code, 400_000)
        assert acts.booking(code).state == BookingState.CONFIRMED


def test_late_and_the_day_of_arrival_is_over(season: Session) -> None:
    """One of the two nights is still to come; all the same it goes back and revives nothing."""
    code = acts.hold(acts.house())
    with later(village_instant(ARRIVAL + DAY, time(0, 1))):
        acts.pay(code, 400_000)
        assert [refund.reason for refund in list_refunds(f"booking:{code}")] == ["ended"]
        assert acts.reads(code) == BookingState.EXPIRED
        acts.nothing_is_wrong()


@pytest.mark.parametrize(
    ("at", "reasons"),
    [(time(7, 59), []), (time(8, 0), ["gone"]), (time(8, 59), ["gone"]), (time(9, 0), ["ended"])],
)
def test_late_and_the_departure_is_near_or_has_begun(season: Session, at: time, reasons: list[str]) -> None:
    """Seats are free, yet who needs an hour to get ready sells none in that hour; and a package counts from its start:
    nobody pays for what has set out without them."""
    with transaction():
        tour = make_package(on=ARRIVAL, at=time(9, 0), cutoff_hours=1)
    code = acts.hold(None, PackageChoice(str(tour.departure), 2))
    with later(village_instant(ARRIVAL, at)):
        acts.pay(code, 200_000)
        assert acts.booking(code).state == (BookingState.EXPIRED if reasons else BookingState.CONFIRMED)
        assert [refund.reason for refund in list_refunds(f"booking:{code}")] == reasons
        acts.nothing_is_wrong()


def test_late_and_the_departure_is_not_sold_any_more(season: Session) -> None:
    """Who had a place keeps it; a hold that has run out is no place, so the money goes back."""
    with transaction():
        tour = make_package(on=ARRIVAL)
    code, in_time = (acts.hold(None, PackageChoice(str(tour.departure), 2)) for _ in range(2))
    with transaction():
        close_departure(departure_id=int(tour.departure_id or 0))
    acts.pay(in_time, 200_000)
    assert acts.booking(in_time).state == BookingState.CONFIRMED
    with later(OVER):
        acts.pay(code, 200_000)
        assert acts.booking(code).state == BookingState.EXPIRED
        assert [refund.reason for refund in list_refunds(f"booking:{code}")] == ["gone"]
        acts.nothing_is_wrong()


def test_late_and_the_guest_would_have_left_already(season: Session) -> None:
    code = acts.hold(acts.house())
    with later(14 * DAY):
        acts.expire()
    with later(15 * DAY):
        acts.pay(code, 400_000)
        assert [refund.reason for refund in list_refunds(f"booking:{code}")] == ["ended"]
        assert acts.booking(code).state == BookingState.EXPIRED
        acts.nothing_is_wrong()


def test_a_part_that_was_paid_comes_back_when_time_is_over(season: Session) -> None:
    code = acts.hold(acts.house())
    receipt = acts.pay(code, 150_000)
    with later(OVER):
        assert acts.expire() == 1
        assert acts.expire() == 0
        (refund,) = list_refunds(f"booking:{code}")
        assert (refund.amount, refund.receipt_id, refund.reason) == (150_000, receipt.id, "expired")
        assert acts.stage("pending") == 0
        assert acts.family("tax") == {}
        acts.nothing_is_wrong()
