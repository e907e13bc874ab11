"""The house, the village and the desk among guests, money, the provider and time, in any order: books, nights, seats
and pieces hold after each step, and never more goes back than came.
"""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from app.core import clock
from app.core.dates import village_date
from app.core.db import transaction
from app.users.rules import Role
from app.villages.rules import Terms
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
from tests.properties.house_acts import HouseActs
from tests.properties.trips import AHEAD, Trips


class HouseSeason(DateChanges, HouseActs, Trips):
    """All that guests do, other dates too, and all that the house does."""

    codes = Trips.codes
    departures: tuple[tuple[str, int], ...]


@pytest.mark.settings(stripe_secret_key="sk_test_till", stripe_webhook_secret="whsec_till")
def test_any_season_with_the_house(app: Flask) -> None:
    with app.app_context(), clock.shifted(NOW), transaction():
        house = make_house(rooms=2, whole=True, terms=Terms.STRICT)
        HouseSeason.houses = {
            "small": house,
            "whole": house,
            "deposit": make_house(rooms=2, deposit=3000, pay_on_arrival=True),
            "other village": make_house(make_village("tirtomulyo", tax=0), rooms=2),
        }
        package = make_package(on=None)
        runs = [village_date(NOW) + timedelta(days=ahead) for ahead in AHEAD]
        departures = [make_departure(package.package_id, on=on, seats=3) for on in runs]
        HouseSeason.departures = tuple((run.public_id, run.id) for run in departures)
        HouseSeason.goods = make_product(pieces=4)
        HouseSeason.user_id, HouseSeason.other_id = (make_user(Role.DESK, house=house) for _ in range(2))
        make_sheet(by_user_id=HouseSeason.user_id)
        HouseSeason.second_id = make_user(Role.MANAGER)
    HouseSeason.app = app
    phases = [phase for phase in Phase if phase != Phase.shrink]
    bounds = settings(max_examples=6, stateful_step_count=40, phases=phases)
    run_state_machine_as_test(HouseSeason, settings=settings(bounds, suppress_health_check=list(HealthCheck)))
