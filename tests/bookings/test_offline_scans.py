"""What a phone tells that let guests in without network: taken as it was, once, in the order in which it comes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from app.bookings.models import BookingLine, CheckIn, OfflineScan
from app.bookings.queries import Doors, find_booking
from app.bookings.queries.checks import check_books, check_inventory
from app.bookings.rules import Obstacle, ScanOutcome, real_time
from app.bookings.services import (
    ToldScan,
    cancel_booking,
    cancel_line,
    forget_shown_texts,
    hand_over,
    let_in,
    mark_ready,
    take_scan,
    ticket_of,
)
from app.core.audit import AuditEntry
from app.core.db import db, transaction
from app.users.rules import Role, Scope
from tests.bookings.desk import NOW, Desk, make_desk
from tests.bookings.manage.test_check_in import MORNING, Trip, make_trip

Tell = Callable[..., OfflineScan]
EVERYWHERE = Scope(everything=True)
ALL = Doors(EVERYWHERE, EVERYWHERE)
LET_IN, DOUBLE, REFUSED = ScanOutcome
LATER = timedelta(hours=2)
"""How long after the scan there is network again."""


@pytest.fixture
def desk(app: Flask, set_clock: Callable[..., None]) -> Desk:
    """Two villages with people in every office."""
    set_clock(NOW)
    return make_desk(app)


@pytest.fixture
def trip(app: Flask, desk: Desk, set_clock: Callable[..., None]) -> Trip:
    """A package for three and two pieces of a product, paid; told of two hours after it was scanned on its morning."""
    made = make_trip(app, desk.here)
    set_clock(MORNING + LATER)
    return made


@pytest.fixture
def tell(app: Flask, desk: Desk) -> Tell:
    """`tell(shown, key=…, at=…, skew=…)`: what became of a scan that the guide's phone tells."""

    def told(
        shown: str,
        *,
        key: str = "scan-number-1",
        at: datetime = MORNING,
        skew: timedelta = timedelta(0),
        position: int | None = None,
        doors: Doors = ALL,
    ) -> OfflineScan:
        scan = ToldScan(key, at - skew, shown, position)
        with app.app_context(), transaction():
            now = MORNING + LATER - skew
            by = desk.people[Role.GUIDE]
            return take_scan(told=scan, device_now=now, doors=doors, by_user_id=by)

    return told


def ticket(app: Flask, code: str, position: int = 0) -> str:
    with app.app_context():
        booking = find_booking(code)
        assert booking is not None
        return ticket_of(booking=booking, line=booking.lines[position])


def is_about(one: datetime, other: datetime) -> bool:
    """The clock goes on while a test runs."""
    return abs(one - other) < timedelta(seconds=30)


def check_ins(app: Flask) -> list[CheckIn]:
    with app.app_context():
        return list(db.session.scalars(select(CheckIn)))


def holds(app: Flask) -> bool:
    with app.app_context():
        return all(check.holds for check in (*check_books(), *check_inventory()))


def test_a_scan_becomes_the_check_in_of_its_time(app: Flask, trip: Trip, tell: Tell) -> None:
    scan = tell(ticket(app, trip.code))
    assert (scan.outcome, scan.obstacle, scan.way) == (LET_IN, None, "scan")
    assert is_about(scan.at, MORNING)
    assert is_about(scan.received_at, MORNING + LATER)
    (made,) = check_ins(app)
    assert (made.at, made.people, made.way) == (scan.at, 3, "scan")
    with app.app_context():
        act = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "guests:let_in")).one()
        assert act.details == {"line": 0, "people": 3, "way": "scan", "offline": True}


def test_told_twice_nothing_changes(app: Flask, trip: Trip, tell: Tell) -> None:
    first = tell(ticket(app, trip.code))
    again = tell(ticket(app, trip.code))
    assert (again.id, again.outcome) == (first.id, LET_IN)
    assert len(check_ins(app)) == 1


def test_a_second_scan_is_a_double_with_both_times(app: Flask, trip: Trip, tell: Tell) -> None:
    first = tell(ticket(app, trip.code))
    # Earlier by its clock, but told later: the order is that in which they reach us.
    double = tell(trip.code, key="scan-number-2", at=MORNING - timedelta(minutes=5))
    assert (double.outcome, double.way, double.first_at) == (DOUBLE, "code", first.at)
    assert is_about(double.at, MORNING - timedelta(minutes=5))
    assert len(check_ins(app)) == 1


def test_who_was_let_in_with_network_is_a_double(app: Flask, desk: Desk, trip: Trip, tell: Tell) -> None:
    with app.app_context(), transaction():
        made, _new = let_in(
            code=trip.code, position=0, shown=None, doors=ALL, by_user_id=desk.people[Role.DESK]
        )
        first = made.at
    assert tell(ticket(app, trip.code)).first_at == first
    assert len(check_ins(app)) == 1


@pytest.mark.parametrize("skew", [timedelta(minutes=-47), timedelta(hours=9), timedelta(days=-4000)])
def test_a_wrong_clock_is_set_right_and_named(app: Flask, trip: Trip, tell: Tell, skew: timedelta) -> None:
    scan = tell(ticket(app, trip.code), skew=skew)
    assert is_about(scan.at, MORNING)
    assert abs(scan.skew_seconds - skew.total_seconds()) < 30
    assert scan.is_clock_off
    assert scan.device_at == MORNING - skew


def test_a_clock_that_is_nearly_right_is_not_named(trip: Trip, tell: Tell) -> None:
    assert not tell("nothing", skew=timedelta(seconds=110)).is_clock_off
    assert tell("nothing", key="scan-number-2", skew=timedelta(seconds=135)).is_clock_off


def test_never_in_the_future_nor_before_the_day(app: Flask, trip: Trip, tell: Tell) -> None:
    """A phone whose clock was set right between scanning and sending."""
    early = tell(ticket(app, trip.code), at=MORNING - timedelta(days=300))
    assert early.at == datetime(2027, 5, 2, 17, 0, tzinfo=UTC), "midnight in the village"
    assert early.obstacle is None
    late = tell(ticket(app, trip.code), key="scan-number-2", at=MORNING + timedelta(days=300))
    assert late.at == late.received_at
    now = MORNING
    assert real_time(now, skew=timedelta(0), earliest=now + timedelta(days=1), now=now) == now


def cancel_all(code: str) -> None:
    cancel_booking(code=code, reason="sample")


def cancel_one(code: str) -> None:
    cancel_line(code=code, position=0, reason="sample")


def new_link(code: str) -> None:
    booking = find_booking(code)
    assert booking is not None
    booking.token_version += 1


@pytest.mark.parametrize(
    ("act", "obstacle"),
    [(cancel_all, Obstacle.CANCELLED), (cancel_one, Obstacle.CANCELLED), (new_link, Obstacle.OLD_TICKET)],
)
def test_what_was_let_in_although_cancelled_was_let_in(
    app: Flask,
    trip: Trip,
    tell: Tell,
    set_clock: Callable[..., None],
    act: Callable[[str], None],
    obstacle: Obstacle,
) -> None:
    shown = ticket(app, trip.code)
    set_clock(NOW)
    with app.app_context(), transaction():
        act(trip.code)
    set_clock(MORNING + LATER)
    scan = tell(shown)
    assert (scan.outcome, scan.obstacle) == (LET_IN, obstacle)
    assert len(check_ins(app)) == 1
    assert holds(app), "no money moves by itself"


def test_unpaid_and_another_day_too(
    app: Flask, trip: Trip, tell: Tell, set_clock: Callable[..., None]
) -> None:
    assert tell(trip.unpaid).obstacle == Obstacle.RAN_OUT
    set_clock(MORNING - timedelta(days=1))
    scan = tell(ticket(app, trip.code), key="scan-number-2")
    assert (scan.outcome, scan.obstacle) == (LET_IN, Obstacle.OTHER_DAY)
    assert scan.at == scan.received_at


def test_what_is_nothing_of_these_doors_is_kept_as_refused(
    app: Flask, desk: Desk, trip: Trip, tell: Tell
) -> None:
    there = Scope(villages=frozenset({desk.there.id}))
    true = ticket(app, trip.code)
    seen = [
        tell(true[:-9], key="scan-number-1").obstacle,
        tell("ACDEFGH", key="scan-number-2").obstacle,
        tell(true, key="scan-number-3", doors=Doors(there, there)).obstacle,
        tell(trip.code, key="scan-number-4", doors=Doors(there, there)).obstacle,
    ]
    assert seen == [Obstacle.FALSE, Obstacle.UNKNOWN, Obstacle.OTHER_DOOR, Obstacle.UNKNOWN]
    assert check_ins(app) == []
    with app.app_context():
        assert {(row.outcome, row.line_id) for row in db.session.scalars(select(OfflineScan))} == {
            (REFUSED, None)
        }
    assert tell(true, key="scan-number-5").outcome == LET_IN, "the same ticket at its own door"


def test_a_product_is_handed_over_once(app: Flask, trip: Trip, tell: Tell) -> None:
    shown = ticket(app, trip.code, 1)
    first, second = tell(shown), tell(shown, key="scan-number-2")
    assert (first.outcome, first.obstacle, second.outcome) == (LET_IN, None, DOUBLE)
    with app.app_context():
        line = db.session.get_one(BookingLine, first.line_id)
        assert line.handed_over_at is not None
    assert check_ins(app) == []
    assert holds(app)


@pytest.mark.parametrize("is_ready", [False, True])
def test_a_cancelled_product_that_was_given_out(
    app: Flask,
    desk: Desk,
    trip: Trip,
    tell: Tell,
    set_clock: Callable[..., None],
    is_ready: bool,
) -> None:
    """Put aside before, it was the guest's; else it is only written down, and no share is earned."""
    shown = ticket(app, trip.code, 1)
    set_clock(NOW)
    with app.app_context(), transaction():
        if is_ready:
            mark_ready(code=trip.code, position=1, by_user_id=desk.people[Role.DESK], scope=EVERYWHERE)
        cancel_booking(code=trip.code, reason="sample")
    set_clock(MORNING + LATER)
    first, second = tell(shown), tell(shown, key="scan-number-2")
    assert (first.outcome, first.obstacle) == (LET_IN, None if is_ready else Obstacle.CANCELLED)
    assert (second.outcome, second.first_at == first.at) == (DOUBLE, not is_ready)
    with app.app_context():
        assert (db.session.get_one(BookingLine, first.line_id).handed_over_at is not None) == is_ready
    assert holds(app)


def test_handed_over_with_network_is_a_double(app: Flask, desk: Desk, trip: Trip, tell: Tell) -> None:
    with app.app_context(), transaction():
        hand_over(code=trip.code, position=1, by_user_id=desk.people[Role.DESK], scope=EVERYWHERE)
    assert tell(ticket(app, trip.code, 1)).outcome == DOUBLE


def test_a_code_means_the_line_that_was_chosen_else_the_nearest(app: Flask, trip: Trip, tell: Tell) -> None:
    chosen, nearest = tell(trip.code, position=1), tell(trip.code, key="scan-number-2")
    with app.app_context():
        assert db.session.get_one(BookingLine, chosen.line_id).position == 1
        assert db.session.get_one(BookingLine, nearest.line_id).position == 0


def test_what_was_shown_is_dropped_after_thirty_days(
    app: Flask, trip: Trip, tell: Tell, set_clock: Callable[..., None]
) -> None:
    tell(ticket(app, trip.code))
    for days, many in ((29, 0), (31, 1), (31, 0)):
        set_clock(MORNING + LATER + timedelta(days=days))
        with app.app_context(), transaction():
            assert forget_shown_texts() == many
    with app.app_context():
        scan = db.session.scalars(select(OfflineScan)).one()
        assert (scan.shown, scan.outcome) == (None, LET_IN)
