"""Trips of which single lines are cancelled: how they are made, and what stands of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from app.bookings import services
from app.bookings.models import Booking, BookingLine
from app.core.db import db, transaction
from app.payments.queries import list_refunds
from app.payments.rules import PaymentMethod
from app.showcase.inventory import pieces_left
from app.tours.inventory import PackageChoice, units_left
from app.users.rules import Scope
from app.villages.rules import Terms
from tests.bookings import acts
from tests.factories import (
    NOW,
    Goods,
    House,
    Tour,
    make_choice,
    make_house,
    make_package,
    make_product,
    make_product_choice,
)

EVERYTHING = Scope(everything=True)
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
FAR = (NOW + 41 * DAY).date() - timedelta(days=(NOW + 41 * DAY).date().weekday())
STAY, CLASS, GOODS = 0, 1, 2
STAY_PRICE, CLASS_PRICE, GOODS_PRICE = 400_000, 300_000, 60_000
TOTAL = STAY_PRICE + CLASS_PRICE + GOODS_PRICE


@dataclass(frozen=True)
class Trip:
    """Two nights, two places on a package and three pieces, a long time ahead."""

    house: House
    tour: Tour
    goods: Goods
    code: str

    @property
    def booking(self) -> Booking:
        """As it stands."""
        db.session.expire_all()
        return acts.booking(self.code)

    def line(self, position: int) -> BookingLine:
        """One of its lines."""
        return self.booking.lines[position]

    def back(self) -> list[int]:
        """What goes back, refund by refund."""
        return [refund.amount for refund in list_refunds(f"booking:{self.code}")]

    def left(self) -> tuple[int, int]:
        """How many places and pieces can still be sold."""
        return (
            units_left(PackageChoice(str(self.tour.departure), 1)),
            pieces_left(make_product_choice(self.goods)),
        )


def trip(
    *,
    terms: Terms = Terms.FLEXIBLE,
    method: PaymentMethod = PaymentMethod.TRANSFER,
    paid: bool = True,
    deposit: int = 10_000,
) -> Trip:
    """A trip of all three kinds, paid unless said otherwise."""
    with transaction():
        house = make_house(terms=terms, deposit=deposit)
        tour = make_package(price=CLASS_PRICE // 2, on=FAR + DAY, seats=4, terms=terms)
        goods = make_product(price=GOODS_PRICE // 3, pieces=10)
    choices = (
        make_choice(house.room, arrival=FAR),
        PackageChoice(str(tour.departure), 2),
        make_product_choice(goods, quantity=3),
    )
    code = acts.hold(None, *choices, method=method)
    if paid:
        acts.pay(code)
    return Trip(house, tour, goods, code)


def cancel(code: str, position: int, expected: int | None = None) -> None:
    """The guest cancels one line."""
    with transaction():
        services.cancel_line(code=code, position=position, reason=None, expected_refund=expected)


def figures(booking: Booking) -> tuple[int, int, int, int]:
    """What it costs, what was asked to make it certain, what lies with it, what is still to be paid."""
    return booking.total, booking.due_now, booking.received, booking.amount_due


def two_houses(*terms: Terms, deposit: int = 5000) -> str:
    """Two stays of 400,000 in two houses, one after the other; a deposit was paid."""
    with transaction():
        houses = [make_house(terms=one, deposit=deposit) for one in terms]
        choices = [
            make_choice(house.room, arrival=FAR + timedelta(days=2 * at)) for at, house in enumerate(houses)
        ]
    code = acts.hold(None, *choices)
    acts.pay(code)
    return code
