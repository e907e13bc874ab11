"""Guests give up parts of their trips among all else that happens, in any order: books, nights, seats and pieces hold
after each step, what was shown is what happens, and never more goes back than came.
"""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask

from app.core import clock
from app.core.dates import village_date
from app.core.db import transaction
from app.tours.rules import PriceUnit
from app.users.rules import Role
from app.villages.rules import Terms
from tests.factories import (
    NOW,
    make_departure,
    make_house,
    make_package,
    make_product,
    make_user,
    make_village,
)
from tests.properties.histories import run_histories
from tests.properties.house_acts import HouseActs
from tests.properties.part_acts import PartActs
from tests.properties.trips import AHEAD, Trips


class PartSeason(PartActs, HouseActs, Trips):
    """All that guests do, parts of trips given up among it, and all that the house does."""

    codes = Trips.codes


@pytest.mark.parametrize("unit", [PriceUnit.PERSON, PriceUnit.BOAT])
@pytest.mark.settings(stripe_secret_key="sk_test_till", stripe_webhook_secret="whsec_till")
def test_any_season_with_parts_given_up(app: Flask, unit: PriceUnit) -> None:
    with app.app_context(), clock.shifted(NOW), transaction():
        house = make_house(rooms=2, whole=True, terms=Terms.MODERATE)
        PartSeason.houses = {
            "small": house,
            "whole": house,
            "deposit": make_house(rooms=2, deposit=3000, pay_on_arrival=True, terms=Terms.FIRM),
            "other village": make_house(make_village("tirtomulyo", tax=0), rooms=2),
        }
        size = 1 if unit == PriceUnit.PERSON else 2
        package = make_package(on=None, unit=unit, unit_size=size, terms=Terms.FLEXIBLE, price=99_999)
        runs = [village_date(NOW) + timedelta(days=ahead) for ahead in AHEAD]
        departures = [make_departure(package.package_id, on=on, seats=3) for on in runs]
        PartSeason.departures = tuple((run.public_id, run.id) for run in departures)
        PartSeason.goods = make_product(pieces=4, price=33_333)
        PartSeason.user_id = make_user(Role.DESK, house=house)
        PartSeason.second_id = make_user(Role.MANAGER)
    PartSeason.app = app
    run_histories(PartSeason, histories=4, steps=40, part=unit == PriceUnit.BOAT)
