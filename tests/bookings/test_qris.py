"""QRIS: offered where the receiver has a sheet, received once by its reference, its fee borne by whom it was agreed."""

from __future__ import annotations

from datetime import timedelta

import pytest

from app.bookings import queries, services
from app.bookings.rules import BookingState, Decision
from app.core import clock
from app.core.audit import AuditEntry
from app.core.db import db, transaction
from app.core.errors import Invalid, WrongState
from app.ledger.queries import balance
from app.payments.models import Receipt
from app.payments.queries import find_open_payment, list_payments, list_receipts, list_refunds
from app.payments.rules import PaymentMethod, PaymentState
from app.revenue.queries import find_payee
from app.revenue.rules import PayeeKind
from app.users.rules import Role, Scope
from app.villages import services as villages
from tests.bookings import acts, hands
from tests.bookings.acts import DAY, later
from tests.bookings.test_checks import after
from tests.factories import ARRIVAL, House, make_choice, make_sheet, make_village

QRIS, TRANSFER = PaymentMethod.QRIS, PaymentMethod.TRANSFER
FEE = 2_800
"""0,7 % of Rp400.000."""


@pytest.fixture
def treasurer(house: House) -> int:
    return acts.user(Role.BUMDES_TREASURER, at=house)


@pytest.fixture
def shop(house: House, treasurer: int) -> House:
    """A house whose village's account has a sheet."""
    with transaction():
        make_sheet(by_user_id=treasurer)
    return house


def methods(*houses: House) -> list[PaymentMethod]:
    quote = services.quote_trip(choices=[make_choice(one.room) for one in houses])
    return [option.method for option in quote.options]


def company() -> int:
    found = find_payee(kind=PayeeKind.MANAGER, village_id=None)
    assert found is not None
    return balance(f"payee:{found.id}:payable")


def settle(amount: int, by: int, reference: str = "S-1", account: str = "sarihayu") -> None:
    with transaction():
        services.settle_qris(
            account=account, amount=amount, arrived_on=clock.today(), reference=reference, by_user_id=by
        )


def test_offered_exactly_where_the_receiver_has_a_sheet(house: House, treasurer: int) -> None:
    with transaction():
        there = make_village("tirtomulyo")
    other = acts.house(village=there)
    assert QRIS not in methods(house)
    with transaction():
        make_sheet(by_user_id=treasurer)
    assert QRIS in methods(house)
    assert QRIS not in methods(other)
    assert QRIS not in methods(house, other)  # the collecting account receives
    with transaction():
        make_sheet("bersama", by_user_id=treasurer)
    assert QRIS in methods(house, other)
    assert QRIS not in methods(other)
    with transaction():
        villages.end_qris_sheet(code="sarihayu", reason="lost", by_user_id=treasurer)
    assert QRIS not in methods(house)


def test_not_offered_later_than_a_transfer_unless_the_desk_accepts(shop: House, treasurer: int) -> None:
    late = 12 * DAY + timedelta(hours=7, minutes=1)  # a minute past 17:00 the day before
    code = acts.hold(acts.house(pay_on_arrival=True), method=PaymentMethod.CASH)
    with later(late - timedelta(minutes=2)):
        assert QRIS in methods(shop)
    with later(late):
        assert QRIS not in methods(shop)
        assert QRIS not in services.payment_methods(booking=acts.booking(code))
        with transaction():
            services.accept_transfer(code=code, reason="known to us", by_user_id=treasurer)
        assert QRIS in services.payment_methods(booking=acts.booking(code))
        acts.change_method(code, QRIS)
        assert acts.reads(code) == BookingState.HELD


def test_not_offered_for_more_than_one_payment_may_be(shop: House) -> None:
    long = make_choice(shop.room, nights=51)
    options = services.quote_trip(choices=[long]).options
    assert [option.method for option in options] == [TRANSFER]


def test_refused_where_it_is_not_offered(house: House) -> None:
    with pytest.raises(Invalid):
        acts.hold(house, method=QRIS)
    code = acts.hold(house)
    with pytest.raises(Invalid):
        acts.change_method(code, QRIS)


def test_received_with_its_reference_it_confirms_and_bears_its_fee(shop: House) -> None:
    code = acts.hold(shop, method=QRIS)
    payment = find_open_payment(f"booking:{code}")
    assert payment is not None
    assert (payment.method, payment.amount_with_code, payment.account) == (QRIS, 400_000, "sarihayu")
    assert payment.due_at == acts.booking(code).hold_expires_at
    quoted = queries.shares_of(acts.booking(code))
    receipt = acts.pay(code, 400_000, method=QRIS, qris_reference=" 1234-5678 ab ")
    booking = acts.booking(code)
    assert (booking.state, booking.received, booking.total) == (BookingState.CONFIRMED, 400_000, 400_000)
    assert (receipt.keeper, receipt.qris_reference) == ("qris:sarihayu", "12345678AB")
    assert (receipt.fee, receipt.net) == (FEE, 400_000 - FEE)
    assert queries.kept_shares(booking) == quoted  # no part of the split
    assert (company(), balance("fees:provider"), balance("held:qris:sarihayu")) == (-FEE, 0, FEE - 400_000)
    assert [one.state for one in list_payments(booking.reference)] == [PaymentState.SUCCEEDED]
    acts.nothing_is_wrong()


@pytest.mark.parametrize("reference", [None, "", "  ", "-- -", "12"])
def test_without_a_reference_nothing_is_received(shop: House, reference: str | None) -> None:
    code = acts.hold(shop, method=QRIS)
    with pytest.raises(Invalid) as refused, transaction():
        services.receive_payment(
            code=code, method=QRIS, amount=400_000, by_user_id=None, qris_reference=reference
        )
    assert refused.value.errors[0][0] == "qris_reference"
    assert db.session.query(Receipt).count() == 0


def test_the_same_reference_is_received_once_for_its_keeper(shop: House, treasurer: int) -> None:
    one, two = acts.hold(shop, method=QRIS), acts.hold(acts.house(), method=QRIS)
    acts.pay(one, 400_000, method=QRIS, qris_reference="AB 12-34")
    with pytest.raises(Invalid, match=one):
        acts.pay(two, 400_000, method=QRIS, qris_reference="ab1234")
    with transaction():
        make_sheet("bersama", by_user_id=treasurer)
    acts.pay(two, 400_000, method=QRIS, qris_reference="ab1234", account="bersama")
    assert acts.reads(two) == BookingState.CONFIRMED
    acts.nothing_is_wrong()


def test_the_rate_is_that_of_the_day(shop: House, treasurer: int) -> None:
    with transaction():
        villages.set_qris_rate(
            code="sarihayu", basis_points=30, from_on=clock.today() + DAY, by_user_id=treasurer
        )
    assert acts.pay(acts.hold(shop, method=QRIS), 400_000, method=QRIS).fee == FEE
    with later(DAY):
        code = acts.hold(shop, method=QRIS, arrival=ARRIVAL + 5 * DAY)
        assert acts.pay(code, 400_000, method=QRIS).fee == 1_200
        acts.nothing_is_wrong()


def test_the_guest_says_so_and_the_receipt_closes_it(shop: House) -> None:
    code = acts.hold(shop, method=QRIS)
    with transaction():
        claim = services.claim_transfer(code=code, reference=" 99 ")
    assert claim.told_reference == "99"
    assert claim.keeps_until is not None
    with pytest.raises(WrongState):
        acts.change_method(code, TRANSFER)
    acts.pay(code, 400_000, method=QRIS)
    assert queries.find_open_claim(acts.booking(code).id) is None


def test_a_part_asks_for_the_rest_and_a_balance_may_come_by_qris(shop: House, treasurer: int) -> None:
    code = acts.hold(shop, method=QRIS)
    acts.pay(code, 150_000, method=QRIS)
    rest = find_open_payment(f"booking:{code}")
    assert rest is not None
    assert (rest.method, rest.amount) == (QRIS, 250_000)
    with transaction():
        villages.end_qris_sheet(code="sarihayu", reason="lost", by_user_id=treasurer)
    acts.pay(code, 100_000, method=QRIS)  # it came all the same
    acts.pay(code, 150_000, method=PaymentMethod.CASH)
    assert acts.reads(code) == BookingState.CONFIRMED
    acts.nothing_is_wrong()


def test_settled_it_lies_with_the_bank_and_the_debts_stay(shop: House, treasurer: int) -> None:
    acts.pay(acts.hold(shop, method=QRIS), 400_000, method=QRIS)
    settle(397_000, treasurer)
    assert balance("held:qris:sarihayu") == -200
    assert balance("held:bank:sarihayu") == -397_000
    assert balance("between:qris:sarihayu") == 397_000
    acts.nothing_is_wrong()
    for amount, reference in ((201, "S-2"), (0, "S-2"), (100, "S-1"), (100, " ")):
        with pytest.raises(Invalid):
            settle(amount, treasurer, reference)
    acts.nothing_is_wrong()


def test_a_refund_after_the_settlement_leaves_the_bank(shop: House, two: tuple[int, int]) -> None:
    treasurer, manager = two
    code = acts.hold(shop, method=QRIS)
    acts.pay(code, 400_000, method=QRIS)
    settle(397_200, treasurer)
    with transaction():
        services.cancel_booking(code=code, reason="ill")
    (refund,) = list_refunds(f"booking:{code}")
    assert (refund.keeper, refund.amount) == ("qris:sarihayu", 400_000)
    acts.nothing_is_wrong()
    hands.give(refund.id)
    hands.approve(refund.id, manager)
    with transaction():
        services.note_transfer(
            refund_id=refund.id,
            account="sarihayu",
            sent_on=clock.today(),
            bank_reference="T-1",
            by_user_id=treasurer,
            scope=hands.EVERYTHING,
        )
    hands.confirm(refund.id, treasurer)
    assert balance("held:bank:sarihayu") == 2_800  # the fee stays spent, whoever bears it
    assert balance("held:qris:sarihayu") == 0
    assert company() == -FEE
    acts.nothing_is_wrong()


def test_who_has_no_account_here_may_pay_from_the_one_that_qris_fills(
    shop: House, two: tuple[int, int]
) -> None:
    code = acts.hold(shop, method=QRIS)
    acts.release(code)
    acts.pay(code, 400_000, method=QRIS)
    (refund,) = list_refunds(f"booking:{code}")
    hands.give(refund.id)
    hands.approve(refund.id, two[1])
    with transaction():
        services.note_transfer(
            refund_id=refund.id,
            account="sarihayu",
            sent_on=clock.today(),
            bank_reference="T-1",
            by_user_id=two[0],
            scope=Scope(payees=frozenset({acts.booking(code).lines[0].payee_id})),
        )


def test_a_sheet_is_changed_with_a_reason_and_a_row(shop: House, treasurer: int) -> None:
    with transaction():
        make_sheet(by_user_id=treasurer)
    rows = [row.action for row in db.session.query(AuditEntry).order_by(AuditEntry.id)]
    assert [one for one in rows if one.startswith("qris:")] == [
        "qris:rate",
        "qris:added",
        "qris:rate",
        "qris:ended",
        "qris:added",
    ]
    with pytest.raises(Invalid), transaction():
        villages.end_qris_sheet(code="sarihayu", reason=" ", by_user_id=treasurer)


def test_what_was_too_much_bears_no_second_fee(shop: House, two: tuple[int, int]) -> None:
    code, other = acts.hold(shop, method=QRIS), acts.hold(acts.house())
    receipt = acts.pay(code, 500_000, method=QRIS)
    assert (receipt.excess, receipt.fee) == (100_000, 3_500)
    with transaction():
        services.decide_review(
            receipt_id=receipt.id,
            decision=Decision.ASSIGNED,
            reason="told so",
            by_user_id=two[1],
            scope=hands.EVERYTHING,
            booking_code=other,
        )
    (again,) = list_receipts(f"booking:{other}")
    assert (again.method, again.fee, again.net) == (QRIS, 0, 100_000)
    assert again.qris_reference != receipt.qris_reference
    assert balance("held:qris:sarihayu") == -496_500
    acts.nothing_is_wrong()


@pytest.mark.parametrize(
    ("statement", "check"),
    [
        ("UPDATE receipts SET fee = NULL, net = NULL", "money by QRIS has its reference and fee"),
        ("UPDATE receipts SET fee = 1, net = 399999", "every fee is booked once"),
        ("UPDATE qris_settlements SET amount = 1", "every QRIS settlement is booked once"),
        ("UPDATE qris_settlements SET amount = 1", "keepers hold receipts less fees and refunds sent"),
        ("DELETE FROM qris_settlements", "keepers hold receipts less fees and refunds sent"),
    ],
)
def test_tampering_is_named(shop: House, treasurer: int, statement: str, check: str) -> None:
    acts.pay(acts.hold(shop, method=QRIS), 400_000, method=QRIS)
    settle(100_000, treasurer)
    assert check in after(statement)
