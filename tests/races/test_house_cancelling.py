"""House, village and guest cancel at the same moment, two managers close one period, money comes while it is closed:
nothing goes back twice, and nobody gets what was closed.
"""

from __future__ import annotations

from datetime import date, timedelta

from flask import Flask
from sqlalchemy import select, text

from app.bookings import queries
from app.bookings.models import Booking, ClosureLine
from app.bookings.rules import BookingState, ClosureState
from app.core import clock
from app.core.db import db, transaction
from app.payments.models import Receipt
from app.payments.queries import list_refunds
from app.users.rules import Role
from app.villages.rules import Terms
from tests.factories import House, make_choice, make_hold, make_house, make_user
from tests.races import house_steps, steps
from tests.races.conftest import Doom, Race
from tests.races.crew import Step
from tests.races.test_cancelling import total_of, trips
from tests.races.test_kill import everything
from tests.races.test_rooms import day

ROUNDS = 6
NIGHT = 200_000


def somebody(app: Flask, *roles: Role) -> int:
    with app.app_context(), transaction():
        return make_user(*(roles or (Role.MANAGER,)))


def village_with(app: Flask, guests: int, *, first: date, paid: bool = True) -> tuple[House, list[str]]:
    """A house with a room for each guest, everything kept by its terms, and their bookings."""
    with app.app_context(), transaction():
        house = make_house(rooms=guests + 1, terms=Terms.NON_REFUNDABLE)
        codes = [make_hold(house, arrival=first, nights=1).code for _guest in range(guests)]
    for code in codes if paid else ():
        with app.app_context():
            steps.pay(code, total_of(app, code), steps.PaymentMethod.CASH)
    return house, codes


def returned(app: Flask, code: str) -> int:
    with app.app_context():
        return sum(refund.amount for refund in list_refunds(f"booking:{code}"))


def brought(app: Flask, code: str) -> int:
    with app.app_context():
        rows = db.session.scalars(select(Receipt.amount).where(Receipt.reference == f"booking:{code}"))
        return sum(rows)


def state_of(app: Flask, code: str) -> BookingState:
    with app.app_context():
        booking = queries.find_booking(code)
        assert booking is not None
        return booking.state


def test_a_control_without_the_lock_gives_back_twice(race_app: Flask, rough_race: Race) -> None:
    """Looked at before, written afterwards: so it goes wrong, and the races below can fail."""
    with race_app.app_context(), transaction():
        db.session.execute(text("CREATE TABLE naive_refunds (line_id BIGINT, amount BIGINT)"))
    looked = rough_race([[Step(house_steps.naive_look, (line,))] * 4 for line in range(1)])
    assert all(answer.error is None for answer in looked[0])
    rounds = [
        step
        for line in range(ROUNDS)
        for step in (
            [Step(house_steps.naive_look, (line,))] * 4,
            [Step(house_steps.naive_give, (line, NIGHT))] * 4,
        )
    ]
    rough_race(rounds)
    with race_app.app_context():
        query = text("SELECT sum(amount) FROM naive_refunds GROUP BY line_id")
        assert max(int(amount) for amount in db.session.scalars(query)) > NIGHT


def test_the_guest_and_the_house_cancel_at_once(race_app: Flask, race: Race) -> None:
    made, who = trips(race_app), somebody(race_app)
    rounds = [
        [
            Step(house_steps.house_cancel, (code, 0, who)),
            Step(steps.cancel, (code,)),
            Step(house_steps.house_cancel, (code, 1, who)),
            Step(steps.cancel_line, (code, 0)),
        ]
        for code in made
    ]
    for code, answers in zip(made, race(rounds), strict=True):
        assert {answer.error for answer in answers} <= {None, "WrongState"}, answers
        assert returned(race_app, code) == brought(race_app, code)
        assert state_of(race_app, code) == BookingState.CANCELLED


def test_two_managers_and_three_workers_close_once(race_app: Flask, race: Race) -> None:
    first, who = day(race_app, 30), [somebody(race_app), somebody(race_app)]
    house, codes = village_with(race_app, 4, first=first)
    with race_app.app_context():
        closure_id = house_steps.draft(house.village_id, first, 1, who[0])
    answers = race([[Step(house_steps.decide_and_run, (closure_id, who[at % 2])) for at in range(4)]])
    assert [answer.error for answer in answers[0]] == [None] * 4, answers
    assert {code: returned(race_app, code) for code in codes} == dict.fromkeys(codes, NIGHT)
    with race_app.app_context():
        assert len(db.session.scalars(select(ClosureLine)).all()) == len(codes)
        assert queries.get_closure(closure_id, house_steps.EVERYTHING).state == ClosureState.DONE


def test_guests_cancel_pay_and_book_while_it_is_closed(race_app: Flask, race: Race) -> None:
    """By the terms nothing comes back, by the closing everything: each gets one answer, and nobody gets a night."""
    who = somebody(race_app)
    for number in range(3):
        first = day(race_app, 30 + 3 * number)
        house, codes = village_with(race_app, 2, first=first)
        with race_app.app_context():
            closure_id = house_steps.draft(house.village_id, first, 1, who)
            with transaction():
                unpaid = make_hold(house, arrival=first, nights=1).code
        total = total_of(race_app, unpaid)
        answers = race(
            [
                [
                    Step(house_steps.decide_and_run, (closure_id, who)),
                    Step(steps.cancel, (codes[0],)),
                    Step(steps.pay, (unpaid, total, steps.PaymentMethod.CASH)),
                    Step(steps.hold, (900 + number, make_choice(house.room, arrival=first, nights=1))),
                ]
            ]
        )
        assert {answer.error for answer in answers[0]} <= {None, "SoldOut", "WrongState"}, answers
        with race_app.app_context():
            house_steps.run(closure_id)
        assert returned(race_app, codes[0]) in {0, NIGHT}
        assert returned(race_app, codes[1]) == NIGHT
        assert returned(race_app, unpaid) == total
        with race_app.app_context():
            alive = db.session.scalars(
                select(Booking.code).where(
                    Booking.state.in_([BookingState.CONFIRMED, BookingState.HELD]), Booking.arrival == first
                )
            ).all()
            assert list(alive) == []


def test_earning_while_it_is_closed(race_app: Flask, race: Race) -> None:
    first, who = day(race_app, 1), somebody(race_app)
    house, codes = village_with(race_app, 3, first=first)
    with race_app.app_context():
        closure_id = house_steps.draft(house.village_id, first, 1, who)
    ahead = timedelta(days=5)
    race(
        [
            [
                Step(house_steps.decide_and_run, (closure_id, who)),
                Step(steps.complete, (2, ahead)),
                Step(steps.complete, (500, ahead)),
                Step(house_steps.house_cancel, (codes[0], 0, who)),
            ]
        ]
    )
    assert all(returned(race_app, code) in {0, NIGHT} for code in codes)


def test_money_after_the_stay_is_agreed_once(race_app: Flask, race: Race) -> None:
    first, people = day(race_app, 1), [somebody(race_app) for _person in range(3)]
    with race_app.app_context(), transaction():
        house = make_house(terms=Terms.NON_REFUNDABLE)
        code = make_hold(house, arrival=first, nights=4).code
    ahead = timedelta(days=9)
    with race_app.app_context():
        total = total_of(race_app, code)
        steps.pay(code, total, steps.PaymentMethod.CASH)
        steps.complete(500, ahead)
        asked = [house_steps.ask_back(code, total - 1000, people[0], ahead) for _twice in range(2)]
    answers = race([[Step(house_steps.agree, (asked[at % 2], people[1 + at % 2])) for at in range(4)]])
    assert {answer.error for answer in answers[0]} <= {None, "Invalid"}, answers
    assert returned(race_app, code) == total - 1000


def test_a_guest_who_comes_after_all_against_a_new_one(race_app: Flask, race: Race) -> None:
    """The freed nights are had by one of the two; both are there while the new hold runs."""
    who = somebody(race_app)
    first, ahead = day(race_app, 2), timedelta(days=3)
    with race_app.app_context(), transaction():
        house = make_house(terms=Terms.FLEXIBLE)
        code = make_hold(house, arrival=first, nights=6).code
    with race_app.app_context():
        steps.pay(code, total_of(race_app, code), steps.PaymentMethod.CASH)
        with clock.shifted(ahead), transaction():
            house_steps.services.mark_no_show(
                code=code, reason="gone", free=True, by_user_id=who, scope=house_steps.EVERYTHING
            )
    later = make_choice(house.room, arrival=first + timedelta(days=4), nights=1)
    answers = race(
        [[Step(house_steps.undo_no_show, (code, who, timedelta(hours=1))), Step(steps.hold, (1, later))]]
    )
    undone, held = answers[0]
    assert sorted([undone.error or "", held.error or ""]) == ["", "SoldOut"], answers


def test_killed_at_any_point_and_gone_on_with(race_app: Flask, doom: Doom) -> None:
    """A worker dies (SIGKILL) all over the step of one booking: nothing is half done, and the next one ends it."""
    first, who = day(race_app, 30), somebody(race_app)
    house, codes = village_with(race_app, 2, first=first)
    with race_app.app_context():
        closure_id = house_steps.draft(house.village_id, first, 1, who)
        house_steps.start(closure_id, who)
    step = Step(house_steps.one_step, (closure_id,))
    before = everything(race_app)
    last = doom(step, None).points
    for at in sorted({1 + (last - 1) * part // 10 for part in range(10)}):
        assert doom(step, at).killed
    assert everything(race_app) == before
    assert doom(step, last + 1).killed, "right after its COMMIT"
    assert sum(returned(race_app, code) for code in codes) == NIGHT
    with race_app.app_context():
        house_steps.run(closure_id)
    assert {code: returned(race_app, code) for code in codes} == dict.fromkeys(codes, NIGHT)
