"""Several cancel parts of one trip, or all of it, at the same moment: nothing goes back twice, nothing is left over."""

from __future__ import annotations

from datetime import timedelta

from flask import Flask

from app.bookings import queries
from app.bookings.rules import BookingState
from app.core.db import transaction
from app.payments.queries import list_refunds
from app.payments.rules import PaymentMethod
from tests.factories import make_choice, make_hold
from tests.races import steps
from tests.races.conftest import Race
from tests.races.crew import Step
from tests.races.test_rooms import day, house_with

ROUNDS = 8
PRICE = 400_000
"""Two nights."""


def trips(app: Flask, *, paid: bool = True) -> list[str]:
    """Trips of three stays in one house, one after the other; paid unless said otherwise."""
    house = house_with(app)
    first = day(app, 40)
    first -= timedelta(days=first.weekday())
    made = []
    for number in range(ROUNDS):
        with app.app_context(), transaction():
            begins = first + timedelta(days=7 * number)
            choices = [make_choice(house.room, arrival=begins + timedelta(days=2 * at)) for at in range(3)]
            made.append(make_hold(None, *choices).code)
        if paid:
            with app.app_context():
                steps.pay(made[-1], total_of(app, made[-1]))
    return made


def total_of(app: Flask, code: str) -> int:
    with app.app_context():
        booking = queries.find_booking(code)
        assert booking is not None
        return booking.total


def returned(app: Flask, code: str) -> int:
    with app.app_context():
        return sum(refund.amount for refund in list_refunds(f"booking:{code}"))


def test_the_same_line_is_cancelled_once(race_app: Flask, race: Race) -> None:
    made = trips(race_app)
    before = {code: total_of(race_app, code) for code in made}
    rounds = [[Step(steps.cancel_line, (code, 1))] * 4 for code in made]
    for code, answers in zip(made, race(rounds), strict=True):
        assert {(answer.value, answer.error) for answer in answers} == {("confirmed", None)}
        assert total_of(race_app, code) == before[code] - returned(race_app, code)
        assert returned(race_app, code) == PRICE


def test_every_line_at_once_is_the_whole(race_app: Flask, race: Race) -> None:
    made = trips(race_app)
    before = {code: total_of(race_app, code) for code in made}
    rounds = [[Step(steps.cancel_line, (code, at % 3)) for at in range(4)] for code in made]
    for code, answers in zip(made, race(rounds), strict=True):
        assert [answer.error for answer in answers] == [None] * 4, answers
        assert returned(race_app, code) == before[code]
        with race_app.app_context():
            booking = queries.find_booking(code)
            assert booking is not None
            assert booking.state == BookingState.CANCELLED


def test_a_line_against_the_whole(race_app: Flask, race: Race) -> None:
    made = trips(race_app)
    before = {code: total_of(race_app, code) for code in made}
    rounds = [
        [
            Step(steps.cancel_line, (code, 0)),
            Step(steps.cancel, (code,)),
            Step(steps.cancel_line, (code, 2)),
            Step(steps.cancel, (code,)),
        ]
        for code in made
    ]
    for code, answers in zip(made, race(rounds), strict=True):
        assert [answer.error for answer in answers] == [None] * 4, answers
        assert returned(race_app, code) == before[code]


def test_a_line_of_a_hold_against_its_money(race_app: Flask, race: Race) -> None:
    """Paid before the line goes, its price comes back; afterwards, what is too much is looked at."""
    made = trips(race_app, paid=False)
    asked = {code: total_of(race_app, code) for code in made}
    rounds = [
        [
            Step(steps.cancel_line, (code, 1)),
            Step(steps.pay, (code, asked[code], PaymentMethod.CASH)),
        ]
        for code in made
    ]
    for code, (gone, paid) in zip(made, race(rounds), strict=True):
        assert (gone.error, paid.error) == (None, None), (gone, paid)
        with race_app.app_context():
            booking = queries.find_booking(code)
            assert booking is not None
            assert (booking.state, booking.received) == (BookingState.CONFIRMED, booking.total)
        assert returned(race_app, code) + paid.value[2] == PRICE
