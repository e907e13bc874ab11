"""Two people at the gate scan one ticket at the same moment: the guests are let in once, and both see when."""

from __future__ import annotations

from datetime import timedelta

from flask import Flask
from sqlalchemy import func, select

from app.bookings.models import CheckIn
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


def test_let_in_once(race_app: Flask, race: Race) -> None:
    today = day(race_app, 0)
    with race_app.app_context(), clock.shifted(timedelta(days=-3)), transaction():
        tour = make_package(on=today, seats=20)
        codes = [make_paid(None, PackageChoice(tour.departure or "", 2)).code for _round in range(ROUNDS)]  # type: ignore[arg-type]
        by = make_user(Role.MANAGER)
    for number, answers in enumerate(
        race([[Step(check_in_steps.let_in, (code, by))] * RUNNERS for code in codes])
    ):
        assert [answer.error for answer in answers] == [None] * RUNNERS, codes[number]
        assert sorted(answer.value[1] for answer in answers) == [False] * (RUNNERS - 1) + [True]
        assert len({answer.value[0] for answer in answers}) == 1, "everybody sees the first time"
    with race_app.app_context():
        assert db.session.scalar(select(func.count(CheckIn.id))) == ROUNDS
