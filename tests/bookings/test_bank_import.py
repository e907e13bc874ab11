"""A bank statement is posted once, each line by the rule that knows it; what no rule knows waits for a person."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.bookings import queries, services
from app.bookings.models import BankLine, ReviewDecision
from app.bookings.rules import BookingState, Decision, Verdict
from app.core.db import db, transaction
from app.core.errors import Invalid, NotFound, WrongState
from app.payments.models import Receipt
from app.payments.queries import list_receipts, list_refunds
from app.payments.rules import PaymentMethod, RefundState
from app.users.rules import Role, Scope
from app.villages.queries import find_bank_account
from tests.bookings import acts
from tests.bookings.acts import DAY, OVER, later
from tests.factories import ARRIVAL, NOW, House, make_house, make_village
from tests.factories.statements import EVERYWHERE, Entry, add_file, post_file

TODAY = NOW.date()


@dataclass
class Bank:
    """A house, its village's account, its treasurer, and what the statements so far said."""

    house: House
    account: str
    treasurer: int

    def post(self, *entries: Entry, day: date = TODAY, scope: Scope = EVERYWHERE) -> list[Verdict]:
        """Send in a statement and post it: what the lines were that were posted now."""
        with transaction():
            ids = post_file(add_file(self.account, self.treasurer, *entries, day=day), self.treasurer, scope)
        return [db.session.get_one(BankLine, key).verdict for key in ids]


@pytest.fixture
def bank(season: Session) -> Bank:
    house = acts.house(rooms=3)
    account = find_bank_account(house.village_id)
    assert account is not None
    return Bank(house, account.code, acts.user(Role.BUMDES_TREASURER, at=house))


def reviews() -> list[queries.Review]:
    return queries.list_reviews(EVERYWHERE)


def test_the_unique_amount_says_whose_it_is_and_the_same_file_posts_nothing(bank: Bank) -> None:
    code = acts.hold(bank.house)
    entry = (acts.asked(code), "TRSF FROM SOMEBODY")
    assert bank.post(entry) == [Verdict.EXACT]
    assert acts.booking(code).state == BookingState.CONFIRMED
    assert bank.post(entry) == []
    assert bank.post((5, "OTHER"), entry) == [Verdict.UNKNOWN]
    assert len(list_receipts(f"booking:{code}")) == 1
    acts.nothing_is_wrong()


def test_equal_lines_of_one_day_are_two(bank: Bank) -> None:
    entry = (777_000, "SAME")
    assert bank.post(entry) == [Verdict.UNKNOWN]
    assert bank.post(entry, entry) == [Verdict.UNKNOWN]
    assert bank.post(entry, entry) == []
    acts.nothing_is_wrong()


def test_the_code_in_the_text_goes_before_the_amount(bank: Bank) -> None:
    code, other = acts.hold(bank.house), acts.hold(bank.house)
    assert bank.post((acts.asked(other), f"bayar {code.lower()} ya")) == [Verdict.OVER]
    assert acts.booking(code).state == BookingState.CONFIRMED
    assert acts.booking(other).state == BookingState.HELD


def test_too_little_and_then_the_rest(bank: Bank) -> None:
    code = acts.hold(bank.house)
    assert bank.post((100_000, code)) == [Verdict.SHORT]
    rest = acts.asked(code)
    assert bank.post((rest, "THE REST")) == [Verdict.EXACT]
    assert acts.booking(code).amount_due == 0
    acts.nothing_is_wrong()


def test_too_much_stands_apart(bank: Bank) -> None:
    code = acts.hold(bank.house)
    assert bank.post((500_000, code)) == [Verdict.OVER]
    (review,) = reviews()
    assert review.booking is not None
    assert (review.booking.code, review.amount) == (code, 100_000)
    acts.nothing_is_wrong()


def test_a_second_time_stands_apart_whole(bank: Bank) -> None:
    code = acts.hold(bank.house)
    asked = acts.asked(code)
    assert bank.post((asked, "ONE"), (asked, "TWO")) == [Verdict.EXACT, Verdict.DOUBLE]
    (review,) = reviews()
    assert review.amount == asked
    acts.nothing_is_wrong()


def test_late_and_free_late_and_gone(bank: Bank) -> None:
    code = acts.hold(bank.house)
    gone = acts.hold(bank.house, rooms=2, arrival=ARRIVAL + 7 * DAY)
    entries = [(acts.asked(code), "A"), (acts.asked(gone), "B")]
    with later(OVER):
        acts.hold(bank.house, rooms=2, arrival=ARRIVAL + 7 * DAY)
        acts.expire()
        assert bank.post(*entries) == [Verdict.LATE, Verdict.LATE]
        assert acts.booking(code).state == BookingState.CONFIRMED
        assert acts.booking(gone).state == BookingState.EXPIRED
        assert [refund.amount for refund in list_refunds(f"booking:{gone}")] == [entries[1][0]]
        acts.nothing_is_wrong()


def test_money_for_what_was_let_go_goes_back(bank: Bank) -> None:
    code = acts.hold(bank.house)
    asked = acts.asked(code)
    acts.release(code)
    assert bank.post((asked, "A")) == [Verdict.ENDED]
    assert [refund.amount for refund in list_refunds(f"booking:{code}")] == [asked]
    acts.nothing_is_wrong()


def test_what_somebody_typed_is_only_noted(bank: Bank) -> None:
    """The treasurer recorded it from the app in the morning; the file comes in the evening."""
    code = acts.hold(bank.house)
    asked = acts.asked(code)
    acts.pay(code, account=bank.account)
    assert bank.post((asked, "THE SAME MONEY")) == [Verdict.RECORDED]
    (receipt,) = list_receipts(f"booking:{code}")
    assert db.session.scalars(select(BankLine.receipt_id)).one() == receipt.id
    assert bank.post((asked, "ONCE MORE")) == [Verdict.DOUBLE]
    acts.nothing_is_wrong()


def test_what_was_typed_for_another_is_for_a_person(bank: Bank) -> None:
    code, other = acts.hold(bank.house), acts.hold(bank.house)
    asked = acts.asked(code)
    acts.pay(other, asked, account=bank.account)
    assert bank.post((asked, "WHOSE")) == [Verdict.AMBIGUOUS]
    assert acts.booking(code).state == BookingState.HELD


def test_two_codes_in_a_text_are_for_a_person(bank: Bank) -> None:
    one, two = acts.hold(bank.house), acts.hold(bank.house)
    assert bank.post((800_000, f"{one} {two}")) == [Verdict.AMBIGUOUS]
    assert [review.booking for review in reviews()] == [None]


def test_money_from_before_the_booking_is_not_its_money(bank: Bank) -> None:
    code = acts.hold(bank.house)
    assert bank.post((acts.asked(code), "X"), day=TODAY - timedelta(days=1)) == [Verdict.UNKNOWN]


def test_another_villages_booking_is_not_matched(bank: Bank) -> None:
    with transaction():
        elsewhere = make_house(make_village("tirtomulyo"))
    other = acts.hold(elsewhere)
    mine = Scope(villages=frozenset({bank.house.village_id}))
    assert bank.post((400_000, other), scope=mine) == [Verdict.UNKNOWN]


def test_a_claim_is_answered_by_the_statement(bank: Bank) -> None:
    code = acts.hold(bank.house)
    with transaction():
        services.claim_transfer(code=code)
    assert bank.post((acts.asked(code), "X")) == [Verdict.EXACT]
    assert queries.list_open_claims(EVERYWHERE) == []


def test_a_dry_run_writes_nothing_and_foresees_the_second_time(bank: Bank) -> None:
    code = acts.hold(bank.house)
    asked = acts.asked(code)
    with transaction():
        file = add_file(bank.account, bank.treasurer, (asked, "A"), (asked, "B"), (1, "C"))
    said = services.statement_of(file=file)
    assert said is not None
    known = queries.look_up(bank.account, said.lines, EVERYWHERE)
    verdicts = [queries.match_line(line, known).verdict for line in said.lines]
    assert verdicts == [Verdict.EXACT, Verdict.DOUBLE, Verdict.UNKNOWN]
    assert db.session.scalars(select(Receipt)).all() == []
    assert acts.booking(code).state == BookingState.HELD


def test_a_posted_file_is_emptied_and_an_old_one_too(bank: Bank) -> None:
    with transaction():
        file = add_file(bank.account, bank.treasurer, (5_000, "A"))
        old = add_file(bank.account, bank.treasurer, (6_000, "B"))
    with transaction(), pytest.raises(WrongState):
        services.finish_file(file_id=file.id, by_user_id=bank.treasurer, scope=EVERYWHERE)
    with transaction():
        post_file(file, bank.treasurer)
        services.finish_file(file_id=file.id, by_user_id=bank.treasurer, scope=EVERYWHERE)
    db.session.refresh(file)
    assert file.content is None
    with later(8 * DAY), transaction():
        assert services.forget_transfer_papers() == (1, 0)
    assert db.session.get_one(type(old), old.id).finished_at is None


# Decisions


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
        services.send_refund(refund_id=refund.id, proof="T1", by_user_id=bank.treasurer, scope=EVERYWHERE)
    acts.nothing_is_wrong()


def test_money_of_nobody_goes_back_with_proof(bank: Bank) -> None:
    bank.post((123_456, "WRONG ACCOUNT"))
    made = decide(bank, Decision.OWED_BACK)
    assert made.refund_id is not None
    assert [refund.id for refund, _line in queries.list_line_refunds(EVERYWHERE)] == [made.refund_id]
    acts.nothing_is_wrong()
    give = {"refund_id": made.refund_id, "by_user_id": bank.treasurer, "scope": EVERYWHERE}
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
    with transaction(), pytest.raises(WrongState, match="decided this already"):
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
