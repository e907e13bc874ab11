"""Money arrives: in time, in parts, too much, in cash, for several villages, for what has ended."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy.orm import Session

from app.bookings import queries, services
from app.bookings.rules import BookingState
from app.core.db import db, transaction
from app.core.errors import Invalid, NotFound
from app.homestays.models import RoomNight
from app.homestays.rules import NightState
from app.ledger.queries import balance, keeper_balances
from app.payments.queries import find_open_payment, list_payments, list_receipts, list_refunds
from app.payments.rules import PaymentMethod, PaymentState
from app.users.rules import Role
from tests.bookings import acts
from tests.bookings.acts import DAY, later
from tests.factories import ARRIVAL, make_choice, make_receipt, make_village

CASH = PaymentMethod.CASH


def test_what_was_asked_confirms(season: Session) -> None:
    code = acts.hold(acts.house())
    asked = acts.asked(code)
    receipt = acts.pay(code)
    booking = acts.booking(code)
    assert (booking.state, booking.received, booking.amount_due) == (BookingState.CONFIRMED, 400_000, 0)
    assert (receipt.applied, receipt.code_amount, receipt.excess) == (400_000, asked - 400_000, 0)
    assert [payment.state for payment in list_payments(booking.reference)] == [PaymentState.SUCCEEDED]
    assert {claim.state for claim in db.session.query(RoomNight)} == {NightState.SOLD}
    assert balance("codes:sarihayu") == asked - 400_000
    assert balance("held:bank:sarihayu") == -asked
    acts.nothing_is_wrong()


def test_shares_are_what_was_quoted(season: Session) -> None:
    code = acts.hold(acts.house())
    quoted = queries.shares_of(acts.booking(code))
    acts.pay(code)
    assert queries.kept_shares(acts.booking(code)) == quoted
    assert sum(share.amount for share in quoted) == 400_000


def test_parts_are_asked_for_again_until_all_is_there(season: Session) -> None:
    code = acts.hold(acts.house())
    acts.pay(code, 150_000)
    assert acts.reads(code) == BookingState.HELD
    payment = find_open_payment(f"booking:{code}")
    assert payment is not None
    assert payment.amount == 250_000
    acts.pay(code, 100_000)
    acts.nothing_is_wrong()
    acts.pay(code)
    booking = acts.booking(code)
    assert (booking.state, booking.received) == (BookingState.CONFIRMED, 400_000)
    states = [payment.state for payment in list_payments(booking.reference)]
    assert states == [PaymentState.CANCELLED, PaymentState.CANCELLED, PaymentState.SUCCEEDED]
    acts.nothing_is_wrong()


def test_too_much_lies_under_review(season: Session) -> None:
    code = acts.hold(acts.house())
    receipt = acts.pay(code, 500_000)
    assert (receipt.applied, receipt.excess) == (400_000, 100_000)
    assert balance(f"review:{receipt.id}") == 100_000
    again = acts.pay(code, 70_000)
    assert (again.applied, again.excess) == (0, 70_000)
    assert acts.booking(code).received == 400_000
    acts.nothing_is_wrong()


def test_a_deposit_confirms_and_the_balance_completes_the_payment(season: Session) -> None:
    code = acts.hold(acts.house(deposit=3000))
    acts.pay(code)
    booking = acts.booking(code)
    assert (booking.state, booking.received, booking.amount_due) == (BookingState.CONFIRMED, 120_000, 280_000)
    payment = acts.change_method(code, PaymentMethod.TRANSFER)
    assert payment is not None
    assert payment.amount == 280_000
    assert payment.due_at is not None
    assert payment.due_at.date() == date(2027, 4, 26)
    acts.pay(code)
    assert acts.booking(code).amount_due == 0
    assert find_open_payment(booking.reference) is None
    acts.nothing_is_wrong()


def test_the_deposit_fills_the_first_night_first(season: Session) -> None:
    code = acts.hold(acts.house(deposit=6000))
    acts.pay(code)
    filled = queries.filled_units(acts.booking(code))
    assert list(filled.values()) == [200_000, 40_000]


def test_a_balance_in_parts_leaves_the_attempt_open(season: Session) -> None:
    code = acts.hold(acts.house(deposit=3000))
    acts.pay(code)
    acts.change_method(code, PaymentMethod.TRANSFER)
    acts.pay(code, 100_000)
    assert find_open_payment(f"booking:{code}") is not None
    acts.pay(code, 180_000, method=CASH)
    assert acts.booking(code).amount_due == 0
    assert find_open_payment(f"booking:{code}") is None
    acts.nothing_is_wrong()


def test_cash_lies_in_the_box_of_the_first_village(season: Session) -> None:
    with transaction():
        there = make_village("tirtomulyo")
    one, two = acts.house(), acts.house(village=there)
    code = acts.hold(None, make_choice(two.room), make_choice(one.room))
    receipt = acts.pay(code, 800_000, method=CASH)
    assert receipt.keeper == "cash:tirtomulyo"
    assert balance("held:cash:tirtomulyo") == -800_000
    elsewhere = acts.hold(None, make_choice(one.room, arrival=ARRIVAL + 9 * DAY))
    assert acts.pay(elsewhere, 400_000, method=CASH, account="tirtomulyo").keeper == "cash:tirtomulyo"
    acts.nothing_is_wrong()


def test_a_trip_to_several_villages_is_divided_to_each(season: Session) -> None:
    with transaction():
        there = make_village("tirtomulyo", shares=(5000, 3000, 1500, 500))
    one, two = acts.house(), acts.house(village=there)
    code = acts.hold(None, make_choice(one.room), make_choice(two.room))
    receipt = acts.pay(code)
    assert receipt.keeper == "bank:bersama"
    assert acts.family("tax") == {"tax:sarihayu:pbjt": 36_363, "tax:tirtomulyo:pbjt": 36_363}
    assert {row.keeper for row in keeper_balances("payee")} == {"bank:bersama"}
    pending = acts.family("payee")
    assert pending[f"payee:{one.host_payee_id}:pending"] == 254_545
    assert pending[f"payee:{two.host_payee_id}:pending"] == 181_818
    acts.nothing_is_wrong()


def test_a_transfer_that_came_elsewhere_is_kept_there(season: Session) -> None:
    with transaction():
        make_village("tirtomulyo")
    code = acts.hold(acts.house())
    assert acts.pay(code, account="tirtomulyo").keeper == "bank:tirtomulyo"
    acts.nothing_is_wrong()


def test_money_for_a_booking_that_was_let_go_comes_back_whole(season: Session) -> None:
    code = acts.hold(acts.house())
    asked = acts.asked(code)
    with transaction():
        services.release_hold(code=code)
    receipt = acts.pay(code, asked)
    assert (receipt.applied, receipt.code_amount) == (asked, 0)
    assert [(refund.amount, refund.reason) for refund in list_refunds(f"booking:{code}")] == [
        (asked, "ended")
    ]
    assert acts.booking(code).state == BookingState.CANCELLED
    again = acts.pay(code, 1_000)
    assert [refund.amount for refund in list_refunds(f"booking:{code}")] == [asked, again.amount]
    acts.nothing_is_wrong()


def test_money_that_comes_after_the_nights_are_earned_is_payable_at_once(season: Session) -> None:
    house = acts.house()
    code = acts.hold(house)
    user_id = acts.user(Role.DESK, at=house)
    with transaction():
        services.vouch_booking(code=code, reason="known", by_user_id=user_id)
    with later(30 * DAY):
        acts.earn()
        assert acts.booking(code).state == BookingState.COMPLETED
        acts.pay(code, 400_000, method=CASH)
        assert (acts.stage("pending"), acts.stage("payable")) == (0, 363_637)
        acts.nothing_is_wrong()


def test_the_job_may_have_been_quicker_than_the_clock(season: Session) -> None:
    """Money waits for the booking while the job earns its nights with a later time: it is payable all the same."""
    house = acts.house()
    code = acts.hold(house)
    acts.pay(code, 200_000)
    user_id = acts.user(Role.DESK, at=house)
    with transaction():
        services.vouch_booking(code=code, reason="known", by_user_id=user_id)
    with later(30 * DAY):
        acts.earn()
    acts.pay(code, 200_000)
    assert acts.stage("pending") == 0
    acts.nothing_is_wrong()


@pytest.mark.parametrize("amount", [0, -1, 10**12 + 1])
def test_what_cannot_have_arrived(season: Session, amount: int) -> None:
    code = acts.hold(acts.house())
    with pytest.raises(Invalid), transaction():
        make_receipt(code, amount)
    assert list_receipts(f"booking:{code}") == []


def test_money_for_nobody(season: Session) -> None:
    with pytest.raises(NotFound), transaction():
        make_receipt("AAAAAAA", 100)


def test_somebody_recorded_it(season: Session) -> None:
    house = acts.house()
    user_id = acts.user(Role.BUMDES_TREASURER, at=house)
    receipt = acts.pay(acts.hold(house), by_user_id=user_id)
    assert receipt.received_by_id == user_id
    assert receipt.received_on == date(2027, 4, 20)
