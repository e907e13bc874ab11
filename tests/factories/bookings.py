"""Guests, what they choose, hold and pay."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from app.bookings.models import Booking
from app.bookings.queries import find_booking
from app.bookings.services import Guest, hold_trip, receive_payment
from app.core import clock
from app.core.dates import Nights
from app.core.money import Rupiah
from app.homestays.inventory import StayChoice
from app.payments.models import Receipt
from app.payments.queries import find_open_payment
from app.payments.rules import PaymentMethod
from tests.factories.houses import House, make_house
from tests.factories.numbers import numbers

NOW = datetime(2027, 4, 20, 3, 0, tzinfo=UTC)
"""10 in the morning of Tuesday, 20 April 2027, in the village."""

ARRIVAL = date(2027, 5, 3)
"""A Monday, thirteen days after `NOW`."""


def make_guest(
    number: int | None = None, *, email: str | None = "", phone: str | None = None, language: str = "en"
) -> Guest:
    """A guest of their own; `email=None` for one who has only a phone."""
    name = number or next(numbers)
    return Guest(
        name=f"Guest {name}",
        email=f"guest{name}@sample.example" if email == "" else email,
        phone=phone,
        country="ID",
        language=language,
    )


def make_choice(
    room_type: str, *, arrival: date = ARRIVAL, nights: int = 2, rooms: int = 1, adults: int | None = None
) -> StayChoice:
    """A stay as a guest chose it; one adult a room unless said otherwise."""
    stay = Nights(arrival, arrival + timedelta(days=nights))
    return StayChoice(room_type, stay, rooms, rooms if adults is None else adults)


def make_hold(
    house: House | None = None,
    *choices: StayChoice,
    guest: Guest | None = None,
    method: PaymentMethod = PaymentMethod.TRANSFER,
    expected_total: Rupiah | None = None,
    source: str = "web",
    address: str | None = None,
    arrival: date = ARRIVAL,
    nights: int = 2,
    rooms: int = 1,
) -> Booking:
    """A held booking: of these choices, else of rooms of the house."""
    if not choices:
        house = house or make_house(rooms=rooms)
        choices = (make_choice(house.room, arrival=arrival, nights=nights, rooms=rooms),)
    return hold_trip(
        choices=choices,
        guest=guest or make_guest(),
        method=method,
        expected_total=expected_total,
        source=source,
        address=address,
    )


def make_receipt(
    code: str,
    amount: Rupiah | None = None,
    *,
    method: PaymentMethod = PaymentMethod.TRANSFER,
    by_user_id: int | None = None,
    account: str | None = None,
    qris_reference: str | None = None,
) -> Receipt:
    """Money that arrived for a booking: what was asked with its unique code, else what is due now. Each payment by QRIS
    has a reference of its own.
    """
    if amount is None:
        amount = asked_of(code) if method == PaymentMethod.TRANSFER else None
    if amount is None:
        booking = find_booking(code)
        assert booking is not None
        amount = booking.due_now - booking.received or booking.total - booking.received
    return receive_payment(
        code=code,
        method=method,
        amount=amount,
        by_user_id=by_user_id,
        account=account,
        qris_reference=qris_reference or f"RRN{next(numbers):06d}",
    )


def asked_of(code: str) -> Rupiah | None:
    """What the open attempt of a booking asks for, with its unique code."""
    payment = find_open_payment(f"booking:{code}")
    return payment.amount_with_code if payment else None


def make_paid(house: House | None = None, *choices: StayChoice, **details: object) -> Booking:
    """A confirmed booking, paid as asked."""
    booking = make_hold(house, *choices, **details)  # type: ignore[arg-type]
    method = details.get("method", PaymentMethod.TRANSFER)
    assert isinstance(method, PaymentMethod)
    make_receipt(booking.code, method=method)
    return booking


def in_days(days: int) -> date:
    """A date that many days from today, for tests in real time."""
    return clock.today() + timedelta(days=days)
