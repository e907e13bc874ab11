"""At once: a QRIS reference is received once, nothing leaves a box or QRIS that is not there, a line is a fee once.

The control without lock and key is that of the refunds: everybody pays (tests/races/test_refunds.py).
"""

from __future__ import annotations

import pytest
from flask import Flask

from app.bookings.queries.checks import check_books
from app.core.db import db, transaction
from app.ledger.queries import balance
from app.payments.models import Receipt
from app.payments.rules import PaymentMethod
from app.users.rules import Role
from tests.factories import House, make_hold, make_receipt, make_sheet, make_user
from tests.races import hands_steps as steps
from tests.races.conftest import Race
from tests.races.crew import Step
from tests.races.test_rooms import codes, day, house_with

ROUNDS = 4


@pytest.fixture
def house(race_app: Flask) -> House:
    return house_with(race_app)


@pytest.fixture
def people(race_app: Flask, house: House) -> list[int]:
    with race_app.app_context(), transaction():
        people = [make_user(Role.MANAGER, house=house) for _ in range(4)]
        make_sheet(by_user_id=people[0])
        return people


def held(app: Flask, house: House, count: int, method: PaymentMethod = PaymentMethod.QRIS) -> list[str]:
    with app.app_context(), transaction():
        return [
            make_hold(house, arrival=day(app, 30 + 2 * n), nights=1, method=method).code for n in range(count)
        ]


def books_hold(app: Flask) -> None:
    with app.app_context():
        assert [check for check in check_books() if not check.holds] == []


def test_one_reference_for_four_bookings_is_received_once(
    race_app: Flask, race: Race, house: House, people: list[int]
) -> None:
    runners = [Step(steps.receive, (code, "RRN 1")) for code in held(race_app, house, 4)]
    for answers in race([runners]):
        assert len(codes(answers, "Invalid")) == 1
    with race_app.app_context():
        assert db.session.query(Receipt).count() == 1
    books_hold(race_app)


def test_no_more_is_sent_on_than_qris_holds(
    race_app: Flask, race: Race, house: House, people: list[int]
) -> None:
    (code,) = held(race_app, house, 1)
    with race_app.app_context(), transaction():
        make_receipt(code, 200_000, method=PaymentMethod.QRIS)
    runners = [Step(steps.settle, (150_000, by, f"S{by}")) for by in people]
    for answers in race([runners]):
        assert codes(answers, "Invalid") == [150_000]
    books_hold(race_app)


def test_a_box_is_handed_over_and_counted_once(
    race_app: Flask, race: Race, house: House, people: list[int]
) -> None:
    (code,) = held(race_app, house, 1, PaymentMethod.TRANSFER)
    with race_app.app_context(), transaction():
        make_receipt(code, 200_000, method=PaymentMethod.CASH)
    for answers in race([[Step(steps.give, (150_000, people[0])) for _ in range(4)]]):
        (number,) = codes(answers, "Invalid")
    takers = [Step(steps.take, (number, 150_000, by)) for by in (*people[1:], people[1])]
    for answers in race([takers]):
        assert len(codes(answers, "WrongState")) == 1
    with race_app.app_context():
        assert (balance("held:cash:sarihayu"), balance("held:bank:sarihayu")) == (-50_000, -150_000)
    books_hold(race_app)


def test_a_line_is_a_fee_once(race_app: Flask, race: Race, house: House, people: list[int]) -> None:
    rounds = [[Step(steps.keep, (str(number) * 64, by)) for by in people] for number in range(ROUNDS)]
    for answers in race(rounds):
        assert len(codes(answers, "WrongState")) == 1
    with race_app.app_context():
        assert balance("held:bank:sarihayu") == ROUNDS * 750
    books_hold(race_app)
