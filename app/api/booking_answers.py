"""How a booking is shown to whoever has its token."""

from __future__ import annotations

from typing import Any

from marshmallow import fields

from app.api.fields import Answer, Moment
from app.api.line_answers import ShareAnswer, booked_lines, lines_field, shown_shares
from app.api.payments import AttemptAnswer, PaymentAnswer, shown_payment
from app.bookings.models import Booking
from app.bookings.queries import find_booking, shares_of
from app.bookings.rules import BookingState
from app.payments.models import Payment
from app.payments.queries import list_payments, list_refunds
from app.payments.rules import MOVED_ON, OPEN_STATES, PaymentMethod, RefundState

STATES = [state.value for state in BookingState]


class RefundAnswer(Answer):
    """Money that goes back, in rupiah."""

    amount = fields.Integer()
    state = fields.String(metadata={"enum": [state.value for state in RefundState if state not in MOVED_ON]})


class BookingBase(Answer):
    """What every answer about a booking has. Money in rupiah."""

    code = fields.String()
    state = fields.String(metadata={"enum": STATES})
    hold_expires_at = Moment(allow_none=True)
    currency = fields.String()
    discount = fields.Integer(metadata={"description": "What a voucher took off; `total` is without it."})
    total = fields.Integer()
    amount_paid = fields.Integer(metadata={"description": "What came in; what went back is in `refunds`."})
    amount_due = fields.Integer(metadata={"description": "What is missing to the total."})
    lines = lines_field()
    shares = fields.List(
        fields.Nested(ShareAnswer),
        metadata={"description": "They sum to `total`; once the booking ended early, to what was kept."},
    )


class NewBookingAnswer(BookingBase):
    """A booking that has just been made, with the token that opens it: keep it, it is not shown again."""

    access_token = fields.String()
    payment = fields.Nested(PaymentAnswer)


class BookingAnswer(BookingBase):
    """A booking as it stands."""

    payments = fields.List(fields.Nested(AttemptAnswer))
    refunds = fields.List(fields.Nested(RefundAnswer))


class NewPaymentAnswer(PaymentAnswer):
    """The new attempt, on its own and as `payment` like when the booking was made; and where the booking stands."""

    code = fields.String()
    state = fields.String(metadata={"enum": STATES})
    hold_expires_at = Moment(allow_none=True)
    total = fields.Integer()
    amount_paid = fields.Integer()
    amount_due = fields.Integer()
    payment = fields.Nested(PaymentAnswer)


def known_booking(code: str) -> Booking:
    """A booking of which we know that it is there."""
    booking = find_booking(code)
    assert booking is not None, "a booking is never deleted"
    return booking


def last_payment(booking: Booking) -> Payment | None:
    """The attempt that is open, else the last one: an old one with another unique code would mislead."""
    payments = list_payments(booking.reference)
    if booking.state_now == BookingState.HELD and booking.method == PaymentMethod.CASH:
        return None
    return next((p for p in reversed(payments) if p.state in OPEN_STATES), payments[-1] if payments else None)


def shown_booking(booking: Booking) -> dict[str, Any]:
    """A booking with its lines and shares."""
    return shown_standing(booking) | {
        "lines": booked_lines(booking),
        "shares": shown_shares(shares_of(booking)),
    }


def shown_whole(booking: Booking) -> dict[str, Any]:
    """The same with every attempt to pay and all that goes back."""
    return shown_booking(booking) | {
        "payments": [shown_payment(booking, payment) for payment in list_payments(booking.reference)],
        "refunds": list_refunds(booking.reference),
    }


def shown_attempt(booking: Booking, payment: Payment | None) -> dict[str, Any]:
    """A new attempt to pay, and where the booking stands."""
    attempt = shown_payment(booking, payment)
    names = ("code", "state", "hold_expires_at", "total", "amount_paid", "amount_due")
    standing = shown_standing(booking)
    return attempt | {name: standing[name] for name in names} | {"payment": attempt}


def shown_standing(booking: Booking) -> dict[str, Any]:
    """Where a booking stands, without what is in it."""
    return {
        "code": booking.code,
        "state": booking.state_now.value,
        "hold_expires_at": booking.hold_expires_at,
        "currency": "IDR",
        "discount": booking.discount,
        "total": booking.total,
        "amount_paid": booking.paid,
        "amount_due": booking.amount_due,
    }
