"""Timed jobs beside guests and beside themselves: everything once, and nobody waits in a circle."""

from __future__ import annotations

from datetime import timedelta

from flask import Flask

from app.bookings import queries
from app.bookings.rules import BookingState
from app.core import clock
from app.core.db import db, transaction
from app.homestays.models import RoomNight
from app.ledger.queries import balances
from app.users.rules import Role
from tests.factories import make_choice, make_hold, make_house, make_paid, make_user, make_village
from tests.races import steps
from tests.races.conftest import Race
from tests.races.crew import Step
from tests.races.test_rooms import LAPSED, codes, day, house_with

SLEPT = timedelta(days=60)


def test_two_workers_close_each_hold_once(race_app: Flask, race: Race) -> None:
    house = house_with(race_app, rooms=4)
    with race_app.app_context(), clock.shifted(LAPSED), transaction():
        held = [make_hold(house, arrival=day(race_app, 30 + n), nights=1).code for n in range(24)]
    rounds = [[Step(steps.expire, (3,))] * 4 for _ in range(4)]
    closed = [answer.value for answers in race(rounds) for answer in answers if codes([answer]) is not None]
    assert sum(closed) == len(held)
    with race_app.app_context():
        bookings = [queries.find_booking(code) for code in held]
        assert {booking.state for booking in bookings if booking} == {BookingState.EXPIRED}
        assert db.session.query(RoomNight).count() == 0


def test_closing_holds_against_trips_that_take_them_over(race_app: Flask, race: Race) -> None:
    """Six holds of a room each are closed by the job, or taken over by a trip of six; the trip gets them always."""
    house = house_with(race_app, rooms=6)
    nights = [day(race_app, 30 + 3 * number) for number in range(6)]
    with race_app.app_context(), clock.shifted(LAPSED), transaction():
        for night in nights:
            for _ in house.room_ids:
                make_hold(house, arrival=night, nights=2)
    rounds = [
        [
            Step(steps.expire, (6,)),
            Step(steps.hold, (number, make_choice(house.room, arrival=night, nights=2, rooms=6))),
        ]
        for number, night in enumerate(nights)
    ]
    for answers in race(rounds):
        assert [answer.error for answer in answers] == [None, None], answers[0].detail + answers[1].detail


def test_letting_go_against_taking_over(race_app: Flask, race: Race) -> None:
    """A guest lets go of six rooms while others take over six lapsed ones among them."""
    house = house_with(race_app, rooms=6)
    nights = [day(race_app, 30 + 3 * number) for number in range(10)]
    rounds = []
    for number, night in enumerate(nights):
        with race_app.app_context(), transaction():
            mine = make_hold(house, arrival=night, nights=2, rooms=6).code
        trip = make_choice(house.room, arrival=night, nights=2, rooms=6)
        rounds.append(
            [Step(steps.release, (mine,)), *(Step(steps.hold, (number * 10 + n, trip)) for n in range(3))]
        )
    for let_go, *others in race(rounds):
        assert let_go.error is None, let_go.detail
        assert len(codes(others)) <= 1


def test_two_workers_earn_each_night_once(race_app: Flask, race: Race) -> None:
    house = house_with(race_app, rooms=4)
    first = day(race_app, 30)
    with race_app.app_context(), transaction():
        paid = [make_paid(house, arrival=first + timedelta(days=n), nights=2) for n in range(8)]
        total = sum(booking.total for booking in paid)
        paid_codes = [booking.code for booking in paid]
    rounds = [[Step(steps.complete, (5, SLEPT))] * 4 for _ in range(4)]
    for answers in race(rounds):
        codes(answers)
    with race_app.app_context():
        bookings = [queries.find_booking(code) for code in paid_codes]
        assert {booking.state for booking in bookings if booking} == {BookingState.COMPLETED}
        shares = [row for row in balances(family="payee") if row.stage == "payable"]
        taxes = balances(family="tax")
        assert sum(row.amount for row in [*shares, *taxes]) == total
        assert sum(row.amount for row in balances(family="payee") if row.stage == "pending") == 0


def test_two_workers_open_the_same_accounts_without_deadlock(race_app: Flask, race: Race) -> None:
    """Each worker earns for two villages, in opposite order, and none of the parties was ever earned for before."""
    rounds = []
    for number in range(8):
        with race_app.app_context(), transaction():
            one, two = (make_house(make_village(f"desa-{number}-{side}")) for side in "ab")
            for at, house in enumerate((one, two, two, one)):
                make_paid(house, arrival=day(race_app, 30 + at), nights=1)
        rounds.append([Step(steps.complete, (2, SLEPT))] * 2)
    for answers in race(rounds):
        codes(answers)


def test_money_while_nights_are_earned(race_app: Flask, race: Race) -> None:
    """Every booking was vouched for and is paid just when its nights become payable: nothing stays pending."""
    house = house_with(race_app, rooms=4)
    with race_app.app_context(), transaction():
        user_id = make_user(Role.DESK, house=house)
        held = [make_hold(house, arrival=day(race_app, 30 + n), nights=2).code for n in range(8)]
        for code in held:
            steps.services.vouch_booking(code=code, reason="known", by_user_id=user_id)
    rounds = [[Step(steps.pay, (code, 300_000)), Step(steps.complete, (500, SLEPT))] for code in held]
    for answers in race(rounds):
        codes(answers)
    with race_app.app_context():
        assert steps.complete(500, SLEPT) >= 0
        assert sum(row.amount for row in balances(family="payee") if row.stage == "pending") == 0
