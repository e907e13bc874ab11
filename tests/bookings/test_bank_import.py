"""A bank statement is posted once, each line by the rule that knows it; what no rule knows waits for a person."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from app.bookings import queries, services
from app.bookings.models import BankLine
from app.bookings.rules import BookingState, Verdict
from app.core.db import db, transaction
from app.core.errors import WrongState
from app.payments.models import Receipt
from app.payments.queries import list_receipts, list_refunds
from app.users.rules import Scope
from tests.bookings import acts
from tests.bookings.acts import DAY, OVER, later
from tests.bookings.bank import TODAY, Bank, reviews
from tests.factories import ARRIVAL, make_house, make_village
from tests.factories.statements import EVERYWHERE, add_file, post_file


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
