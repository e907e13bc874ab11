"""Trips of all three kinds, paid by card or not, told of twice, cancelled, disputed, refunded, in any order: after
each history the books, the nights, the counters and every purse hold.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import pytest
from flask import Flask

from app.core import clock
from app.core.db import transaction
from app.users.rules import Role
from app.villages.queries import find_bank_account
from tests.bookings.cards import Shop
from tests.factories import NOW, make_house, make_package, make_product, make_user
from tests.properties.histories import run_histories
from tests.properties.told_trips import Away, Trips

PARTS, HISTORIES, STEPS = 4, 66, 52
"""Ten thousand steps in all: hypothesis ends a history after as many, now and then before."""


OFTEN = frozenset(
    {
        "money:received",
        "booking:cancelled",
        "booking:line_cancelled",
        "booking:house_cancelled",
        "closure:started",
        "dispute:taken",
        "dispute:lost",
        "dispute:returned",
        "refund:sent",
        "refund:account_given",
        "credit:given",
        "credit:spent",
        "voucher:made",
        "receipt:corrected",
        "booking:contact_corrected",
        "statement:posted",
        "line: unknown",
    }
)
"""Of each part; test_acts.py shows that every rule can get through."""


@pytest.fixture
def trips(app: Flask) -> Iterator[type[Trips]]:
    """The machine, with what it sells and who works there."""
    Trips.away = Away()
    app.extensions["gateway"], before = Trips.away, app.extensions["gateway"]
    with app.app_context(), clock.shifted(NOW), transaction():
        house = make_house(rooms=2, deposit=5000)
        Trips.shop = Shop(house, make_package(seats=7, price=99_999), make_product(pieces=13, price=33_333))
        Trips.houses = dict.fromkeys(("small", "deposit", "other village"), house)
        Trips.village_id = house.village_id
        account = find_bank_account(house.village_id)
        assert account is not None
        Trips.account = account.code
        Trips.user_id = make_user(Role.DESK, house=house)
        Trips.second_id = make_user(Role.MANAGER)
    Trips.app, Trips.steps, Trips.acted = app, 0, Counter()
    yield Trips
    app.extensions["gateway"] = before


@pytest.mark.parametrize("part", range(PARTS))
@pytest.mark.settings(stripe_secret_key="sk_test_sample", stripe_webhook_secret="whsec_sample")
def test_any_trips(trips: type[Trips], part: int) -> None:
    run_histories(trips, histories=HISTORIES, steps=STEPS, part=part)
    assert trips.steps >= 10_000 / PARTS, "the histories are as long as is said"
    assert OFTEN - set(trips.acted) == set(), "all of this happens again and again"
