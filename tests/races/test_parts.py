"""Two tabs give up the same night, other nights of one stay, or all of it meanwhile: each night goes once, nobody gets
its price twice, and whoever comes next may have it.
"""

from __future__ import annotations

from datetime import date, timedelta

from flask import Flask
from sqlalchemy import text

from app.bookings import queries
from app.core.db import db, transaction
from app.payments.queries import list_refunds
from app.payments.rules import PaymentMethod
from app.tours.inventory import PackageChoice, units_left
from tests.factories import make_choice, make_hold, make_house, make_package
from tests.races import part_steps, steps
from tests.races.conftest import Race
from tests.races.crew import Step
from tests.races.test_rooms import day

ROUNDS = 6
NIGHT = 200_000
DAY = timedelta(days=1)


def stays(app: Flask, *, paid: bool = True) -> tuple[str, date, list[str]]:
    """Stays of three nights in the only room of a house, from Mondays on; the room, the first Monday, the codes."""
    first = day(app, 40)
    first -= timedelta(days=first.weekday())
    made = []
    with app.app_context(), transaction():
        house = make_house(rooms=1)
    for number in range(ROUNDS):
        with app.app_context(), transaction():
            made.append(make_hold(house, arrival=first + number * 7 * DAY, nights=3).code)
        if paid:
            with app.app_context():
                steps.pay(made[-1], 3 * NIGHT, PaymentMethod.CASH)
    return house.room, first, made


def standing(app: Flask, code: str) -> tuple[int, int, int]:
    """Total, received, and what goes back in all."""
    with app.app_context():
        booking = queries.find_booking(code)
        assert booking is not None
        back = sum(refund.amount for refund in list_refunds(f"booking:{code}"))
        return booking.total, booking.received, back


def test_a_control_without_the_lock_gives_a_night_back_twice(race_app: Flask, rough_race: Race) -> None:
    """Looked at before, written afterwards: so it goes wrong, and the races below can fail."""
    with race_app.app_context(), transaction():
        db.session.execute(text("CREATE TABLE naive_nights (line_id BIGINT)"))
        db.session.execute(text("CREATE TABLE naive_returns (line_id BIGINT, amount BIGINT)"))
        for line in range(ROUNDS):
            db.session.execute(text("INSERT INTO naive_nights (line_id) VALUES (:line)"), {"line": line})
    rough_race(
        [
            step
            for line in range(ROUNDS)
            for step in (
                [Step(part_steps.naive_look, (line,))] * 4,
                [Step(part_steps.naive_give_up, (line, NIGHT))] * 4,
            )
        ]
    )
    with race_app.app_context():
        query = text("SELECT sum(amount) FROM naive_returns GROUP BY line_id")
        assert max(int(amount) for amount in db.session.scalars(query)) > NIGHT


def test_the_same_night_goes_once(race_app: Flask, race: Race) -> None:
    _room, first, made = stays(race_app)
    rounds = [
        [Step(part_steps.leave_on, (code, 0, first + (7 * at + 2) * DAY))] * 4 for at, code in enumerate(made)
    ]
    for code, answers in zip(made, race(rounds), strict=True):
        assert {(answer.value, answer.error) for answer in answers} == {("confirmed", None)}
        assert standing(race_app, code) == (2 * NIGHT, 2 * NIGHT, NIGHT)


def test_both_ends_at_once_and_somebody_who_wants_them(race_app: Flask, race: Race) -> None:
    """Both go, or the second is told that it is not so any more; whoever wants a freed night gets it or is told."""
    room, first, made = stays(race_app)
    rounds = []
    for at, code in enumerate(made):
        begins = first + 7 * at * DAY
        rounds.append(
            [
                Step(part_steps.leave_on, (code, 0, begins + 2 * DAY)),
                Step(part_steps.arrive_on, (code, 0, begins + DAY)),
                Step(steps.hold, (900 + at, make_choice(room, arrival=begins, nights=1))),
                Step(steps.hold, (950 + at, make_choice(room, arrival=begins + 2 * DAY, nights=1))),
            ]
        )
    for code, answers in zip(made, race(rounds), strict=True):
        assert [answer.error for answer in answers[:2]] == [None, None], answers
        assert {answer.error for answer in answers[2:]} <= {None, "SoldOut"}, answers
        assert standing(race_app, code) == (NIGHT, NIGHT, 2 * NIGHT)


def test_a_night_against_the_whole(race_app: Flask, race: Race) -> None:
    _room, first, made = stays(race_app)
    rounds = [
        [
            Step(part_steps.leave_on, (code, 0, first + (7 * at + 1) * DAY)),
            Step(steps.cancel, (code,)),
            Step(steps.cancel_line, (code, 0)),
            Step(part_steps.arrive_on, (code, 0, first + (7 * at + 1) * DAY)),
        ]
        for at, code in enumerate(made)
    ]
    for code, answers in zip(made, race(rounds), strict=True):
        assert {answer.error for answer in answers} <= {None, "Invalid"}, answers
        assert standing(race_app, code)[1:] == (0, 3 * NIGHT)


def test_a_night_of_a_hold_against_its_money(race_app: Flask, race: Race) -> None:
    """Paid before the night goes, its price comes back; afterwards, what is too much is looked at."""
    _room, first, made = stays(race_app, paid=False)
    rounds = [
        [
            Step(part_steps.leave_on, (code, 0, first + (7 * at + 2) * DAY)),
            Step(steps.pay, (code, 3 * NIGHT, PaymentMethod.CASH)),
        ]
        for at, code in enumerate(made)
    ]
    for code, (gone, paid) in zip(made, race(rounds), strict=True):
        assert (gone.error, paid.error) == (None, None), (gone, paid)
        total, received, back = standing(race_app, code)
        assert (total, received) == (2 * NIGHT, 2 * NIGHT)
        assert back + paid.value[2] == NIGHT


def test_seats_that_are_given_up_are_sold_once(race_app: Flask, race: Race) -> None:
    with race_app.app_context(), transaction():
        tour = make_package(price=NIGHT, seats=4, on=day(race_app, 40))
        code = make_hold(None, PackageChoice(str(tour.departure), 4)).code
    with race_app.app_context():
        steps.pay(code, 4 * NIGHT, PaymentMethod.CASH)
    wants = PackageChoice(str(tour.departure), 2)
    answers = race(
        [
            [
                Step(part_steps.come_with, (code, 0, 2)),
                Step(part_steps.come_with, (code, 0, 2)),
                Step(steps.hold, (901, wants)),
                Step(steps.hold, (902, wants)),
            ]
        ]
    )[0]
    assert [answer.error for answer in answers[:2]] == [None, None], answers
    bought = [answer.error for answer in answers[2:]]
    assert set(bought) <= {None, "SoldOut"}, answers
    assert bought.count(None) <= 1, "two seats are free, and no more"
    assert standing(race_app, code) == (2 * NIGHT, 2 * NIGHT, 2 * NIGHT)
    with race_app.app_context():
        assert units_left(PackageChoice(str(tour.departure), 1)) == 2 - 2 * bought.count(None)
