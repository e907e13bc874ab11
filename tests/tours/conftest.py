"""A morning with packages: cooking in one village, cars in another, nine minutes by road."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import pytest
from flask import Flask

from app.core.db import db, transaction
from app.tours.rules import PackageKind, PriceUnit
from app.users import services as users
from app.users.models import User
from app.users.rules import Role
from app.villages.models import Road
from tests.factories import NOW, Tour, make_package, make_village
from tests.machinery.clients import Visitor


@dataclass(frozen=True)
class World:
    """Cooking: ten places at Rp100.000 each. Cars: two, of up to four people, at Rp350.000 each."""

    cooking: Tour
    cars: Tour


@pytest.fixture
def world(app: Flask, set_clock: Callable[[datetime], None]) -> World:
    """Two packages with a departure on 3 May 2027, on 20 April. Made and left: a client comes from outside."""
    set_clock(NOW)
    with app.app_context(), transaction():
        return make_world()


def make_world() -> World:
    """Write both villages and packages in the running transaction."""
    here, there = make_village("sarihayu"), make_village("tirtomulyo")
    low, high = sorted((here.id, there.id))
    db.session.add(Road(village_id=low, other_id=high, metres=4000, minutes=9, is_estimate=False))
    cooking = make_package(here, name="Cook together", sample_price=True)
    cars = make_package(
        there,
        name="Old cars",
        kind=PackageKind.RIDE,
        price=350_000,
        unit=PriceUnit.VEHICLE,
        unit_size=4,
        seats=2,
        max_party=40,
    )
    return World(cooking, cars)


def as_(app: Flask, visitor: Visitor, role: Role, tour: Tour | None = None) -> Visitor:
    """Be signed in with one office, of the package's guide or village, in English."""
    with app.app_context(), transaction():
        user = users.create_user(name=role.value, email=f"{role}@contoh.example")
        place = {} if tour is None else {"village_id": tour.village_id}
        if role == Role.GUIDE and tour is not None:
            place = {"payee_id": tour.guide_payee_id}
        users.give_office(user_id=user.id, role=role, **place)
        user_id = user.id
    with app.app_context():
        found = db.session.get(User, user_id)
        assert found is not None
        uniquifier = found.fs_uniquifier
    with visitor.client.session_transaction() as cookie:
        cookie["_user_id"] = uniquifier
        cookie["_fresh"] = True
    visitor.client.set_cookie("lang", "en")
    return visitor
