"""A receipt in the wrong name: never edited, credited and issued anew; refunds credit the one that holds."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from app.bookings import queries, services
from app.bookings.models import IssuedReceipt
from app.bookings.queries.checks import check_books
from app.core.db import transaction
from app.core.errors import Invalid, NotFound, WrongState
from app.users.rules import Role
from tests.bookings import acts
from tests.bookings.test_issue import all_is_told, papers


def correct(
    code: str, number: str, name: str = "PT Contoh Jaya", reason: str = "The company pays"
) -> IssuedReceipt:
    by = acts.user(Role.MANAGER)
    with transaction():
        return services.correct_receipt(code=code, number=number, name=name, reason=reason, by_user_id=by)


@pytest.fixture
def paid(season: Session) -> str:
    code = acts.hold(acts.house())
    acts.pay(code)
    return code


def all_fits(code: str) -> None:
    all_is_told(code)
    assert [check.name for check in check_books() if not check.holds] == []


def test_the_old_one_is_credited_and_a_new_one_says_the_name(paid: str) -> None:
    (old,) = papers(paid)
    before = old.content["guest"]
    new = correct(paid, old.number)
    first, note, last = papers(paid)
    assert first.content["guest"] == before
    assert (note.credits_id, note.amount, note.tax) == (old.id, old.amount, old.tax)
    assert (last.number, last.amount, last.tax) == (new.number, old.amount, old.tax)
    assert last.content["guest"] == "PT Contoh Jaya"
    assert last.content["replaces"] == old.number
    assert [paper.position for paper in papers(paid)] == [1, 2, 3]
    all_fits(paid)


def test_corrected_again(paid: str) -> None:
    (old,) = papers(paid)
    second = correct(paid, old.number)
    third = correct(paid, second.number, "PT Contoh Jaya Abadi")
    assert third.content["replaces"] == second.number
    with pytest.raises(WrongState):
        correct(paid, old.number, "Somebody")
    assert len(papers(paid)) == 5
    all_fits(paid)


def test_a_refund_credits_the_one_that_holds(paid: str) -> None:
    (old,) = papers(paid)
    new = correct(paid, old.number)
    with transaction():
        services.cancel_booking(code=paid, reason=None)
    note = papers(paid)[-1]
    assert note.credits_id == new.id
    with pytest.raises(WrongState):
        correct(paid, note.number)
    all_fits(paid)


@pytest.mark.parametrize(("name", "reason"), [("", "x"), ("x" * 121, "x"), ("Somebody", " ")])
def test_what_is_missing_is_said(paid: str, name: str, reason: str) -> None:
    (old,) = papers(paid)
    with pytest.raises(Invalid):
        correct(paid, old.number, name, reason)
    with pytest.raises(Invalid):
        correct(paid, old.number, f"  {old.content['guest']} ")
    assert len(papers(paid)) == 1


def test_another_bookings_paper_is_not_found(app: Flask, paid: str) -> None:
    other = acts.hold(acts.house())
    acts.pay(other)
    (number,) = (paper.number for paper in papers(other))
    assert queries.list_papers(acts.booking(paid).id)[0].number != number
    with pytest.raises(NotFound):
        correct(paid, number)
