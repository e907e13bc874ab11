"""A process killed (SIGKILL) at any point of its work leaves nothing half done: all of it is there, or nothing.

The points are before each statement of the transaction, before its COMMIT and right after it. After each death the
whole database is compared with what it was.
"""

from __future__ import annotations

from datetime import timedelta

from flask import Flask
from sqlalchemy import select

from app import jobs
from app.bookings import queries
from app.bookings.rules import BookingState
from app.core import clock
from app.core.db import Base, db, transaction
from app.ledger.queries import balances
from app.payments.queries import list_refunds
from tests.factories import make_choice, make_hold, make_paid
from tests.races import steps
from tests.races.conftest import Doom
from tests.races.crew import Step
from tests.races.test_rooms import LAPSED, day, house_with

SLEPT = timedelta(days=60)
DEATHS = 12
"""How many points before the COMMIT are tried, evenly over all statements."""


def everything(app: Flask) -> dict[str, list[str]]:
    """Every row of every table."""
    with app.app_context():
        return {
            table.name: sorted(str(tuple(row)) for row in db.session.execute(select(table)))
            for table in Base.metadata.sorted_tables
        }


def kill_everywhere(app: Flask, doom: Doom, step: Step) -> None:
    """Die at points all over the step and right before its COMMIT without leaving a trace, then right after it."""
    before = everything(app)
    commit = doom(step, None)
    last = commit.points
    assert commit.killed, commit.error
    for at in sorted({1 + (last - 1) * part // DEATHS for part in range(DEATHS)}):
        assert doom(step, at).killed
        assert everything(app) == before, f"point {at} of {last}"
    assert everything(app) == before
    assert doom(step, last + 1).killed
    assert everything(app) != before


def test_holding_a_trip(race_app: Flask, doom: Doom) -> None:
    one, two = house_with(race_app), house_with(race_app, rooms=2)
    night = day(race_app, 30)
    trip = [make_choice(one.room, arrival=night), make_choice(two.room, arrival=night, rooms=2)]
    kill_everywhere(race_app, doom, Step(steps.hold, (1, *trip)))
    with race_app.app_context():
        (booking,) = db.session.scalars(queries.bookings.whole_bookings())
        assert booking.state == BookingState.HELD
        assert [len(line.units) for line in booking.lines] == [2, 4]


def test_holding_under_a_key(race_app: Flask, doom: Doom) -> None:
    """The killed request is repeated under its key: first it is done anew, then it is known."""
    house = house_with(race_app)
    step = Step(steps.hold_once, ("key", 1, make_choice(house.room, arrival=day(race_app, 30))))
    kill_everywhere(race_app, doom, step)
    with race_app.app_context():
        (booking,) = db.session.scalars(queries.bookings.whole_bookings())
        assert step.act(*step.args) == booking.code


def test_receiving_money(race_app: Flask, doom: Doom) -> None:
    house = house_with(race_app)
    with race_app.app_context(), transaction():
        code, total = _held(house, day(race_app, 30))
    kill_everywhere(race_app, doom, Step(steps.pay, (code, total)))
    with race_app.app_context():
        booking = queries.get_booking(code, steps.Scope(everything=True))
        assert (booking.state, booking.received) == (BookingState.CONFIRMED, total)


def test_receiving_late_money_for_a_room_that_is_gone(race_app: Flask, doom: Doom) -> None:
    house, night = house_with(race_app), day(race_app, 30)
    with race_app.app_context():
        with clock.shifted(LAPSED), transaction():
            code, total = _held(house, night)
        with transaction():
            make_hold(house, arrival=night)
    kill_everywhere(race_app, doom, Step(steps.pay, (code, total)))
    with race_app.app_context():
        assert [refund.amount for refund in list_refunds(f"booking:{code}")] == [total]


def test_earning_nights(race_app: Flask, doom: Doom) -> None:
    house = house_with(race_app, rooms=2)
    with race_app.app_context(), transaction():
        for number in range(2):
            make_paid(house, arrival=day(race_app, 30 + number))
    kill_everywhere(race_app, doom, Step(steps.complete, (2, SLEPT)))
    with race_app.app_context(), clock.shifted(SLEPT):
        jobs.complete_services()
        assert sum(row.amount for row in balances(family="payee") if row.stage == "pending") == 0
        states = {booking.state for booking in db.session.scalars(queries.bookings.whole_bookings())}
        assert states == {BookingState.COMPLETED}


def test_closing_holds(race_app: Flask, doom: Doom) -> None:
    house = house_with(race_app, rooms=2)
    with race_app.app_context(), clock.shifted(LAPSED), transaction():
        for number in range(3):
            code, _total = _held(house, day(race_app, 30 + number))
            steps.services.receive_payment(
                code=code, method=steps.PaymentMethod.TRANSFER, amount=50_000, by_user_id=None
            )
    kill_everywhere(race_app, doom, Step(steps.expire, (2,)))
    with race_app.app_context():
        jobs.expire_holds()
        bookings = list(db.session.scalars(queries.bookings.whole_bookings()))
        assert {(one.state, one.received) for one in bookings} == {(BookingState.EXPIRED, 0)}


def _held(house: object, night: object) -> tuple[str, int]:
    booking = make_hold(house, arrival=night)  # type: ignore[arg-type]
    return booking.code, booking.total
