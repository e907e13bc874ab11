"""Two managers at once never give back more than was paid, whatever step each of them takes."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import func, select, text

from app.bookings import queries, services
from app.bookings.rules import HandState
from app.core import clock
from app.core.db import db, transaction
from app.ledger.models import JournalEntry
from app.notifications.models import Message
from app.payments.models import Refund
from app.payments.queries import list_open_refunds
from app.payments.rules import PaymentMethod
from app.users.rules import Role
from tests.factories import ACCOUNT, House, make_approved, make_hold, make_transferred, make_user
from tests.races import refund_steps as steps
from tests.races.conftest import Race
from tests.races.crew import Step
from tests.races.test_rooms import LAPSED, codes, day, house_with

ROUNDS = 5


@pytest.fixture
def house(race_app: Flask) -> House:
    return house_with(race_app)


def owed(app: Flask, house: House) -> dict[int, str]:
    """Refunds of money that came too late, with the codes of their bookings."""
    with app.app_context():
        with clock.shifted(LAPSED), transaction():
            late = [make_hold(house, arrival=day(app, 30 + n), nights=1).code for n in range(ROUNDS)]
        with transaction():
            for code in late:
                services.receive_payment(
                    code=code, method=PaymentMethod.TRANSFER, amount=1000, by_user_id=None
                )
            return {one.id: one.reference.partition(":")[2] for one in list_open_refunds()}


def people(app: Flask, house: House, *roles: Role) -> list[int]:
    with app.app_context(), transaction():
        return [make_user(role, house=house) for role in roles]


def left(app: Flask) -> tuple[int, int]:
    """How often money left for refunds, by the books and by the refunds."""
    with app.app_context():
        entries = db.session.scalar(select(func.count()).where(JournalEntry.kind == "refund_sent"))
        refunds = db.session.scalar(select(func.count()).where(Refund.sent_at.is_not(None)))
        return int(entries or 0), int(refunds or 0)


def test_four_managers_send_and_prove_at_once(race_app: Flask, race: Race, house: House) -> None:
    managers = people(race_app, house, *[Role.MANAGER] * 4)
    refunds = owed(race_app, house)
    with race_app.app_context(), transaction():
        for refund_id in refunds:
            make_approved(refund_id)
    for answers in race([[Step(steps.transfer, (one, by)) for by in managers] for one in refunds]):
        assert len(codes(answers, "WrongState")) == 1
    for answers in race([[Step(steps.confirm, (one, by)) for by in managers] for one in refunds]):
        assert codes(answers, "WrongState") == ["sent"]
    assert left(race_app) == (ROUNDS, ROUNDS)


def test_cash_is_handed_over_once(race_app: Flask, race: Race, house: House) -> None:
    desks = people(race_app, house, *[Role.DESK] * 4)
    refunds = owed(race_app, house)
    with race_app.app_context(), transaction():
        for refund_id in refunds:
            make_approved(refund_id, account=None)
    for answers in race([[Step(steps.hand_over, (one, by)) for by in desks] for one in refunds]):
        assert codes(answers, "WrongState") == ["sent"]
    assert left(race_app) == (ROUNDS, ROUNDS)


def test_a_correction_against_its_approval(race_app: Flask, race: Race, house: House) -> None:
    """Whoever comes first: never is one account approved and another kept."""
    managers = people(race_app, house, *[Role.MANAGER] * 3)
    refunds = owed(race_app, house)
    with race_app.app_context(), transaction():
        for code in refunds.values():
            services.give_account(code=code, account=ACCOUNT)
    rounds = [
        [*(Step(steps.approve, (one, by, 1)) for by in managers), Step(steps.correct, (code, "555000111"))]
        for one, code in refunds.items()
    ]
    for refund_id, (*approvals, corrected) in zip(refunds, race(rounds), strict=True):
        with race_app.app_context():
            hand = queries.find_hand(refund_id)
            assert hand is not None
            approved = [one for one in approvals if one.error is None]
            if corrected.error is None:
                assert (approved, hand.state, hand.number_end) == ([], HandState.GIVEN, "0111")
                assert {one.error for one in approvals} == {"Conflict"}
            else:
                assert (len(approved), hand.state, hand.number_end) == (1, HandState.APPROVED, "7890")
                assert approved[0].value == f"1 by {hand.approved_by_id}"


def test_a_proof_against_the_bank_that_gave_it_back(race_app: Flask, race: Race, house: House) -> None:
    managers = people(race_app, house, Role.MANAGER, Role.MANAGER)
    refunds = owed(race_app, house)
    with race_app.app_context(), transaction():
        for refund_id in refunds:
            make_approved(refund_id)
            make_transferred(refund_id, by_user_id=managers[0])
    rounds = [
        [Step(steps.confirm, (one, managers[0])), Step(steps.come_back, (one, managers[1]))]
        for one in refunds
    ]
    proved = 0
    for answers in race(rounds):
        (won,) = codes(answers, "WrongState")
        proved += won == "sent"
    assert left(race_app) == (proved, proved)


def test_jobs_at_once_ask_each_guest_once(race_app: Flask, race: Race, house: House) -> None:
    owed(race_app, house)
    (answers,) = race([[Step(steps.ask)] * 4])
    assert [answer.error for answer in answers] == [None] * 4, [answer.detail for answer in answers]
    with race_app.app_context():
        told = db.session.scalar(select(func.count()).where(Message.template == "refund_account"))
        assert told == ROUNDS


def test_the_control_pays_twice(race_app: Flask, rough_race: Race) -> None:
    """Looking before the transaction and writing in it, without lock and key: everybody pays."""
    with race_app.app_context(), transaction():
        db.session.execute(text("CREATE TABLE naive_payments (refund_id INTEGER, amount INTEGER)"))
    looks, pays = [Step(steps.naive_look, (1,))] * 4, [Step(steps.naive_pay, (1, 1000))] * 4
    _looked, paid = rough_race([looks, pays])
    assert sum(answer.value or 0 for answer in paid) > 1000
