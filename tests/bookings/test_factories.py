"""The factories make what they say: everything can be sold, held and paid with defaults alone."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy.orm import Session

from app.bookings import queries
from app.bookings.queries.checks import check_books, check_inventory
from app.bookings.rules import BookingState
from app.core.db import transaction
from app.users.models import User
from app.users.rules import Role
from tests import factories
from tests.factories import make_hold, make_house, make_paid, make_user


@pytest.fixture(autouse=True)
def _at_ten_in_the_morning(set_clock: Callable[..., None]) -> None:
    set_clock(factories.NOW)


def test_everything_has_a_default(session: Session) -> None:
    with transaction():
        held, paid = make_hold().code, make_paid().code
    assert queries.find_booking(held).state == BookingState.HELD
    assert queries.find_booking(paid).state == BookingState.CONFIRMED
    assert [check for check in (*check_books(), *check_inventory()) if not check.holds] == []


def test_an_office_stands_where_the_house_is(session: Session) -> None:
    with transaction():
        house = make_house()
        user_id = make_user(Role.HOST, Role.DESK, house=house)
    held = session.get(User, user_id).held()
    assert held == [(Role.HOST, house.village_id, house.host_payee_id), (Role.DESK, house.village_id, None)]
