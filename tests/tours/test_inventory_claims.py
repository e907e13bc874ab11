"""Holding places, extending, selling, giving back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core import clock
from app.core.counters import CounterClaim
from app.core.db import db, transaction
from app.core.errors import SoldOut
from app.tours import inventory, services
from app.tours.inventory import Claim, PackageChoice
from tests.factories import NOW, Tour, make_package

SOON, LATER = NOW + timedelta(minutes=30), NOW + timedelta(hours=2)


@pytest.fixture
def tour(session: Session, set_clock: Callable[..., None]) -> Tour:
    """Three places on one departure."""
    set_clock(NOW)
    with transaction():
        return make_package(seats=3)


def claim(tour: Tour, line: int, many: int = 1) -> Claim:
    return Claim(line, tour.departure_id or 0, many)


def hold(*claims: Claim, until: datetime = SOON) -> None:
    with transaction():
        inventory.hold(claims, until)


def confirm(*claims: Claim) -> None:
    with transaction():
        inventory.confirm(claims)


def left(tour: Tour) -> int:
    return inventory.units_left(PackageChoice(tour.departure or "", 1))


def holders(tour: Tour) -> dict[str, tuple[int, datetime | None]]:
    rows = db.session.execute(
        select(CounterClaim.reference, CounterClaim.quantity, CounterClaim.expires_at).where(
            CounterClaim.counter_id == tour.counter_id
        )
    )
    return {reference: (quantity, until) for reference, quantity, until in rows}


def test_a_holder_is_a_line(tour: Tour) -> None:
    hold(claim(tour, 7, 2))
    assert holders(tour) == {"line:7": (2, SOON)}
    assert left(tour) == 1


def test_who_loses_is_named_with_what_is_left(tour: Tour) -> None:
    with transaction():
        other = make_package(seats=1)
    hold(claim(tour, 1, 2))
    with pytest.raises(SoldOut) as full:
        hold(claim(tour, 2, 2), claim(other, 3))
    assert full.value.extra["lines"] == {2: 1}
    assert (left(tour), left(other)) == (1, 1), "all or nothing"


def test_extended_then_sold(tour: Tour) -> None:
    hold(claim(tour, 1, 3))
    with transaction():
        inventory.extend([claim(tour, 1, 3)], LATER)
    with clock.shifted(SOON + timedelta(minutes=1)), pytest.raises(SoldOut):
        hold(claim(tour, 2))
    confirm(claim(tour, 1, 3))
    confirm(claim(tour, 1, 3))
    assert holders(tour) == {"line:1": (3, None)}


def test_late_money_gets_its_places_while_they_are_free(tour: Tour) -> None:
    hold(claim(tour, 1, 2))
    with clock.shifted(LATER):
        confirm(claim(tour, 1, 2))
        assert left(tour) == 1


def test_late_money_does_not_take_them_from_others(tour: Tour) -> None:
    hold(claim(tour, 1, 2))
    with clock.shifted(LATER):
        confirm(claim(tour, 2, 2))
        with pytest.raises(SoldOut) as full:
            confirm(claim(tour, 1, 2))
        assert full.value.extra["lines"] == {1: 1}
        assert set(holders(tour)) == {"line:2"}


def test_giving_back(tour: Tour) -> None:
    confirm(claim(tour, 1, 2))
    hold(claim(tour, 2))
    with transaction():
        inventory.release([1, 99])
    assert (set(holders(tour)), left(tour)) == ({"line:2"}, 2)


def test_a_place_above_the_capacity_is_not_sold_again(tour: Tour) -> None:
    for line in (1, 2, 3):
        confirm(claim(tour, line))
    with transaction():
        assert services.set_seats(departure_id=tour.departure_id or 0, seats=1) == 3
        inventory.release([1])
    assert left(tour) == 0
    with pytest.raises(SoldOut):
        hold(claim(tour, 4))


def test_nobody_slips_into_a_cancelled_departure(tour: Tour) -> None:
    """He looked before it was cancelled, and takes after."""
    hold(claim(tour, 1))
    with clock.shifted(LATER):
        with transaction():
            services.cancel_departure(departure_id=tour.departure_id or 0)
        for late in (claim(tour, 1), claim(tour, 2)):
            with pytest.raises(SoldOut):
                confirm(late)
