"""The desk's world on 20 April 2027, and somebody in office who looks at it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask

from app.users.rules import Role
from tests.bookings.desk import NOW, Desk, make_desk, sign_in
from tests.machinery.clients import Visitor

As = Callable[..., Visitor]


@pytest.fixture
def desk(app: Flask, set_clock: Callable[[object], None]) -> Desk:
    """Two villages with people in every office."""
    set_clock(NOW)
    return make_desk(app)


@pytest.fixture
def as_(app: Flask, desk: Desk) -> As:
    """`as_(Role.HOST)`: a browser in which that person of the village is signed in; `there=True`: of the other one."""

    def enter(role: Role, *, there: bool = False) -> Visitor:
        person = (desk.strangers if there else desk.people)[role]
        return sign_in(app, Visitor(app.test_client()), person)

    return enter
