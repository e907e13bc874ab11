"""Two people at the gate scan one ticket at the same moment: the guests are let in once, and both see when."""

from __future__ import annotations

from datetime import timedelta

from flask import Flask
from sqlalchemy import func, select, text

from app.bookings.models import CheckIn, OfflineScan
from app.bookings.queries import find_booking
from app.bookings.services import ticket_of
from app.core import clock
from app.core.db import db, transaction
from app.tours.inventory import PackageChoice
from app.users.rules import Role
from tests.factories import make_package, make_paid, make_user
from tests.races import check_in_steps
from tests.races.conftest import Race
from tests.races.crew import Step
from tests.races.test_rooms import day

RUNNERS = 4
ROUNDS = 3


def book(app: Flask) -> tuple[list[str], list[str], int]:
    """A party for each round: their codes, their tickets, and whoever stands at the gate."""
    today = day(app, 0)
    with app.app_context(), clock.shifted(timedelta(days=-3)), transaction():
        tour = make_package(on=today, seats=20)
        codes = [make_paid(None, PackageChoice(tour.departure or "", 2)).code for _round in range(ROUNDS)]  # type: ignore[arg-type]
        found = [find_booking(code) for code in codes]
        return (
            codes,
            [ticket_of(booking=one, line=one.lines[0]) for one in found if one],
            make_user(Role.MANAGER),
        )


def count(app: Flask, table: type) -> int:
    with app.app_context():
        return db.session.scalar(select(func.count()).select_from(table)) or 0


def test_let_in_once(race_app: Flask, race: Race) -> None:
    codes, _tickets, by = book(race_app)
    for number, answers in enumerate(
        race([[Step(check_in_steps.let_in, (code, by))] * RUNNERS for code in codes])
    ):
        assert [answer.error for answer in answers] == [None] * RUNNERS, codes[number]
        assert sorted(answer.value[1] for answer in answers) == [False] * (RUNNERS - 1) + [True]
        assert len({answer.value[0] for answer in answers}) == 1, "everybody sees the first time"
    assert count(race_app, CheckIn) == ROUNDS


def test_one_ticket_told_by_several_phones(race_app: Flask, race: Race) -> None:
    _codes, tickets, by = book(race_app)
    rounds = [
        [Step(check_in_steps.tell, (shown, f"phone-{number}-{runner}", by)) for runner in range(RUNNERS)]
        for number, shown in enumerate(tickets)
    ]
    for answers in race(rounds):
        assert [answer.error for answer in answers] == [None] * RUNNERS
        assert sorted(answer.value[1] for answer in answers) == ["double"] * (RUNNERS - 1) + ["let_in"]
        assert all(answer.value[2] for answer in answers), "every double names the time of the check-in"
    assert (count(race_app, CheckIn), count(race_app, OfflineScan)) == (ROUNDS, ROUNDS * RUNNERS)


def test_one_file_sent_several_times_at_once(race_app: Flask, race: Race) -> None:
    """Also of what has no booking to be locked."""
    _codes, tickets, by = book(race_app)
    rounds = [
        [Step(check_in_steps.tell, (shown, f"phone-scan-{number}", by))] * RUNNERS
        for number, shown in enumerate([*tickets, "SD1.A.B", "ACDEFGH"])
    ]
    for answers in race(rounds):
        assert [answer.error for answer in answers] == [None] * RUNNERS
        assert len({answer.value[:2] for answer in answers}) == 1
    assert (count(race_app, CheckIn), count(race_app, OfflineScan)) == (ROUNDS, ROUNDS + 2)


def test_with_and_without_network_at_once(race_app: Flask, race: Race) -> None:
    codes, tickets, by = book(race_app)
    rounds = [
        [
            Step(check_in_steps.let_in, (code, by)),
            Step(check_in_steps.tell, (shown, f"phone-scan-{number}", by)),
        ]
        for number, (code, shown) in enumerate(zip(codes, tickets, strict=True))
    ]
    for online, told in race(rounds):
        assert (online.error, told.error) == (None, None)
        assert (online.value[1], told.value[1]) in {(True, "double"), (False, "let_in")}
        assert told.value[2], "both name the same first time"
    assert count(race_app, CheckIn) == ROUNDS


def test_the_control_lets_in_twice(race_app: Flask, rough_race: Race) -> None:
    """Looking before the transaction, and no key: nobody is in, so everybody lets them in."""
    with race_app.app_context(), transaction():
        db.session.execute(text("CREATE TABLE naive_check_ins (line INTEGER)"))
    looks = [Step(check_in_steps.naive_look, (1,))] * RUNNERS
    _looked, done = rough_race([looks, [Step(check_in_steps.naive_let_in, (1,))] * RUNNERS])
    assert sum(answer.value for answer in done) > 1
