"""Money that arrives while somebody else does something to the same booking, or to the nights it held."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from threading import Event

import pytest
from flask import Flask

from app.bookings import queries
from app.bookings.rules import BookingState
from app.core import clock
from app.core.dates import Nights
from app.core.db import db, transaction
from app.homestays import inventory
from app.homestays.inventory import Held
from app.homestays.models import RoomNight
from app.homestays.rules import NightState
from app.payments.queries import list_open_refunds, list_receipts, list_refunds
from app.payments.rules import PaymentMethod
from app.users.rules import Role
from tests.factories import (
    House,
    make_approved,
    make_choice,
    make_hold,
    make_house,
    make_transferred,
    make_user,
)
from tests.races import steps
from tests.races.conftest import Race
from tests.races.crew import Step
from tests.races.test_rooms import LAPSED, codes, day, house_with

ROUNDS = 12


def test_late_money_against_whoever_comes(race_app: Flask, race: Race) -> None:
    """The nights go to one of the two; the late guest is confirmed, or gets everything back."""
    house = house_with(race_app)
    nights = [day(race_app, 30 + 4 * number) for number in range(ROUNDS)]
    with race_app.app_context(), clock.shifted(LAPSED), transaction():
        late = [make_hold(house, arrival=night, nights=3).code for night in nights]
    rounds = [
        [
            Step(steps.pay, (code, 650_000)),
            *(
                Step(steps.hold, (number * 10 + at, make_choice(house.room, arrival=night, nights=3)))
                for at in range(3)
            ),
        ]
        for number, (code, night) in enumerate(zip(late, nights, strict=True))
    ]
    for code, (paid, *others) in zip(late, race(rounds), strict=True):
        assert paid.error is None, paid.detail
        won, state = codes(others), BookingState(paid.value[0])
        assert (state, len(won)) in {(BookingState.CONFIRMED, 0), (BookingState.EXPIRED, 1)}
        with race_app.app_context():
            refunds = list_refunds(f"booking:{code}")
            assert [r.amount for r in refunds] == ([650_000] if state == BookingState.EXPIRED else [])


Late = list[tuple[House, int, int, int]]
"""Houses with one lapsed night each: the line that had it, its unit, and the line of somebody who wants it."""


def late_and_eager(app: Flask, night: date, *, many: int) -> Late:
    with app.app_context():
        with transaction():
            houses = [make_house() for _ in range(many)]
            eager = [
                make_hold(house, arrival=night + timedelta(days=9), nights=1).lines[0] for house in houses
            ]
        with clock.shifted(LAPSED), transaction():
            late = [make_hold(house, arrival=night, nights=1).lines[0] for house in houses]
        return [
            (house, one.id, one.units[0].unit_id or 0, other.id)
            for house, one, other in zip(houses, late, eager, strict=True)
        ]


def test_a_night_is_confirmed_late_or_taken_over(race_app: Flask, rough_race: Race) -> None:
    night = day(race_app, 30)
    rounds = [
        [
            Step(steps.confirm_claims, (unit, line, night)),
            Step(steps.take_over, (house.room_type_id, other, night)),
        ]
        for house, line, unit, other in late_and_eager(race_app, night, many=40)
    ]
    assert [len(codes(answers)) for answers in rough_race(rounds)] == [1] * len(rounds)


def taken_over_after_a_look(app: Flask, confirm: Callable[[House, int, int, date], None]) -> str | None:
    """Somebody reads a lapsed claim and sees that it is theirs; then it is taken over; then they confirm it.

    Gives the name of the error that confirming ends in. Only where writers run beside each other.
    """
    night = day(app, 30)
    ((house, line, unit, other),) = late_and_eager(app, night, many=1)
    looked, taken = Event(), Event()

    def late() -> None:
        with app.app_context(), transaction():
            assert db.session.get_one(RoomNight, (house.room_ids[0], night)).booking_line_id == line
            looked.set()
            assert taken.wait(30)
            confirm(house, unit, line, night)

    with ThreadPoolExecutor(1) as pool, app.app_context():
        answer = pool.submit(late)
        assert looked.wait(30)
        steps.take_over(house.room_type_id, other, night)
        taken.set()
        error = answer.exception()
    return type(error).__name__ if error else None


@pytest.mark.database("postgresql")
def test_the_control_of_late_money_promises_a_night_twice(race_app: Flask) -> None:
    """A claim read and then changed by its key: after a take-over that is somebody else's night."""

    def by_its_key(house: House, _unit: int, _line: int, night: date) -> None:
        claim = db.session.get_one(RoomNight, (house.room_ids[0], night))
        claim.state, claim.expires_at = NightState.SOLD, None

    assert taken_over_after_a_look(race_app, by_its_key) is None


@pytest.mark.database("postgresql")
def test_late_money_by_the_statement_never_does(race_app: Flask) -> None:
    def by_the_statement(_house: House, unit: int, line: int, night: date) -> None:
        inventory.confirm([Held(line, (unit,), Nights(night, night + timedelta(days=1)))])

    assert taken_over_after_a_look(race_app, by_the_statement) == "SoldOut"


def test_late_payers_who_lost_a_night_change_rooms_without_deadlock(race_app: Flask, race: Race) -> None:
    """Two lapsed holds have lost their rooms to others and now want each other's: whoever comes first gets what is
    left; nobody waits for ever."""
    house = house_with(race_app, rooms=4)
    nights = [day(race_app, 30 + 6 * number) for number in range(ROUNDS)]
    late: list[list[str]] = []
    for number, night in enumerate(nights):
        with race_app.app_context():
            with clock.shifted(LAPSED), transaction():
                late.append([make_hold(house, arrival=night, nights=4, rooms=2).code for _ in range(2)])
            with transaction():  # two guests take one night each of one room of either hold
                for at in range(2):
                    steps._held(1000 + number * 10 + at, [make_choice(house.room, arrival=night, nights=1)])
    rounds = [[Step(steps.pay, (code, 2_000_000)) for code in pair] for pair in late]
    for answers in race(rounds):
        for answer in answers:
            assert answer.error is None, answer.detail
        states = sorted(answer.value[0] for answer in answers)
        assert states == [BookingState.CONFIRMED, BookingState.EXPIRED]


def test_two_receipts_confirm_once_and_the_rest_is_under_review(race_app: Flask, race: Race) -> None:
    house = house_with(race_app)
    nights = [day(race_app, 30 + 4 * number) for number in range(ROUNDS)]
    with race_app.app_context(), transaction():
        held = [make_hold(house, arrival=night, nights=2) for night in nights]
        totals = {booking.code: booking.total for booking in held}
    rounds = [
        [
            Step(steps.pay, (code, total)),
            Step(steps.pay, (code, total - 50_000, PaymentMethod.CASH)),
        ]
        for code, total in totals.items()
    ]
    for (code, total), answers in zip(totals.items(), race(rounds), strict=True):
        assert codes(answers) is not None
        assert {answer.value[0] for answer in answers} <= {"confirmed", "held"}
        assert sum(applied for _state, applied, _excess in (a.value for a in answers)) == total
        with race_app.app_context():
            booking = queries.find_booking(code)
            assert booking is not None
            assert (booking.state, booking.received) == (BookingState.CONFIRMED, total)
            excess = [receipt.excess for receipt in list_receipts(booking.reference)]
            assert sum(excess) == total - 50_000
            assert sum(share.amount for share in queries.kept_shares(booking)) == total


def test_money_at_the_moment_of_expiry(race_app: Flask, race: Race) -> None:
    """The job closes the hold or the money confirms it; either way the money is where it belongs."""
    house = house_with(race_app)
    nights = [day(race_app, 30 + 4 * number) for number in range(ROUNDS)]
    with race_app.app_context(), clock.shifted(LAPSED), transaction():
        late = [make_hold(house, arrival=night, nights=2).code for night in nights]
    rounds = [[Step(steps.pay, (code, 450_000)), Step(steps.expire)] for code in late]
    for code, answers in zip(late, race(rounds), strict=True):
        for answer in answers:
            assert answer.error is None, answer.detail
        with race_app.app_context():
            booking = queries.find_booking(code)
            assert booking is not None
            assert booking.state == BookingState.CONFIRMED
            assert booking.received == booking.total


def test_the_desk_vouches_while_money_arrives(race_app: Flask, race: Race) -> None:
    house = house_with(race_app)
    nights = [day(race_app, 30 + 4 * number) for number in range(6)]
    with race_app.app_context(), transaction():
        user_id = make_user(Role.DESK, house=house)
        held = [make_hold(house, arrival=night, nights=2).code for night in nights]
    rounds = [[Step(steps.vouch, (code, user_id)), Step(steps.pay, (code, 200_000))] for code in held]
    for answers in race(rounds):
        assert [answer.error for answer in answers] == [None, None], answers[0].detail + answers[1].detail


def test_a_refund_is_sent_once(race_app: Flask, race: Race) -> None:
    house = house_with(race_app)
    with race_app.app_context():
        with clock.shifted(LAPSED), transaction():
            user_id = make_user(Role.BUMDES_TREASURER, house=house)
            late = [make_hold(house, arrival=day(race_app, 30 + n), nights=1).code for n in range(6)]
        with transaction():
            for code in late:
                steps.services.receive_payment(
                    code=code, method=PaymentMethod.TRANSFER, amount=1000, by_user_id=None
                )
            refunds = [refund.id for refund in list_open_refunds()]
            for refund in refunds:
                make_approved(refund)
                make_transferred(refund, by_user_id=user_id)
    rounds = [[Step(steps.send_refund, (refund, user_id))] * 4 for refund in refunds]
    assert len(rounds) == 6
    for answers in race(rounds):
        assert codes(answers, "WrongState") == ["sent"]


def test_the_same_key_at_once_is_one_booking(race_app: Flask, race: Race) -> None:
    house = house_with(race_app, rooms=4)
    nights = [day(race_app, 30 + 4 * number) for number in range(ROUNDS)]
    rounds = [
        [
            Step(steps.hold_once, (f"key {number}", number, make_choice(house.room, arrival=night)))
            for _ in range(8)
        ]
        for number, night in enumerate(nights)
    ]
    seen = [set(codes(answers)) for answers in race(rounds)]
    assert all(len(one) == 1 for one in seen)
    assert len(set.union(*seen)) == ROUNDS


def test_a_key_whose_work_failed_may_be_used_again(race_app: Flask, race: Race) -> None:
    """One room, two keys by four runners each: one key won, the other was not remembered."""
    house, night = house_with(race_app), day(race_app, 30)
    rounds = [
        [
            Step(steps.hold_once, (f"key {at % 2}", at % 2, make_choice(house.room, arrival=night)))
            for at in range(8)
        ]
    ]
    (answers,) = race(rounds)
    assert len(set(codes(answers))) == 1
    won = next(at % 2 for at, answer in enumerate(answers) if answer.error is None)
    with race_app.app_context():
        other = make_choice(house.room, arrival=night + timedelta(days=30))
        assert steps.hold_once(f"key {1 - won}", 1 - won, other) not in codes(answers)
