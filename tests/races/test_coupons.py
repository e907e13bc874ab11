"""One credit and many trips at the same moment: no rupiah is spent twice. One use of a voucher: one trip has it."""

from __future__ import annotations

from flask import Flask
from sqlalchemy import text

from app.bookings import queries, services
from app.bookings.rules import CreditKind
from app.bookings.services import VoucherTerms
from app.core import clock
from app.core.db import db, transaction
from app.ledger.queries import balance
from app.revenue.queries import find_payee
from app.revenue.rules import PayeeKind
from app.users.rules import Role, Scope
from tests.factories import make_user
from tests.races import coupon_steps
from tests.races.conftest import Race
from tests.races.crew import Step
from tests.races.test_rooms import day, house_with

RUNNERS = 4
ROUNDS = 3
EVERYTHING = Scope(everything=True)


def test_one_credit_is_not_overspent(race_app: Flask, race: Race) -> None:
    """Each round has a credit that is enough for one trip and a half; four trips want it."""
    house = house_with(race_app)
    codes = []
    with race_app.app_context(), transaction():
        by = make_user(Role.MANAGER)
        for number in range(ROUNDS):
            gift = services.sell_gift(
                amount=300_000,
                keeper="cash:sarihayu",
                holder=f"Sample {number}",
                valid_until=None,
                village_id=None,
                reason="sample",
                by_user_id=by,
            )
            assert gift.kind == CreditKind.GIFT
            codes.append(gift.code)
    steps = [
        [
            Step(
                coupon_steps.book,
                (house.room, day(race_app, 30 + 2 * (RUNNERS * number + runner)), codes[number]),
            )
            for runner in range(RUNNERS)
        ]
        for number in range(ROUNDS)
    ]
    for number, answers in enumerate(race(steps)):
        spent = sum(answer.value[1] for answer in answers if answer.error is None)
        assert spent <= 300_000
        assert {answer.error for answer in answers} <= {None, "Conflict", "Invalid", "Unavailable"}
        assert any(answer.error is None for answer in answers)
        with race_app.app_context():
            credit = queries.find_credit(codes[number])
            assert credit is not None
            assert balance(credit.account) >= 0


def test_one_use_is_one_trips(race_app: Flask, race: Race) -> None:
    house = house_with(race_app)
    with race_app.app_context(), transaction():
        by = make_user(Role.MANAGER)
        bumdes = find_payee(kind=PayeeKind.BUMDES, village_id=house.village_id)
        assert bumdes is not None
        today = clock.today()
        terms = VoucherTerms(bumdes.id, 1_000, None, None, today, today, uses=1)
        code = services.make_voucher(
            terms=terms, code=None, reason="sample", by_user_id=by, scope=EVERYTHING
        ).code
    steps = [
        Step(coupon_steps.book, (house.room, day(race_app, 30 + 2 * runner), code))
        for runner in range(RUNNERS)
    ]
    (answers,) = race([steps])
    assert sorted(answer.error or "" for answer in answers) == ["", "Invalid", "Invalid", "Invalid"]


def test_the_control_overspends(race_app: Flask, rough_race: Race) -> None:
    """Looking at what is left before the transaction, without a condition: everybody has it."""
    with race_app.app_context(), transaction():
        db.session.execute(text("CREATE TABLE naive_credit (amount INTEGER)"))
        db.session.execute(text("INSERT INTO naive_credit VALUES (300000)"))
    looks = [Step(coupon_steps.naive_look) for _ in range(RUNNERS)]
    spends = [Step(coupon_steps.naive_spend, (200_000,)) for _ in range(RUNNERS)]
    _looked, spent = rough_race([looks, spends])
    assert sum(200_000 for answer in spent if answer.value) > 300_000
