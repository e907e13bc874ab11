"""Guests, money, the provider and time in any order, through the real services and doors.

After each step books, nights, seats and pieces hold; in the end the provider's own account says the same.
"""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask

from app.core import clock
from app.core.dates import village_date
from app.core.db import transaction
from app.users.rules import Role
from tests.factories import (
    NOW,
    make_departure,
    make_house,
    make_package,
    make_product,
    make_sheet,
    make_user,
    make_village,
)
from tests.properties.date_changes import DateChanges
from tests.properties.histories import run_histories
from tests.properties.trips import AHEAD, Trips


class AnySeason(DateChanges, Trips):
    """All that guests do, and other dates."""

    codes = Trips.codes
    departures: tuple[tuple[str, int], ...]


@pytest.mark.settings(stripe_secret_key="sk_test_till", stripe_webhook_secret="whsec_till")
def test_any_season(app: Flask) -> None:
    with app.app_context(), clock.shifted(NOW), transaction():
        house = make_house(rooms=2, whole=True)
        AnySeason.houses = {
            "small": house,
            "whole": house,
            "deposit": make_house(rooms=2, deposit=3000, pay_on_arrival=True),
            "other village": make_house(make_village("tirtomulyo", tax=0), rooms=2),
        }
        package = make_package(on=None)
        runs = [village_date(NOW) + timedelta(days=ahead) for ahead in AHEAD]
        departures = [make_departure(package.package_id, on=on, seats=3) for on in runs]
        AnySeason.departures = tuple((run.public_id, run.id) for run in departures)
        AnySeason.goods = make_product(pieces=4)
        AnySeason.user_id, AnySeason.other_id = (make_user(Role.DESK, house=house) for _ in range(2))
        make_sheet(by_user_id=AnySeason.user_id)
    AnySeason.app = app
    run_histories(AnySeason, histories=8, steps=32)
