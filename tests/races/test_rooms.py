"""Many want one room: exactly one gets it, whatever the database."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterable
from datetime import date, timedelta

import pytest
from flask import Flask
from sqlalchemy import text

from app.core import clock
from app.core.db import db, transaction
from app.homestays.models import RoomNight
from tests.factories import House, in_days, make_choice, make_hold, make_house
from tests.races import steps
from tests.races.conftest import Race
from tests.races.crew import Answer, Step

RUNNERS = 16
ROUNDS = 8
LAPSED = timedelta(days=-2)
"""Moving the clock back this far makes a transfer's hold that is over by now."""


def house_with(app: Flask, **details: object) -> House:
    with app.app_context(), transaction():
        return make_house(**details)


def day(app: Flask, number: int) -> date:
    with app.app_context():
        return in_days(number)


def codes(answers: Iterable[Answer], *lost: str) -> list[str]:
    """Who won; everybody else must have lost in an expected way, which is SoldOut unless named."""
    for answer in answers:
        assert answer.error in {None, *(lost or ("SoldOut",))}, answer.detail
    return [answer.value for answer in answers if answer.error is None]


def holders(app: Flask, first: date, last: date) -> set[tuple[int, int | None]]:
    """Rooms and lines of the claims on nights from first up to last."""
    with app.app_context():
        rows = db.session.query(RoomNight).where(RoomNight.night >= first, RoomNight.night < last)
        return {(row.room_id, row.booking_line_id) for row in rows}


def around(rng: random.Random, night: date) -> tuple[date, int]:
    """A stay of one to four nights that wants this very night."""
    before, after = rng.randint(0, 2), rng.randint(1, 2)
    return night - timedelta(days=before), before + after


def test_one_room_is_held_once(race_app: Flask, race: Race) -> None:
    house, rng = house_with(race_app), random.Random(1)
    nights = [day(race_app, 30 + 7 * number) for number in range(ROUNDS)]
    rounds = []
    for number, night in enumerate(nights):
        stays = [around(rng, night) for _ in range(RUNNERS)]
        rounds.append(
            [
                Step(steps.hold, (number * 100 + at, make_choice(house.room, arrival=first, nights=length)))
                for at, (first, length) in enumerate(stays)
            ]
        )
    for answers, night in zip(race(rounds), nights, strict=True):
        assert len(codes(answers)) == 1
        assert len(holders(race_app, night, night + timedelta(days=1))) == 1


def test_as_many_as_there_are_rooms(race_app: Flask, race: Race) -> None:
    house = house_with(race_app, rooms=3)
    nights = [day(race_app, 30 + 3 * number) for number in range(4)]
    rounds = [
        [
            Step(steps.hold, (number * 100 + at, make_choice(house.room, arrival=night, nights=2)))
            for at in range(RUNNERS)
        ]
        for number, night in enumerate(nights)
    ]
    for answers, night in zip(race(rounds), nights, strict=True):
        assert len(codes(answers)) == 3
        assert len(holders(race_app, night, night + timedelta(days=2))) == 3


def test_the_control_oversells(race_app: Flask, race: Race) -> None:
    """Without the key and with the look outside of the transaction the same race sells one night several times."""
    with race_app.app_context(), transaction():
        db.session.execute(
            text("CREATE TABLE naive_nights (room_id INTEGER, night VARCHAR(10), who INTEGER)")
        )
    night = day(race_app, 30)
    rounds = [
        [Step(steps.naive_look, (1, night)) for _at in range(RUNNERS)],
        [Step(steps.naive_write, (1, night, at)) for at in range(RUNNERS)],
        [Step(steps.naive_look, (1, night)) for _at in range(RUNNERS)],
        [Step(steps.naive_write, (1, night, at)) for at in range(RUNNERS)],
    ]
    _looked, first, _looked_again, second = (codes(answers, "LookupError") for answers in race(rounds))
    assert len(first) == RUNNERS, "everybody saw it free, so everybody sold it"
    assert second == [], "whoever looks after the sale sees it"


def test_a_lapsed_hold_is_taken_over_once(race_app: Flask, race: Race) -> None:
    house, rng = house_with(race_app), random.Random(2)
    nights = [day(race_app, 30 + 7 * number) for number in range(ROUNDS)]
    with race_app.app_context(), clock.shifted(LAPSED), transaction():
        for night in nights:
            make_hold(house, arrival=night - timedelta(days=1), nights=3)
    rounds = []
    for number, night in enumerate(nights):
        stays = [around(rng, night) for _ in range(RUNNERS)]
        rounds.append(
            [
                Step(steps.hold, (number * 100 + at, make_choice(house.room, arrival=first, nights=length)))
                for at, (first, length) in enumerate(stays)
            ]
        )
    for answers in race(rounds):
        assert len(codes(answers)) == 1


def test_a_house_and_its_rooms_are_never_both_sold(race_app: Flask, race: Race) -> None:
    house = house_with(race_app, rooms=3, whole=True)
    nights = [day(race_app, 30 + 5 * number) for number in range(ROUNDS)]
    rounds = [
        [
            Step(
                steps.hold,
                (
                    number * 100 + at,
                    make_choice(house.whole if at % 4 == 0 else house.room, arrival=night, nights=2),
                ),
            )
            for at in range(8)
        ]
        for number, night in enumerate(nights)
    ]
    seen = Counter()
    for answers, night in zip(race(rounds), nights, strict=True):
        won = [at for at, answer in enumerate(answers) if answer.error is None]
        assert len(codes(answers)) == len(won)
        wholes = [at for at in won if at % 4 == 0]
        assert (len(wholes), len(won)) in {(1, 1), (0, 3)}, won
        assert len(holders(race_app, night, night + timedelta(days=2))) == 3
        seen["whole" if wholes else "rooms"] += 1
    assert sum(seen.values()) == ROUNDS


def test_closing_a_night_against_a_guest(race_app: Flask, race: Race) -> None:
    house = house_with(race_app, rooms=2, whole=True)
    assert house.whole is not None
    nights = [day(race_app, 30 + 5 * number) for number in range(ROUNDS)]
    rounds = [
        [
            Step(steps.block, (house.room_ids, night, 2)),
            Step(steps.hold, (number, make_choice(house.whole, arrival=night, nights=2))),
        ]
        for number, night in enumerate(nights)
    ]
    for blocked, held in race(rounds):
        assert (blocked.error, held.error) in {("Conflict", None), (None, "SoldOut")}, (
            blocked.detail + held.detail
        )


@pytest.mark.parametrize("lapsed", [False, True])
def test_trips_in_opposite_order_do_not_deadlock(race_app: Flask, race: Race, lapsed: bool) -> None:
    """Each trip takes rooms of two houses, one of them named in the other order; also where all is taken over."""
    one, two = house_with(race_app, rooms=2), house_with(race_app, rooms=2)
    nights = [day(race_app, 30 + 4 * number) for number in range(20)]
    if lapsed:
        with race_app.app_context(), clock.shifted(LAPSED), transaction():
            for night in nights:
                trip = [make_choice(house.room, arrival=night, nights=3, rooms=2) for house in (two, one)]
                make_hold(None, *trip)
    rounds = []
    for number, night in enumerate(nights):
        trip = [make_choice(house.room, arrival=night, nights=3, rooms=2) for house in (one, two)]
        rounds.append(
            [Step(steps.hold, (number * 100 + at, *(trip if at % 2 else reversed(trip)))) for at in range(4)]
        )
    for answers in race(rounds):
        assert len(codes(answers)) == 1
