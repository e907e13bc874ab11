"""A gift or a credit pays like money: promised while a trip is held, spent once, and back where it lay."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from app.bookings import queries, services
from app.bookings.rules import BookingState
from app.core.db import transaction
from app.core.errors import Invalid, WrongState
from app.ledger.queries import balance
from app.payments.queries import find_open_payment, list_payments, list_receipts, list_refunds
from app.payments.rules import PaymentMethod
from app.users.rules import Role
from tests.bookings import acts
from tests.bookings.acts import OVER, later
from tests.bookings.coupons import BEGINS, ENDS, EVERYTHING, gift, hold_with, left_of
from tests.factories import House, make_choice, make_guest


@pytest.fixture
def house(season: Session) -> House:
    return acts.house(rooms=4)


def account(code: str) -> int:
    """What the books say is left of a credit, in rupiah."""
    credit = queries.find_credit(code)
    assert credit is not None
    return balance(credit.account)


def test_a_gift_that_covers_all_makes_the_trip_certain(house: House) -> None:
    code = gift(500_000)
    booked = acts.booking(hold_with(code, house).code)
    assert (booked.state, booked.paid, booked.amount_due) == (BookingState.CONFIRMED, 400_000, 0)
    assert list_payments(booked.reference) == []
    assert [one.method for one in list_receipts(booked.reference)] == [PaymentMethod.CREDIT]
    assert account(code) == left_of(code) == 100_000
    acts.nothing_is_wrong()


def test_a_gift_between_deposit_and_price_makes_the_trip_certain(season: Session) -> None:
    """More than is due now: all of it is spent, and the balance is what is missing to the price."""
    house = acts.house(rooms=1, deposit=3000)
    code = gift(300_000)
    booked = acts.booking(hold_with(code, house).code)
    assert (booked.state, booked.paid, booked.amount_due) == (BookingState.CONFIRMED, 300_000, 100_000)
    assert find_open_payment(booked.reference) is None
    assert (account(code), left_of(code)) == (0, 0)
    acts.nothing_is_wrong()


def test_the_rest_is_asked_for_and_the_gift_spent_when_it_comes(house: House) -> None:
    code = gift(150_000)
    held = acts.booking(hold_with(code, house).code)
    payment = find_open_payment(held.reference)
    assert payment is not None
    assert payment.amount == 250_000
    assert (held.state, held.amount_due, held.paid) == (BookingState.HELD, 250_000, 0)
    assert (account(code), left_of(code)) == (150_000, 0)
    acts.nothing_is_wrong()
    acts.pay(held.code)
    certain = acts.booking(held.code)
    assert (certain.state, certain.paid, certain.amount_due) == (BookingState.CONFIRMED, 400_000, 0)
    assert (account(code), left_of(code)) == (0, 0)
    acts.nothing_is_wrong()


def test_two_trips_do_not_spend_the_same_rupiah(house: House) -> None:
    code = gift(500_000)
    hold_with(code, house)
    second = acts.booking(hold_with(code, house).code)
    assert second.credit_amount == 100_000
    with pytest.raises(Invalid, match="sudah habis"):
        hold_with(code, house)
    acts.nothing_is_wrong()


def test_a_hold_that_ends_gives_the_promise_back(house: House) -> None:
    code = gift(150_000)
    held = hold_with(code, house)
    with later(OVER):
        assert left_of(code) == 150_000, "by time, before any job"
        acts.expire()
        acts.nothing_is_wrong()
    acts.reads(held.code)
    let_go = hold_with(code, house)
    acts.release(let_go.code)
    assert (account(code), left_of(code)) == (150_000, 150_000)
    acts.nothing_is_wrong()


def test_paid_late_what_another_trip_has_taken_is_not_promised_twice(house: House) -> None:
    code = gift(150_000)
    late = hold_with(code, house)
    asked = acts.asked(late.code)
    with later(OVER):
        other = hold_with(code, house)
        acts.pay(other.code)
        acts.pay(late.code, asked)
        assert acts.reads(late.code) == BookingState.EXPIRED
        assert acts.booking(late.code).received == 0
        acts.nothing_is_wrong()


def test_paid_late_and_still_there_it_is_spent(house: House) -> None:
    code = gift(150_000)
    late = hold_with(code, house)
    asked = acts.asked(late.code)
    with later(OVER):
        acts.expire()
        acts.pay(late.code, asked)
        assert acts.reads(late.code) == BookingState.CONFIRMED
        assert account(code) == left_of(code) == 0
        acts.nothing_is_wrong()


def test_cancelling_brings_it_back_to_the_credit(house: House) -> None:
    """The newest money first: the credit, at once and whole; then what was transferred."""
    code = gift(150_000)
    booked = hold_with(code, house)
    acts.pay(booked.code)
    with transaction():
        services.cancel_booking(code=booked.code, reason=None)
    assert account(code) == left_of(code) == 150_000
    refunds = list_refunds(booked.reference)
    assert [(one.amount, one.state.value, one.credit_id is None) for one in refunds] == [
        (150_000, "sent", False),
        (250_000, "created", True),
    ]
    acts.nothing_is_wrong()


def test_what_the_terms_keep_stays_spent(house: House) -> None:
    code = gift(400_000)
    booked = hold_with(code, house)
    with later(timedelta(days=12)), transaction():
        services.cancel_booking(code=booked.code, reason=None)
    kept = acts.booking(booked.code).kept
    assert 0 < kept < 400_000
    assert account(code) == left_of(code) == 400_000 - kept
    acts.nothing_is_wrong()


def test_one_line_cancelled_of_a_hold(house: House) -> None:
    """What is promised covers what is left of the trip: it is certain, and only that much is spent."""
    code = gift(450_000)
    with transaction():
        held = services.hold_trip(
            choices=[make_choice(house.room), make_choice(house.room)],
            guest=make_guest(),
            method=PaymentMethod.TRANSFER,
            expected_total=None,
            source="web",
            address=None,
            voucher=code,
        ).code
    with transaction():
        services.cancel_line(code=held, position=1, reason=None)
    booked = acts.booking(held)
    assert (booked.state, booked.total, booked.paid) == (BookingState.CONFIRMED, 400_000, 400_000)
    assert account(code) == left_of(code) == 50_000
    acts.nothing_is_wrong()


def test_instead_of_a_refund(house: House) -> None:
    paid = hold_with(None, house)
    acts.pay(paid.code)
    with transaction():
        services.cancel_booking(code=paid.code, reason=None)
    (refund,) = list_refunds(paid.reference)
    by = acts.user(Role.MANAGER)
    with transaction():
        credit = services.credit_instead_of_refund(
            refund_id=refund.id, valid_until=None, reason="asked", by_user_id=by, scope=EVERYTHING
        )
        code = credit.code
    assert account(code) == left_of(code) == 400_000
    assert balance(f"refund:{refund.id}") == 0
    acts.nothing_is_wrong()
    with pytest.raises(WrongState), transaction():
        services.credit_instead_of_refund(
            refund_id=refund.id, valid_until=None, reason="again", by_user_id=by, scope=EVERYTHING
        )
    assert acts.booking(hold_with(code, house).code).state == BookingState.CONFIRMED
    acts.nothing_is_wrong()


def test_codes_that_do_not_work(house: House) -> None:
    code = gift(400_000, valid_until=ENDS)
    with later(timedelta(days=11)), pytest.raises(Invalid, match="berlaku sampai"):
        hold_with(code, house)
    with pytest.raises(Invalid):
        gift(0)
    with pytest.raises(Invalid):
        gift(1, valid_until=BEGINS)
    credit = queries.find_credit(code)
    assert credit is not None
    by = credit.created_by_id
    with transaction():
        services.stop_credit(credit_id=credit.id, reason="lost", by_user_id=by, scope=EVERYTHING)
    with pytest.raises(Invalid, match="tidak berlaku lagi"):
        hold_with(code, house)
    assert account(code) == 400_000, "its money stays where it lies"


def test_a_vouched_trip_spends_its_credit(house: House) -> None:
    code = gift(150_000)
    held = hold_with(code, house)
    acts.vouch(held.code, house)
    booked = acts.booking(held.code)
    assert (booked.state, booked.paid, booked.amount_due) == (BookingState.CONFIRMED, 150_000, 250_000)
    acts.nothing_is_wrong()
    assert account(code) == 0
