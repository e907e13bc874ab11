"""People of the tests about people."""

from __future__ import annotations

import pytest
from flask import Flask

from app.users.rules import Role
from tests.machinery.clients import Visitor
from tests.users.world import PHONE, SECRET, Door, World, make_person, make_world, sign_in


@pytest.fixture
def world(app: Flask) -> World:
    """Villages A and B."""
    return make_world(app)


@pytest.fixture
def sari(app: Flask, world: World) -> int:
    """The desk of village A, with a password."""
    return make_person(app, "sari", (Role.DESK, world.a), password=SECRET, phone=PHONE)


@pytest.fixture
def door(app: Flask) -> Door:
    """A browser in which somebody is signed in, and reads English."""

    def enter(user_id: int) -> Visitor:
        client = sign_in(app, app.test_client(), user_id)
        client.set_cookie("lang", "en")
        return Visitor(client)

    return enter


@pytest.fixture
def budi(app: Flask, world: World) -> int:
    """The BUMDes manager of village A."""
    return make_person(app, "budi", (Role.BUMDES_MANAGER, world.a))


@pytest.fixture
def mira(app: Flask) -> int:
    """The assisting company."""
    return make_person(app, "mira", (Role.MANAGER, None))
