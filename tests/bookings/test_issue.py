"""The guest's papers: a receipt for what was taken, a credit note for what is owed back, numbered without gaps."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import Session

from app.bookings import queries, services
from app.bookings.models import IssuedReceipt
from app.bookings.rules import COMPANY, PaperKind, issuer_of, paper_number, tax_fallen
from app.bookings.services.issue import issue_credit_notes, issue_receipt
from app.core.db import db, transaction
from app.payments.queries import list_refunds
from app.payments.rules import PaymentMethod
from tests.bookings import acts
from tests.factories import ARRIVAL, make_choice, make_village


def papers(code: str) -> list[IssuedReceipt]:
    return queries.list_papers(acts.booking(code).id)


def all_is_told(code: str) -> None:
    """Papers say what the booking has and what the books have of its tax; no number is missing."""
    booking, issued = acts.booking(code), papers(code)
    codes = sum(paper.content.get("unique_code", 0) for paper in issued)
    signed = sum(p.amount if p.kind == PaperKind.RECEIPT else -p.amount for p in issued)
    assert booking.received <= signed <= booking.received + codes
    assert queries.tax_on_papers(issued) == queries.tax_in_books(booking)
    assert queries.find_numbering_gaps() == []


def test_what_was_taken_has_a_receipt(season: Session) -> None:
    code = acts.hold(acts.house())
    money = acts.pay(code)
    (paper,) = papers(code)
    booking = acts.booking(code)
    assert (paper.kind, paper.source, paper.amount) == (
        PaperKind.RECEIPT,
        f"receipt:{money.id}",
        money.amount,
    )
    assert (paper.issuer, paper.year, paper.position) == ("sarihayu", 2027, 1)
    assert paper.number == "SARIHAYU-2027-00001"
    assert paper.tax == sum(line.tax for line in booking.lines)
    assert paper.content["guest"] == booking.guest_name
    assert paper.content["issuer"] == booking.lines[0].village.bumdes
    assert booking.guest_email not in str(paper.content)
    all_is_told(code)


def test_each_part_has_its_own_and_too_much_has_none(season: Session) -> None:
    code = acts.hold(acts.house())
    acts.pay(code, 150_000)
    acts.pay(code, 350_000)
    assert [(paper.position, paper.amount) for paper in papers(code)] == [(1, 150_000), (2, 250_000)]
    acts.pay(code, 70_000)
    assert len(papers(code)) == 2
    all_is_told(code)


def test_issued_once(season: Session) -> None:
    code = acts.hold(acts.house())
    money = acts.pay(code)
    with transaction():
        again = issue_receipt(booking=queries.lock_booking(code), receipt=money, tax=0)
    assert again is not None
    assert [paper.id for paper in papers(code)] == [again.id]


def test_what_is_owed_back_has_a_credit_note(season: Session) -> None:
    code = acts.hold(acts.house())
    acts.pay(code)
    with transaction():
        services.cancel_booking(code=code, reason=None)
    (refund,) = list_refunds(f"booking:{code}")
    receipt, note = papers(code)
    assert (note.kind, note.credits_id, note.source) == (
        PaperKind.CREDIT_NOTE,
        receipt.id,
        f"refund:{refund.id}",
    )
    assert (note.amount, note.position) == (refund.amount, 2)
    assert note.content["reason"] == "cancelled"
    with transaction():
        assert issue_credit_notes(booking=queries.lock_booking(code), refunds=[refund]) == []
    assert len(papers(code)) == 2
    all_is_told(code)


def test_a_part_that_goes_back_after_its_time_is_credited_in_full(season: Session) -> None:
    code = acts.hold(acts.house())
    acts.pay(code, 150_000)
    with acts.later(acts.OVER):
        acts.expire()
    receipt, note = papers(code)
    assert (note.amount, note.tax) == (receipt.amount, receipt.tax)
    assert queries.tax_in_books(acts.booking(code)) == 0
    all_is_told(code)


def test_money_for_what_has_ended_has_no_paper(season: Session) -> None:
    code = acts.hold(acts.house())
    acts.release(code)
    acts.pay(code, 400_000)
    assert list_refunds(f"booking:{code}") != []
    assert papers(code) == []


def test_several_villages_are_the_companys(season: Session) -> None:
    here = acts.house()
    with transaction():
        village = make_village("tirtomulyo")
    there = acts.house(village=village)
    code = acts.hold(None, make_choice(here.room), make_choice(there.room))
    acts.pay(code)
    (paper,) = papers(code)
    assert (paper.issuer, paper.position) == (COMPANY, 1)
    assert len(paper.content["lines"]) == 2
    all_is_told(code)


def test_a_year_begins_at_one_in_the_village(season: Session) -> None:
    house = acts.house()
    acts.pay(acts.hold(house))
    new_year = datetime(2027, 12, 31, 17, 0, tzinfo=UTC)  # midnight in the village
    with acts.later(new_year):
        code = acts.hold(house, arrival=ARRIVAL.replace(year=2028))
        acts.pay(code)
    assert [paper.number for paper in papers(code)] == ["SARIHAYU-2028-00001"]


def test_what_is_undone_leaves_no_gap(season: Session) -> None:
    house = acts.house()
    acts.pay(acts.hold(house))
    code = acts.hold(house, arrival=ARRIVAL.replace(month=6))
    with pytest.raises(RuntimeError, match="on the way"), transaction():
        services.receive_payment(code=code, method=PaymentMethod.CASH, amount=400_000, by_user_id=None)
        assert [paper.position for paper in papers(code)] == [2]
        raise RuntimeError("something went wrong on the way")
    assert papers(code) == []
    acts.pay(code)
    assert [paper.position for paper in papers(code)] == [2]
    assert queries.find_numbering_gaps() == []


@pytest.mark.parametrize("change", ["UPDATE issued_receipts SET amount = 1", "DELETE FROM issued_receipts"])
def test_the_database_refuses_to_change_a_paper(season: Session, change: str) -> None:
    acts.pay(acts.hold(acts.house()))
    with pytest.raises(DatabaseError, match="never changed"), transaction():
        db.session.execute(text(change))


def test_a_gap_is_seen(season: Session) -> None:
    code = acts.hold(acts.house())
    acts.pay(code)
    with transaction():
        db.session.execute(text("UPDATE receipt_counters SET last = 5"))
    acts.pay(acts.hold(acts.house()), None)
    assert queries.find_numbering_gaps() == ["sarihayu 2027: 2 papers, the last is number 6"]


def test_rules() -> None:
    assert issuer_of({"sarihayu"}) == "sarihayu"
    assert issuer_of({"sarihayu", "tirtomulyo"}) == COMPANY
    assert paper_number("wringin-putih", 2027, 12) == "WRINGIN-PUTIH-2027-00012"
    assert tax_fallen([100, 50], 40, 10) == [30, 0]
    assert tax_fallen([20, 50], 40, 10) == [20, 10]
    assert tax_fallen([20], 10, 40) == [0]
