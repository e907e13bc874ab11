"""Bookings happen in the season: at ten in the morning of 20 April 2027, in the village."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from app.users.rules import Role
from tests.bookings import acts
from tests.bookings.bank import Bank, make_bank
from tests.factories import NOW, House


@pytest.fixture
def season(session: Session, set_clock: Callable[..., None]) -> Session:
    """The session, at `NOW`."""
    set_clock(NOW)
    return session


@pytest.fixture
def house(season: Session) -> House:
    """A house on sale."""
    return acts.house()


@pytest.fixture
def inn(app: Flask, set_clock: Callable[..., None]) -> House:
    """A house with many rooms, for several guests."""
    set_clock(NOW)
    with app.app_context():
        return acts.house(rooms=6)


@pytest.fixture
def two(house: House) -> tuple[int, int]:
    """A treasurer and a BUMDes manager."""
    return acts.user(Role.BUMDES_TREASURER, at=house), acts.user(Role.BUMDES_MANAGER, at=house)


@pytest.fixture
def bank(season: Session) -> Bank:
    """A house, its village's account and its treasurer, at `NOW`."""
    return make_bank()
