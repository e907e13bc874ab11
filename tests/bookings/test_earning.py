"""Nights that were slept, and money that goes back."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy.orm import Session

from app.bookings import services
from app.bookings.rules import BookingState, UnitState
from app.core.dates import EARN_AT, village_instant
from app.core.db import transaction
from app.core.errors import Invalid, NotFound, SoldOut, WrongState
from app.ledger.queries import balance
from app.payments.queries import list_refunds
from app.payments.rules import PaymentMethod, RefundState
from app.users.rules import Role, Scope
from tests.bookings import acts
from tests.bookings.acts import DAY, OVER, later
from tests.factories import ARRIVAL, make_hold, make_sent_refund

CASH, TRANSFER = PaymentMethod.CASH, PaymentMethod.TRANSFER
FIRST_NOON = village_instant(ARRIVAL + DAY, EARN_AT)


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
        make_sent_refund(refund_id, proof=proof, by_user_id=user_id, scope=scope or Scope(everything=True))


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
