"""Guests change dates at the same moment: one has the night, whoever loses keeps the old one, and nobody waits in a
circle.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from app.bookings import queries
from app.core.counters import Counter
from app.core.dates import Nights
from app.core.db import db, transaction
from app.tours.inventory import PackageChoice, units_left
from tests.factories import House, make_choice, make_departure, make_hold, make_package
from tests.races import change_steps, steps
from tests.races.conftest import Race, nothing_is_wrong
from tests.races.crew import Step
from tests.races.test_deadlocks import PATIENCE, _run, _until_waiting
from tests.races.test_rooms import codes, day, holders, house_with

RUNNERS = 8
ROUNDS = 6
DAY = timedelta(days=1)


def night_of(first: date, number: int, count: int = 1) -> Nights:
    return Nights(first + number * DAY, first + (number + count) * DAY)


def sold(app: Flask, house: House, first: date, nights: int = 1) -> str:
    """A stay that is paid."""
    with app.app_context():
        with transaction():
            made = make_hold(None, make_choice(house.room, arrival=first, nights=nights))
            code, total = made.code, made.total
        steps.pay(code, total)
        return code


def lives_on(app: Flask, code: str) -> list[date]:
    with app.app_context():
        booking = queries.find_booking(code)
        assert booking is not None
        return [line.arrival for line in booking.living_lines]


def test_one_gets_the_night_and_the_others_keep_theirs(race_app: Flask, race: Race) -> None:
    house = house_with(race_app)
    firsts = [day(race_app, 30 + 20 * number) for number in range(ROUNDS)]
    made = [[sold(race_app, house, first + at * DAY) for at in range(RUNNERS)] for first in firsts]
    rounds = [
        [Step(change_steps.change, (code, 0, night_of(first, RUNNERS))) for code in those]
        for first, those in zip(firsts, made, strict=True)
    ]
    for first, those, answers in zip(firsts, made, race(rounds), strict=True):
        assert codes(answers) == [2]
        wanted = first + RUNNERS * DAY
        now = [lives_on(race_app, code) for code in those]
        assert now.count([wanted]) == 1
        kept = [[first + at * DAY] for at in range(RUNNERS)]
        assert all(after in (before, [wanted]) for before, after in zip(kept, now, strict=True))
        assert len(holders(race_app, wanted, wanted + DAY)) == 1


def test_what_is_held_on_to_is_free_for_nobody_in_between(race_app: Flask, race: Race) -> None:
    """Two nights move on by one: the one in the middle is wanted by everybody else, and had by none of them."""
    house = house_with(race_app)
    firsts = [day(race_app, 30 + 10 * number) for number in range(ROUNDS)]
    made = [sold(race_app, house, first, 2) for first in firsts]
    rounds = [
        [
            Step(change_steps.change, (code, 0, night_of(first, 1, 2))),
            *(
                Step(steps.hold, (at, make_choice(house.room, arrival=first + DAY, nights=1)))
                for at in range(RUNNERS - 1)
            ),
        ]
        for first, code in zip(firsts, made, strict=True)
    ]
    for first, code, answers in zip(firsts, made, race(rounds), strict=True):
        assert codes(answers) == [2]
        assert lives_on(race_app, code) == [first + DAY]


def test_the_control_loses_its_place(race_app: Flask, rough_race: Race) -> None:
    """Given up first and looked for afterwards, in two transactions: the old night is somebody else's by then."""
    house, first = house_with(race_app), day(race_app, 30)
    code = sold(race_app, house, first)
    sold(race_app, house, first + DAY)
    with race_app.app_context():
        booking = queries.find_booking(code)
        assert booking is not None
        line = booking.lines[0].id
    rounds = [
        [Step(change_steps.naive_give_up, (line,))] * 2,
        [
            Step(change_steps.naive_take, (line, house.room_type_id, first + DAY)),
            Step(steps.hold, (1, make_choice(house.room, arrival=first, nights=1))),
        ],
        [Step(change_steps.naive_take, (line, house.room_type_id, first))] * 2,
    ]
    _given, second, third = rough_race(rounds)
    assert [answer.error for answer in second] == ["SoldOut", None]
    assert [answer.error for answer in third] == ["SoldOut", "SoldOut"], (
        "neither the new night nor the old one"
    )


def test_to_and_fro_in_one_house(race_app: Flask, race: Race) -> None:
    """Everybody moves between the same nights of a few rooms, each the other way round: somebody may be too late, and
    nobody waits for ever.
    """
    house = house_with(race_app, rooms=6)
    firsts = [day(race_app, 30 + 10 * number) for number in range(ROUNDS)]
    made = [[sold(race_app, house, first + (at % 2) * DAY, 1) for at in range(RUNNERS)] for first in firsts]
    rounds = [
        [
            Step(change_steps.change, (code, 0, night_of(first, 1 - at % 2, 1 + at // 4)))
            for at, code in enumerate(those)
        ]
        for first, those in zip(firsts, made, strict=True)
    ]
    for answers in race(rounds):
        assert codes(answers)


def test_to_and_fro_between_two_departures(race_app: Flask, race: Race) -> None:
    """There are seats enough for everybody in any order: all of them move."""
    made: list[list[tuple[str, str]]] = []
    ends: list[tuple[str, str]] = []
    for number in range(ROUNDS):
        with race_app.app_context():
            with transaction():
                tour = make_package(on=day(race_app, 30 + number), seats=2 * RUNNERS)
                other = make_departure(tour.package_id, on=day(race_app, 60 + number), seats=2 * RUNNERS)
                both = (str(tour.departure), other.public_id)
            ends.append(both)
            made.append([(_seats(both[at % 2]), both[1 - at % 2]) for at in range(RUNNERS)])
    rounds = [[Step(change_steps.change, (code, 0, to)) for code, to in those] for those in made]
    for both, answers in zip(ends, race(rounds), strict=True):
        assert codes(answers) == [2] * RUNNERS
        with race_app.app_context():
            assert [units_left(PackageChoice(end, 1)) for end in both] == [2 * RUNNERS - RUNNERS // 2] * 2


def _seats(departure: str) -> str:
    with transaction():
        code = make_hold(None, PackageChoice(departure, 1)).code
    steps.pay(code, 100_000)
    return code


def test_the_same_change_twice_at_once(race_app: Flask, race: Race) -> None:
    house = house_with(race_app)
    firsts = [day(race_app, 30 + 10 * number) for number in range(ROUNDS)]
    made = [sold(race_app, house, first, 2) for first in firsts]
    rounds = [
        [Step(change_steps.change, (code, 0, night_of(first, 1, 2)))] * 4
        for first, code in zip(firsts, made, strict=True)
    ]
    for answers in race(rounds):
        assert codes(answers) == [2] * 4


def test_changed_against_cancelled(race_app: Flask, race: Race) -> None:
    house = house_with(race_app)
    firsts = [day(race_app, 30 + 10 * number) for number in range(ROUNDS)]
    made = [sold(race_app, house, first, 2) for first in firsts]
    rounds = [
        [Step(change_steps.change, (code, 0, night_of(first, 1, 2))), Step(steps.cancel, (code,))] * 2
        for first, code in zip(firsts, made, strict=True)
    ]
    for first, answers in zip(firsts, race(rounds), strict=True):
        codes(answers, "WrongState")
        assert holders(race_app, first, first + 3 * DAY) == set()


@pytest.mark.database("postgresql")
def test_two_departures_in_opposite_directions_wait_in_a_line(race_app: Flask) -> None:
    """A third keeps the later counter until both wait: whoever comes first has the earlier one."""
    with race_app.app_context():
        with transaction():
            tour = make_package(on=day(race_app, 30), seats=9)
            other = make_departure(tour.package_id, on=day(race_app, 60), seats=9)
            there, counter_id = other.public_id, other.counter_id
        here = str(tour.departure)
        assert tour.counter_id is not None
        assert tour.counter_id < counter_id
        moves = [(_seats(here), there), (_seats(there), here)]
    with ThreadPoolExecutor(2) as pool, race_app.app_context():
        running = []
        with transaction():
            db.session.execute(select(Counter.id).where(Counter.id == counter_id).with_for_update())
            for code, to in moves:
                running.append(pool.submit(_run, race_app, lambda c=code, t=to: change_steps.change(c, 0, t)))
                _until_waiting(len(running))
        assert [one.exception(PATIENCE) for one in running] == [None, None]
    nothing_is_wrong(race_app)
