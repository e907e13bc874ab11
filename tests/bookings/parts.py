"""Bookings of which a guest gives up a part: how they are made, and what stands of them."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import select

from app.bookings import services
from app.bookings.rules import Rest
from app.core.db import db, transaction
from app.homestays.models import RoomNight
from app.payments.queries import list_refunds
from app.tours.inventory import PackageChoice, units_left
from app.tours.rules import PriceUnit
from app.villages.rules import Terms
from tests.bookings import acts
from tests.bookings.lines import DAY, FAR
from tests.factories import make_choice, make_house, make_package

FRIDAY = FAR + 4 * DAY
"""Nights of 200.000, 250.000 and 200.000: Friday, Saturday, Sunday."""
PRICES = {FRIDAY: 200_000, FRIDAY + DAY: 250_000, FRIDAY + 2 * DAY: 200_000}
STAYED = sum(PRICES.values())


def give_up(code: str, position: int = 0, expected: int | None = None, **left: Any) -> None:
    """The guest keeps only so much of a line."""
    with transaction():
        services.cancel_part(
            code=code, position=position, rest=Rest(**left), reason=None, expected_refund=expected
        )


def foreseen(code: str, position: int = 0, **left: Any) -> Any:
    return services.part_cancellation_of(booking=fresh(code), position=position, rest=Rest(**left))


def fresh(code: str) -> Any:
    db.session.expire_all()
    return acts.booking(code)


def weekend(
    terms: Terms = Terms.FLEXIBLE,
    *,
    rooms: int = 1,
    paid: bool = True,
    adults: int | None = None,
    **house: Any,
) -> str:
    """Three nights over a weekend, a long time ahead."""
    with transaction():
        made = make_house(terms=terms, rooms=rooms, **house)
    choice = make_choice(made.room, arrival=FRIDAY, nights=3, rooms=rooms, adults=adults)
    code = acts.hold(None, choice)
    if paid:
        acts.pay(code)
    return code


def back(code: str) -> list[int]:
    return [refund.amount for refund in list_refunds(f"booking:{code}")]


def sold_nights(code: str) -> list[date]:
    line_ids = [line.id for line in fresh(code).lines]
    rows = select(RoomNight.night).where(RoomNight.booking_line_id.in_(line_ids))
    return sorted(db.session.scalars(rows))


def outing(
    *, unit: PriceUnit = PriceUnit.PERSON, size: int = 1, people: int = 4, **more: Any
) -> tuple[str, Any]:
    """A package for some people, paid."""
    names = more.pop("names", ())
    with transaction():
        tour = make_package(price=150_000, on=FAR, seats=6, unit=unit, unit_size=size, **more)
    code = acts.hold(None, PackageChoice(str(tour.departure), people, participants=names))
    acts.pay(code)
    return code, tour


def seats_left(tour: Any) -> int:
    return units_left(PackageChoice(str(tour.departure), 1))
