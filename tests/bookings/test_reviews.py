"""What somebody decides on money that belongs to nobody yet: once, with a reason, and the books follow."""

from __future__ import annotations

import pytest

from app.bookings import queries, services
from app.bookings.models import ReviewDecision
from app.bookings.rules import BookingState, Decision, Verdict
from app.core.db import transaction
from app.core.errors import Forbidden, Invalid, NotFound, WrongState
from app.payments.queries import list_receipts, list_refunds
from app.payments.rules import PaymentMethod, RefundState
from app.users.rules import Role, Scope
from tests.bookings import acts
from tests.bookings.bank import TODAY, Bank, reviews
from tests.factories import make_sent_refund, make_sheet
from tests.factories.statements import EVERYWHERE


def decide(bank: Bank, kind: Decision, booking: str | None = None, reason: str = "asked") -> ReviewDecision:
    (review,) = reviews()
    with transaction():
        return services.decide_review(
            receipt_id=review.receipt.id,
            decision=kind,
            reason=reason,
            by_user_id=bank.treasurer,
            scope=EVERYWHERE,
            booking_code=booking,
        )


def test_a_line_of_nobody_is_for_a_booking(bank: Bank) -> None:
    code = acts.hold(bank.house)
    bank.post((400_000, "ANA"))
    made = decide(bank, Decision.ASSIGNED, code)
    assert acts.booking(code).state == BookingState.CONFIRMED
    assert made.new_receipt_id == list_receipts(f"booking:{code}")[0].id
    assert reviews() == []
    acts.nothing_is_wrong()
    assert bank.post((400_000, "ANA")) == []
    assert bank.post((400_000, "ANA ONCE MORE")) == [Verdict.UNKNOWN]


def test_what_was_too_much_is_for_another_booking(bank: Bank) -> None:
    code, other = acts.hold(bank.house), acts.hold(bank.house)
    bank.post((800_000, code))
    decide(bank, Decision.ASSIGNED, other)
    assert acts.booking(other).state == BookingState.CONFIRMED
    acts.nothing_is_wrong()


def test_what_was_too_much_goes_back(bank: Bank) -> None:
    code = acts.hold(bank.house)
    bank.post((500_000, code))
    made = decide(bank, Decision.OWED_BACK)
    (refund,) = list_refunds(f"booking:{code}")
    assert (refund.id, refund.amount) == (made.refund_id, 100_000)
    acts.nothing_is_wrong()
    with transaction():
        make_sent_refund(refund.id, by_user_id=bank.treasurer)
    acts.nothing_is_wrong()


def test_money_of_nobody_goes_back_with_proof(bank: Bank) -> None:
    bank.post((123_456, "WRONG ACCOUNT"))
    made = decide(bank, Decision.OWED_BACK)
    assert made.refund_id is not None
    assert [refund.id for refund, _line in queries.list_line_refunds(EVERYWHERE)] == [made.refund_id]
    acts.nothing_is_wrong()
    with transaction(), pytest.raises(Forbidden):
        services.send_line_refund(
            refund_id=made.refund_id, proof="T2", by_user_id=bank.treasurer, scope=EVERYWHERE
        )
    give = {"refund_id": made.refund_id, "by_user_id": acts.user(Role.MANAGER), "scope": EVERYWHERE}
    with transaction():
        assert services.send_line_refund(proof="T2", **give).state == RefundState.SENT
    with transaction(), pytest.raises(NotFound):
        services.send_line_refund(proof="T3", **give)
    acts.nothing_is_wrong()


def test_other_income_leaves_our_books(bank: Bank) -> None:
    bank.post((9_000_000, "SEWA PENDOPO"))
    decide(bank, Decision.NOT_OURS)
    assert acts.family("held") == {}
    assert reviews() == []
    acts.nothing_is_wrong()


def test_what_cannot_be_decided_is_said(bank: Bank) -> None:
    code = acts.hold(bank.house)
    bank.post((500_000, code))
    with pytest.raises(Invalid):
        decide(bank, Decision.OWED_BACK, reason=" ")
    with pytest.raises(Invalid):
        decide(bank, Decision.NOT_OURS)
    with pytest.raises(Invalid):
        decide(bank, Decision.ASSIGNED, code)
    with pytest.raises(Invalid):
        decide(bank, Decision.ASSIGNED, "NOWHERE")
    assert len(reviews()) == 1


def test_what_is_decided_stays(bank: Bank) -> None:
    bank.post((9_000, "X"))
    (review,) = reviews()
    decide(bank, Decision.NOT_OURS)
    with transaction(), pytest.raises(WrongState, match="Sudah diputuskan"):
        services.decide_review(
            receipt_id=review.receipt.id,
            decision=Decision.OWED_BACK,
            reason="no",
            by_user_id=bank.treasurer,
            scope=EVERYWHERE,
        )


def test_another_villages_treasurer_decides_nothing(bank: Bank) -> None:
    bank.post((9_000, "X"))
    (review,) = reviews()
    elsewhere = Scope(villages=frozenset({bank.house.village_id + 999}))
    assert queries.list_reviews(elsewhere) == []
    with pytest.raises(NotFound):
        queries.get_review(review.receipt.id, elsewhere)


def test_cash_that_was_too_much_can_be_given_back(bank: Bank) -> None:
    code = acts.hold(bank.house)
    acts.pay(code, 450_000, method=PaymentMethod.CASH)
    decide(bank, Decision.OWED_BACK)
    assert [refund.amount for refund in list_refunds(f"booking:{code}")] == [50_000]
    acts.nothing_is_wrong()


@pytest.mark.parametrize("kind", [Decision.ASSIGNED, Decision.OWED_BACK])
def test_what_was_recorded_by_hand_is_nobodys_again(bank: Bank, kind: Decision) -> None:
    """A treasurer wrote down that QRIS paid out; the bank's line of it cannot be a guest's as well."""
    with transaction():
        make_sheet(by_user_id=bank.treasurer)
    acts.pay(acts.hold(bank.house, method=PaymentMethod.QRIS), method=PaymentMethod.QRIS)
    code, net = acts.hold(bank.house), 397_200
    with transaction():
        services.settle_qris(
            account=bank.account, amount=net, arrived_on=TODAY, reference="S1", by_user_id=bank.treasurer
        )
    bank.post((net, "QRIS SETTLEMENT"))
    with pytest.raises(Invalid, match="QRIS"):
        decide(bank, kind, code)
    decide(bank, Decision.NOT_OURS)
    assert reviews() == []
    acts.nothing_is_wrong()
