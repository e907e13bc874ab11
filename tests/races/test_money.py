"""Money that arrives while somebody else does something to the same booking, or to the nights it held."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from flask import Flask

from app.bookings import queries
from app.bookings.rules import BookingState
from app.core import clock
from app.core.db import transaction
from app.payments.queries import list_open_refunds, list_receipts, list_refunds
from app.payments.rules import PaymentMethod
from app.users.rules import Role
from tests.factories import House, make_choice, make_hold, make_house, make_user
from tests.races import steps
from tests.races.conftest import Race
from tests.races.crew import Answer, Step
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


def both_got_it(answers: list[list[Answer]]) -> int:
    return sum(len(codes(pair, "SoldOut", "LookupError")) == 2 for pair in answers)


def take_over(house: House, line_id: int, night: date) -> Step:
    return Step(steps.take_over, (house.room_type_id, line_id, night))


def test_a_night_is_confirmed_late_or_taken_over(race_app: Flask, rough_race: Race) -> None:
    night = day(race_app, 30)
    rounds = [
        [Step(steps.confirm_claims, (unit, line, night)), take_over(house, other, night)]
        for house, line, unit, other in late_and_eager(race_app, night, many=40)
    ]
    assert both_got_it(rough_race(rounds)) == 0


@pytest.mark.database("postgresql")
def test_the_control_of_late_money_promises_nights_twice(race_app: Flask, rough_race: Race) -> None:
    """A claim read and then changed by its key: after a take-over that is somebody else's night. Only PostgreSQL
    lets it happen; on SQLite the queue of writers stands before it."""
    night = day(race_app, 30)
    rounds = [
        [Step(steps.naive_confirm, (house.room_ids[0], line, night)), take_over(house, other, night)]
        for house, line, _unit, other in late_and_eager(race_app, night, many=60)
    ]
    assert both_got_it(rough_race(rounds)) > 0


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
