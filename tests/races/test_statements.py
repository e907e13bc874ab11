"""Two treasurers post the same statement, two people decide on the same money, a guest presses twice: once counts."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Flask
from sqlalchemy import func, select, text

from app.bookings import queries
from app.bookings.models import BankLine, ReviewDecision, TransferClaim
from app.core.db import db, transaction
from app.payments.models import Receipt
from app.users.rules import Role
from app.villages.queries import find_bank_account
from tests.factories import asked_of, make_hold, make_house, make_user
from tests.factories.statements import EVERYWHERE, add_file, post_file
from tests.races import statement_steps
from tests.races.conftest import Doom, Race
from tests.races.crew import Step
from tests.races.test_rooms import day

RUNNERS = 4
BOOKINGS = 6


@dataclass(frozen=True)
class Month:
    """Bookings that wait for a transfer, two statements that both have the money, and who posts them."""

    codes: list[str]
    files: list[int]
    treasurer: int


def make_month(app: Flask) -> Month:
    nights = [day(app, 30 + 3 * number) for number in range(BOOKINGS)]
    with app.app_context(), transaction():
        house = make_house()
        treasurer = make_user(Role.BUMDES_TREASURER, house=house)
        account = find_bank_account(house.village_id)
        assert account is not None
        codes = [make_hold(house, arrival=night, nights=1).code for night in nights]
        asked = [asked_of(code) or 0 for code in codes]
        entries = [*((amount, f"TRSF {place}") for place, amount in enumerate(asked)), (9_000_000, "RENT")]
        files = [
            add_file(account.code, treasurer, *part).id
            for part in (entries, [*reversed(entries[2:]), (4_000, "MORE")])
        ]
    return Month(codes, files, treasurer)


def count(app: Flask, model: type) -> int:
    with app.app_context():
        return db.session.scalar(select(func.count()).select_from(model)) or 0


def test_files_that_overlap_at_once_post_each_line_once(race_app: Flask, race: Race) -> None:
    month = make_month(race_app)
    steps = [Step(statement_steps.post_file, (month.files[at % 2], month.treasurer)) for at in range(RUNNERS)]
    (answers,) = race([steps])
    assert [answer.error for answer in answers] == [None] * RUNNERS, answers
    assert sum(answer.value for answer in answers) == BOOKINGS + 2
    assert count(race_app, BankLine) == count(race_app, Receipt) == BOOKINGS + 2
    with race_app.app_context():
        booked = [queries.find_booking(code) for code in month.codes]
        assert [one.state.value for one in booked if one] == ["confirmed"] * BOOKINGS


def test_the_control_posts_a_line_twice(race_app: Flask, rough_race: Race) -> None:
    """Looking before the transaction, without a key: everybody posts it."""
    with race_app.app_context(), transaction():
        db.session.execute(text("CREATE TABLE naive_lines (amount INTEGER)"))
    rough_race([[Step(step)] * RUNNERS for step in (statement_steps.naive_look, statement_steps.naive_post)])
    with race_app.app_context():
        assert db.session.scalar(text("SELECT count(*) FROM naive_lines")) == RUNNERS


def test_one_of_those_who_decide_wins(race_app: Flask, race: Race) -> None:
    month = make_month(race_app)
    with race_app.app_context(), transaction():
        file = queries.get_bank_file(month.files[0], EVERYWHERE)
        codes = [make_hold(make_house(), arrival=day(race_app, 60)).code for _ in range(2)]
        post_file(file, month.treasurer)
    with race_app.app_context():
        (review,) = queries.list_reviews(EVERYWHERE)
        receipt = review.receipt.id
    kinds = [("assigned", codes[0]), ("owed_back", None), ("not_ours", None), ("assigned", codes[1])]
    steps = [Step(statement_steps.decide, (receipt, kind, code, month.treasurer)) for kind, code in kinds]
    (answers,) = race([steps])
    assert sorted(str(answer.error) for answer in answers) == ["None", *["WrongState"] * (RUNNERS - 1)], (
        answers
    )
    assert count(race_app, ReviewDecision) == 1


def test_pressed_twice_at_once_it_is_one_claim(race_app: Flask, race: Race) -> None:
    month = make_month(race_app)
    (answers,) = race([[Step(statement_steps.claim, (month.codes[0],))] * RUNNERS])
    assert [answer.error for answer in answers] == [None] * RUNNERS, answers
    assert len({answer.value for answer in answers}) == 1
    assert count(race_app, TransferClaim) == 1


def test_killed_anywhere_the_rest_is_posted_later(race_app: Flask, doom: Doom) -> None:
    month = make_month(race_app)
    step = Step(statement_steps.post_file, (month.files[0], month.treasurer))
    for point in (3, 25, 60, 120):
        assert doom(step, point).killed
    death = doom(step, 100_000)
    assert (death.killed, death.error) == (False, None)
    assert count(race_app, BankLine) == count(race_app, Receipt) == BOOKINGS + 1
