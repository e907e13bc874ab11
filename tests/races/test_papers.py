"""Receipts that are issued at the same moment get numbers of their own, and none is left out."""

from __future__ import annotations

from flask import Flask
from sqlalchemy import text

from app.bookings.queries import find_numbering_gaps
from app.core.db import db, transaction
from app.payments.rules import PaymentMethod
from tests.factories import make_hold
from tests.races import paper_steps
from tests.races.conftest import Race
from tests.races.crew import Step
from tests.races.test_rooms import day, house_with

RUNNERS = 4
ROUNDS = 4


def test_two_at_once_get_two_numbers_and_no_gap(race_app: Flask, race: Race) -> None:
    """One of each round is undone after it had its number: the number is somebody else's then."""
    house = house_with(race_app)
    nights = [day(race_app, 30 + 3 * number) for number in range(RUNNERS * ROUNDS)]
    with race_app.app_context(), transaction():
        codes = [
            make_hold(house, arrival=night, nights=1, method=PaymentMethod.TRANSFER).code for night in nights
        ]
    steps = [Step(paper_steps.pay, (code, 50_000, at % RUNNERS == 1)) for at, code in enumerate(codes)]
    answers = [
        answer
        for one in race([steps[start : start + RUNNERS] for start in range(0, len(steps), RUNNERS)])
        for answer in one
    ]
    assert [answer.error for answer in answers] == [None, "InterruptedError", None, None] * ROUNDS
    numbers = sorted(answer.value for answer in answers if answer.error is None)
    assert [int(number.rsplit("-", 1)[1]) for number in numbers] == list(range(1, len(numbers) + 1))
    with race_app.app_context():
        assert find_numbering_gaps() == []


def test_the_control_gives_a_number_twice(race_app: Flask, rough_race: Race) -> None:
    """Looking for the last number before the transaction, without a counter and a key: everybody has the same."""
    with race_app.app_context(), transaction():
        db.session.execute(text("CREATE TABLE naive_papers (position INTEGER)"))
    looks = [Step(paper_steps.naive_look) for _ in range(RUNNERS)]
    issues = [Step(paper_steps.naive_issue) for _ in range(RUNNERS)]
    _looked, issued = rough_race([looks, issues])
    assert [answer.value for answer in issued] == [1] * RUNNERS
