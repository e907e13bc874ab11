"""How a booking goes on: let go, run out, vouched for, paid otherwise, slept, sent back."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.bookings import services
from app.bookings.rules import BookingState, Plan, UnitState
from app.core.audit import AuditEntry
from app.core.dates import EARN_AT, village_instant
from app.core.db import db, transaction
from app.core.errors import Invalid, NotFound, SoldOut, WrongState
from app.homestays.models import RoomNight
from app.homestays.rules import NightState
from app.ledger.queries import balance
from app.payments.queries import find_open_payment, list_payments, list_refunds
from app.payments.rules import PaymentMethod, PaymentState, RefundState
from app.users.rules import Role, Scope
from tests.bookings import acts
from tests.bookings.acts import DAY, OVER, later
from tests.factories import ARRIVAL, House, make_hold

CASH, TRANSFER = PaymentMethod.CASH, PaymentMethod.TRANSFER
FIRST_NOON = village_instant(ARRIVAL + DAY, EARN_AT)


def release(code: str) -> None:
    with transaction():
        services.release_hold(code=code)


def vouch(code: str, house: House, reason: str = "known to us") -> None:
    user_id = acts.user(Role.DESK, at=house)
    with transaction():
        services.vouch_booking(code=code, reason=reason, by_user_id=user_id)


# Let go, and run out


def test_a_hold_is_let_go_once_and_for_all(season: Session) -> None:
    house = acts.house()
    code = acts.hold(house)
    release(code)
    release(code)
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
            release(code)
    with later(OVER), pytest.raises(WrongState):
        release(lapsed)
    with pytest.raises(NotFound):
        release("AAAAAAA")


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
    vouch(code, house)
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
        vouch(code, house, reason="  ")
    with later(OVER), pytest.raises(WrongState):
        vouch(lapsed, house)
    vouch(code, house)
    with pytest.raises(WrongState):
        vouch(code, house)


def test_a_booking_that_was_vouched_for_earns_only_what_was_paid(season: Session) -> None:
    house = acts.house()
    code = acts.hold(house)
    vouch(code, house)
    with later(30 * DAY):
        acts.earn()
        assert acts.booking(code).state == BookingState.COMPLETED
        assert (acts.stage("pending"), acts.stage("payable")) == (0, 0)
        acts.nothing_is_wrong()


# Paying otherwise


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


# Slept


def test_each_night_is_earned_at_noon_of_the_next_day(season: Session) -> None:
    code = acts.hold(acts.house())
    acts.pay(code)
    with later(FIRST_NOON - timedelta(seconds=5)):
        assert acts.earn() == 0
    with later(FIRST_NOON):
        assert acts.earn() == 1
        assert acts.earn() == 0
        assert acts.stage("payable") + acts.stage("pending") == 363_637
        assert acts.stage("payable") == 181_819
        assert acts.booking(code).state == BookingState.CONFIRMED
    with later(FIRST_NOON + DAY):
        assert acts.earn() == 1
        booking = acts.booking(code)
        assert booking.state == BookingState.COMPLETED
        assert {unit.state for unit in booking.lines[0].units} == {UnitState.EARNED}
        assert acts.stage("pending") == 0
        acts.nothing_is_wrong()


def test_a_batch_that_ends_between_two_rooms(season: Session) -> None:
    code = acts.hold(acts.house(rooms=3), rooms=3, nights=1)
    acts.pay(code)
    with later(30 * DAY):
        for _ in range(3):
            with transaction():
                assert services.complete_services(limit=1) == 1
        assert acts.booking(code).state == BookingState.COMPLETED
        assert acts.stage("pending") == 0
        acts.nothing_is_wrong()


def test_a_hold_earns_nothing(season: Session) -> None:
    acts.hold(acts.house())
    with later(30 * DAY):
        assert acts.earn() == 0


# Sent back


def refund_of(code: str) -> int:
    with transaction():
        services.release_hold(code=code)
    acts.pay(code, 400_000)
    (refund,) = list_refunds(f"booking:{code}")
    return refund.id


def send(refund_id: int, user_id: int, proof: str = "BCA 0042", scope: Scope | None = None) -> None:
    with transaction():
        services.send_refund(
            refund_id=refund_id, proof=proof, by_user_id=user_id, scope=scope or Scope(everything=True)
        )


def test_a_refund_is_sent_once_with_proof(season: Session) -> None:
    house = acts.house()
    code, user_id = acts.hold(house), acts.user(Role.BUMDES_TREASURER, at=house)
    refund_id = refund_of(code)
    assert balance(f"refund:{refund_id}") == 400_000
    with pytest.raises(Invalid):
        send(refund_id, user_id, proof=" ")
    send(refund_id, user_id)
    (refund,) = list_refunds(f"booking:{code}")
    assert (refund.state, refund.proof, refund.sent_by_id) == (RefundState.SENT, "BCA 0042", user_id)
    assert balance(f"refund:{refund_id}") == balance("held:bank:sarihayu") == 0
    with pytest.raises(WrongState):
        send(refund_id, user_id)
    acts.nothing_is_wrong()


def test_a_refund_of_another_village_is_not_there(season: Session) -> None:
    house = acts.house()
    user_id = acts.user(Role.BUMDES_TREASURER, at=house)
    refund_id = refund_of(acts.hold(house))
    with pytest.raises(NotFound):
        send(refund_id, user_id, scope=Scope(villages=frozenset({house.village_id + 1})))
    with pytest.raises(NotFound):
        send(refund_id + 99, user_id)
    send(refund_id, user_id, scope=Scope(villages=frozenset({house.village_id})))


def test_whoever_comes_second_finds_it_sold(season: Session) -> None:
    house = acts.house()
    acts.pay(acts.hold(house))
    with pytest.raises(SoldOut), transaction():
        make_hold(house)
    with later(OVER), pytest.raises(SoldOut), transaction():
        make_hold(house, arrival=date(2027, 5, 4), nights=1)
