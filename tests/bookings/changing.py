"""Guests who change dates: how, and what stands of it."""

from __future__ import annotations

from contextlib import suppress
from datetime import date, timedelta

from sqlalchemy import select

from app.bookings import services
from app.bookings.models import Booking, BookingLine
from app.bookings.services import DateChange
from app.core.dates import Nights
from app.core.db import db, transaction
from app.core.errors import WrongState
from app.homestays.models import RoomNight
from app.payments.queries import list_refunds
from app.tours.inventory import PackageChoice
from app.users.rules import Scope
from tests.bookings import acts
from tests.factories import ARRIVAL, House, Tour, make_choice, make_departure, make_package

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
EVERYTHING = Scope(everything=True)
WEDNESDAY = ARRIVAL + timedelta(days=(2 - ARRIVAL.weekday()) % 7)
"""From here on three nights at Rp200.000, then a Saturday at Rp250.000."""


def nights(first: int, count: int = 2, since: date = WEDNESDAY) -> Nights:
    """So many nights from the `first` day after a Wednesday on."""
    arrival = since + first * DAY
    return Nights(arrival, arrival + count * DAY)


def preview(code: str, to: Nights | str, position: int = 0) -> DateChange:
    """What it would do."""
    return services.change_of(booking=acts.booking(code), position=position, to=to)


def change(code: str, to: Nights | str, position: int = 0, expected: int | None = None) -> Booking:
    """The guest does it, for the price they saw."""
    if expected is None:
        expected = preview(code, to, position).total
    with transaction():
        services.change_dates(code=code, position=position, to=to, expected_total=expected)
    db.session.expire_all()
    return acts.booking(code)


def dates(booking: Booking) -> list[tuple[int, int, bool]]:
    """Each line: how many days after the Wednesday it begins, for how long, and whether it lives."""
    return [_dates(line) for line in booking.lines]


def _dates(line: BookingLine) -> tuple[int, int, bool]:
    return (
        (line.arrival - WEDNESDAY).days,
        (line.departure - line.arrival).days,
        line.cancelled_at is None,
    )


def back(code: str) -> list[int]:
    """What goes back, refund by refund."""
    return [refund.amount for refund in list_refunds(f"booking:{code}")]


def stay(first: int = 0, count: int = 2, *, paid: bool = True, **house: object) -> tuple[str, House]:
    """A stay so many days after the Wednesday, paid unless said otherwise."""
    made = acts.house(**house)
    since = nights(first, count)
    code = acts.hold(None, make_choice(made.room, arrival=since.arrival, nights=count))
    if paid:
        acts.pay(code)
    return code, made


def tour(
    *, seats: int = 4, days: int = 7, price: int | None = None, **package: object
) -> tuple[str, Tour, str]:
    """Two places on a package that were paid, and another departure of it, `days` later."""
    with transaction():
        made = make_package(price=150_000, on=WEDNESDAY, seats=4, **package)
        details = {} if price is None else {"price": price}
        other = make_departure(made.package_id, on=WEDNESDAY + days * DAY, seats=seats, **details).public_id
    code = acts.hold(None, PackageChoice(str(made.departure), 2, 0, ("Sri", "Budi")))
    acts.pay(code)
    return code, made, other


def taken(house: House) -> dict[int, list[int]]:
    """By line: on which days after the Wednesday it has a room."""
    found: dict[int, list[int]] = {}
    query = select(RoomNight.booking_line_id, RoomNight.night).where(RoomNight.room_id.in_(house.room_ids))
    for line, night in db.session.execute(query.order_by(RoomNight.night)):
        found.setdefault(line or 0, []).append((night - WEDNESDAY).days)
    return found


def figures(code: str) -> tuple[int, int, int]:
    """What it costs, what lies with it, what is still to be paid."""
    booking = acts.booking(code)
    return booking.total, booking.received, booking.amount_due


def cancel(code: str) -> int:
    """All that is left is cancelled; gives what the village has of the trip in the end. What has begun stays paid."""
    with suppress(WrongState), transaction():
        services.cancel_booking(code=code, reason=None)
    return acts.booking(code).received
