"""Many want the last seats: as many get one as there are seats, whatever the database."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator

import pytest
from flask import Flask
from sqlalchemy import select, text

from app.core import clock, counters
from app.core.counters import Counter, CounterClaim, Want
from app.core.db import db, transaction
from tests.factories import in_days, make_departure, make_package
from tests.races import counter_steps as steps
from tests.races.conftest import Race
from tests.races.crew import Answer, Step
from tests.races.test_rooms import LAPSED

RUNNERS = 16
"""Eight threads in each of two processes."""

ROUNDS = 8


@pytest.fixture
def contest(race_app: Flask, rough_race: Race) -> Iterator[Race]:
    """A race after which every counter holds: what is taken is what is claimed, and nothing is above the capacity.

    Its holders are no bookings, so the checks of bookings have nothing to say about it.
    """
    yield rough_race
    with race_app.app_context():
        for counter in db.session.scalars(select(Counter)):
            claimed = select(CounterClaim.quantity).where(CounterClaim.counter_id == counter.id)
            assert counter.taken == sum(db.session.scalars(claimed))
            assert counter.allowed_over == max(0, counter.taken - counter.capacity)


def make(app: Flask, *capacities: int) -> list[int]:
    with app.app_context(), transaction():
        return [counters.create_counter(capacity=capacity).id for capacity in capacities]


def live(app: Flask, counter: int) -> int:
    """How many are held or sold now."""
    with app.app_context():
        claims = select(CounterClaim.quantity).where(
            CounterClaim.counter_id == counter,
            CounterClaim.expires_at.is_(None) | (CounterClaim.expires_at > clock.now()),
        )
        return sum(db.session.scalars(claims))


def winners(answers: Iterable[Answer], *lost: str) -> list[object]:
    """Who won; everybody else must have lost in an expected way, which is Full unless named."""
    for answer in answers:
        assert answer.error in {None, *(lost or ("Full",))}, answer.detail
    return [answer.value for answer in answers if answer.error is None]


def test_seats_are_held_as_often_as_there_are(race_app: Flask, contest: Race) -> None:
    """Through the departure's own door; among the winners nobody is twice."""
    with race_app.app_context(), transaction():
        tour = make_package(on=None)
        departures = [make_departure(tour.package_id, on=in_days(20 + day), seats=5) for day in range(ROUNDS)]
        found = [(departure.id, departure.counter_id) for departure in departures]
    rounds = [
        [Step(steps.hold_seats, (number * 100 + at, (departure, 1))) for at in range(RUNNERS)]
        for number, (departure, _counter) in enumerate(found)
    ]
    for answers, (_departure, counter) in zip(contest(rounds), found, strict=True):
        assert len(set(winners(answers, "SoldOut"))) == 5
        assert live(race_app, counter) == 5


def test_parties_of_several_never_share_a_seat(race_app: Flask, contest: Race) -> None:
    rng, ids = random.Random(3), make(race_app, *[7] * ROUNDS)
    sizes = [[rng.randint(1, 3) for _ in range(RUNNERS)] for _ in ids]
    rounds = [
        [Step(steps.take, (f"line:{number * 100 + at}", (counter, size))) for at, size in enumerate(parties)]
        for number, (counter, parties) in enumerate(zip(ids, sizes, strict=True))
    ]
    for answers, counter, parties in zip(contest(rounds), ids, sizes, strict=True):
        winners(answers)
        won = sum(size for answer, size in zip(answers, parties, strict=True) if answer.error is None)
        # Whoever wants one gets it while there is one, so at most two stay over, and then nobody wanted just one.
        assert live(race_app, counter) == won
        assert 5 <= won <= 7


def test_the_control_oversells(race_app: Flask, rough_race: Race) -> None:
    """Without the condition and with the look outside of the transaction the same race sells five seats to all."""
    with race_app.app_context(), transaction():
        db.session.execute(text("CREATE TABLE naive_counters (id INTEGER, capacity INTEGER, taken INTEGER)"))
        db.session.execute(text("CREATE TABLE naive_claims (id INTEGER, who INTEGER)"))
        db.session.execute(text("INSERT INTO naive_counters (id, capacity, taken) VALUES (1, 5, 0)"))
    rounds = [
        [Step(steps.naive_look, (1,)) for _at in range(RUNNERS)],
        [Step(steps.naive_take, (1, at)) for at in range(RUNNERS)],
    ]
    _looked, sold = (winners(answers, "LookupError") for answers in rough_race(rounds))
    assert len(sold) == RUNNERS, "everybody saw five free, so everybody sold one"
    with race_app.app_context():
        assert db.session.scalar(text("SELECT count(*) FROM naive_claims")) == RUNNERS
        assert db.session.scalar(text("SELECT taken FROM naive_counters")) == 1, (
            "and the figure says otherwise"
        )


def test_what_has_lapsed_is_taken_over_once(race_app: Flask, contest: Race) -> None:
    ids = make(race_app, *[4] * ROUNDS)
    with race_app.app_context(), clock.shifted(LAPSED), transaction():
        until = clock.now()
        for number, counter in enumerate(ids):
            counters.take([Want(f"line:9{number}", counter, 4)], until)
    rounds = [
        [Step(steps.take, (f"line:{number * 100 + at}", (counter, 1))) for at in range(RUNNERS)]
        for number, counter in enumerate(ids)
    ]
    for answers, counter in zip(contest(rounds), ids, strict=True):
        assert len(winners(answers)) == 4
        assert live(race_app, counter) == 4


def test_late_money_against_whoever_comes(race_app: Flask, contest: Race) -> None:
    """Half of the runners confirm a hold of one seat that has lapsed, half come anew, for four seats."""
    ids = make(race_app, *[4] * ROUNDS)
    with race_app.app_context(), clock.shifted(LAPSED), transaction():
        until = clock.now()
        for number, counter in enumerate(ids):
            wants = [Want(f"line:{number * 100 + at}", counter, 1) for at in range(4)]
            counters.take(wants, until)
    rounds = [
        [
            Step(take_late if at < 4 else steps.take, (f"line:{number * 100 + at}", (counter, 1)))
            for at in range(8)
        ]
        for number, counter in enumerate(ids)
    ]
    for answers, counter in zip(contest(rounds), ids, strict=True):
        assert len(winners(answers)) == 4
        assert live(race_app, counter) == 4


def take_late(who: str, want: tuple[int, int]) -> str:
    """Money has come for a hold that is over."""
    return steps.take(who, want, for_good=True)


def test_lowering_against_taking(race_app: Flask, contest: Race) -> None:
    """Nobody gets in after the host has lowered the places; who was before keeps one."""
    ids = make(race_app, *[8] * ROUNDS)
    rounds = [
        [Step(steps.set_capacity, (counter, 2))]
        + [Step(steps.take, (f"line:{number * 100 + at}", (counter, 1))) for at in range(7)]
        for number, counter in enumerate(ids)
    ]
    for (lowered, *answers), counter in zip(contest(rounds), ids, strict=True):
        assert lowered.error is None, lowered.detail
        assert len(winners(answers)) == live(race_app, counter) == max(2, lowered.value)


def test_trips_in_opposite_order_do_not_deadlock(race_app: Flask, contest: Race) -> None:
    """Each takes of two counters, half of them named in the other order; who lost gives back what he never had."""
    pairs = [make(race_app, 3, 3) for _ in range(20)]
    rounds = []
    for number, (one, two) in enumerate(pairs):
        trips = [((one, 1), (two, 1)) if at % 2 else ((two, 1), (one, 1)) for at in range(8)]
        rounds.append(
            [Step(steps.take, (f"line:{number * 100 + at}", *trip)) for at, trip in enumerate(trips)]
        )
        rounds.append(
            [
                Step(steps.release, ([f"line:{number * 100 + at}", f"line:{number * 100 + 7 - at}"],))
                for at in range(8)
            ]
        )
    answers = contest(rounds)
    for taken, released in zip(answers[::2], answers[1::2], strict=True):
        assert len(winners(taken)) == 3
        assert len(winners(released)) == 8
    assert all(live(race_app, counter) == 0 for pair in pairs for counter in pair)
