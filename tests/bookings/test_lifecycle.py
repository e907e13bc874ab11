"""How a booking goes on: let go, run out, vouched for."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.bookings import services
from app.bookings.rules import BookingState
from app.core.audit import AuditEntry
from app.core.dates import EARN_AT, village_instant
from app.core.db import db, transaction
from app.core.errors import Invalid, NotFound, WrongState
from app.homestays.models import RoomNight
from app.homestays.rules import NightState
from app.payments.queries import list_payments
from app.payments.rules import PaymentMethod, PaymentState
from tests.bookings import acts
from tests.bookings.acts import DAY, OVER, later
from tests.factories import ARRIVAL

CASH, TRANSFER = PaymentMethod.CASH, PaymentMethod.TRANSFER
FIRST_NOON = village_instant(ARRIVAL + DAY, EARN_AT)


def test_a_hold_is_let_go_once_and_for_all(season: Session) -> None:
    house = acts.house()
    code = acts.hold(house)
    acts.release(code)
    acts.release(code)
    booking = acts.booking(code)
    assert booking.state == BookingState.CANCELLED
    assert [payment.state for payment in list_payments(booking.reference)] == [PaymentState.CANCELLED]
    assert acts.hold(house), "the nights are free at once"
    acts.nothing_is_wrong()


def test_what_is_paid_or_over_is_not_let_go(season: Session) -> None:
    house = acts.house(rooms=3)
    confirmed, part, lapsed = acts.hold(house), acts.hold(house), acts.hold(house)
    acts.pay(confirmed)
    acts.pay(part, 1_000)
    for code in (confirmed, part):
        with pytest.raises(WrongState):
            acts.release(code)
    with later(OVER), pytest.raises(WrongState):
        acts.release(lapsed)
    with pytest.raises(NotFound):
        acts.release("AAAAAAA")


def test_a_hold_reads_as_over_before_any_job_has_passed(season: Session) -> None:
    code = acts.hold(acts.house())
    with later(OVER):
        assert acts.booking(code).state == BookingState.HELD
        assert acts.reads(code) == BookingState.EXPIRED
        assert acts.booking(code).amount_due == 0


def test_the_job_closes_what_is_over_and_nothing_else(season: Session) -> None:
    house = acts.house(rooms=3)
    old = [acts.hold(house) for _ in range(2)]
    with later(OVER - timedelta(minutes=2)):
        young = acts.hold(house)
        assert acts.expire() == 0
    with later(OVER):
        with transaction():
            assert services.expire_holds(limit=1) == 1
        assert acts.expire() == 1
        states = [acts.booking(code).state for code in (*old, young)]
        assert states == [BookingState.EXPIRED, BookingState.EXPIRED, BookingState.HELD]
        assert [p.state for p in list_payments(f"booking:{old[0]}")] == [PaymentState.EXPIRED]
        assert db.session.query(RoomNight).count() == 2
        acts.nothing_is_wrong()


def test_the_job_leaves_the_nights_of_whoever_took_over(season: Session) -> None:
    house = acts.house()
    acts.hold(house)
    with later(OVER):
        second = acts.hold(house)
        acts.expire()
        assert {claim.booking_line_id for claim in db.session.query(RoomNight)} == {
            acts.booking(second).lines[0].id
        }


# Vouched for


def test_somebody_vouches_and_money_comes_later(season: Session) -> None:
    house = acts.house()
    code = acts.hold(house)
    acts.vouch(code, house)
    booking = acts.booking(code)
    assert (booking.state, booking.amount_due) == (BookingState.CONFIRMED, 400_000)
    assert {claim.state for claim in db.session.query(RoomNight)} == {NightState.SOLD}
    entry = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "booking:vouched")).one()
    assert (entry.subject, entry.reason) == (booking.reference, "known to us")
    acts.pay(code)
    assert acts.booking(code).amount_due == 0
    acts.nothing_is_wrong()


def test_vouching_needs_a_reason_and_a_running_hold(season: Session) -> None:
    house = acts.house(rooms=2)
    code, lapsed = acts.hold(house), acts.hold(house)
    with pytest.raises(Invalid):
        acts.vouch(code, house, reason="  ")
    with later(OVER), pytest.raises(WrongState):
        acts.vouch(lapsed, house)
    acts.vouch(code, house)
    with pytest.raises(WrongState):
        acts.vouch(code, house)


def test_a_booking_that_was_vouched_for_earns_only_what_was_paid(season: Session) -> None:
    house = acts.house()
    code = acts.hold(house)
    acts.vouch(code, house)
    with later(30 * DAY):
        acts.earn()
        assert acts.booking(code).state == BookingState.COMPLETED
        assert (acts.stage("pending"), acts.stage("payable")) == (0, 0)
        acts.nothing_is_wrong()
