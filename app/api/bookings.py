"""Holding a trip, seeing it again by its token, and paying for it."""

from __future__ import annotations

from typing import Any

from flask import request
from marshmallow import ValidationError, fields, validates_schema

from app.api.door import BEARER, bearer, bp, read_body, refuses
from app.api.fields import (
    Answer,
    Code,
    Country,
    Email,
    Moment,
    Part,
    Phone,
    Request,
    Text,
    Whole,
)
from app.api.lines import LineAnswer, ShareAnswer, TripRequest, booked_lines, choices_of, shown_shares
from app.api.payments import METHODS, AttemptAnswer, PaymentAnswer, shown_payment
from app.bookings.models import Booking
from app.bookings.queries import find_booking, get_booking_by_token, shares_of
from app.bookings.rules import BookingState
from app.bookings.services import Guest, hold_trip, start_payment
from app.core import codes, idempotency
from app.core.access import public
from app.core.db import transaction
from app.core.limits import WRITES, limiter
from app.core.words import LANGUAGES
from app.core.words import gettext as _
from app.payments.models import Payment
from app.payments.queries import list_payments, list_refunds
from app.payments.rules import OPEN_STATES, PaymentMethod, RefundState

TAGS = ["Bookings"]
MAKE = "api:bookings"
STATES = [state.value for state in BookingState]


class KeyHeader(Request):
    """What makes a repeated request the same one."""

    key = Text(
        most=200,
        required=True,
        data_key="Idempotency-Key",
        metadata={"description": "The same key with the same body gives the first answer again."},
    )


class GuestRequest(Request):
    """Who books, and how they are reached: by e-mail, phone or both."""

    name = Text(required=True)
    email = Email(load_default=None, allow_none=True)
    phone = Phone(load_default=None, allow_none=True)
    country = Country(required=True)
    language = Code(required=True, among=LANGUAGES)

    @validates_schema
    def reachable(self, sent: dict[str, Any], **_kwargs: Any) -> None:
        """One way of reaching the guest."""
        if not (sent["email"] or sent["phone"]):
            raise ValidationError(
                _("Give a phone number or an e-mail address, so that we can reach you."), "email"
            )


class BookingRequest(TripRequest):
    """A trip, who goes, and how it is paid."""

    guest = Part(GuestRequest, required=True)
    payment = Code(required=True, among=METHODS)
    expected_total = Whole(
        0,
        load_default=None,
        allow_none=True,
        metadata={"description": "The price the guest saw, in rupiah; another one is answered by 409."},
    )


class MethodRequest(Request):
    """How to pay."""

    method = Code(required=True, among=METHODS)


class RefundAnswer(Answer):
    """Money that goes back, in rupiah."""

    amount = fields.Integer()
    state = fields.String(metadata={"enum": [state.value for state in RefundState]})


class BookingBase(Answer):
    """What every answer about a booking has. Money in rupiah."""

    code = fields.String()
    state = fields.String(metadata={"enum": STATES})
    hold_expires_at = Moment(allow_none=True)
    currency = fields.String()
    total = fields.Integer()
    amount_paid = fields.Integer(metadata={"description": "What came in; what went back is in `refunds`."})
    amount_due = fields.Integer(metadata={"description": "What is missing to the total."})
    lines = fields.List(fields.Nested(LineAnswer))
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


@bp.post("/bookings", tags=TAGS)
@public
@limiter.limit(WRITES)
@bp.arguments(KeyHeader, location="headers")
@bp.arguments(BookingRequest)
@bp.response(201, NewBookingAnswer)
@refuses(400, 404, 409, 413, 415, 503)
def make_booking(headers: dict[str, Any], sent: dict[str, Any]) -> dict[str, Any]:
    """Hold a trip: all lines or none. Sent again under the same key, the first answer comes again."""
    key, digest = headers["key"], idempotency.digest_of(read_body(request))
    with transaction():
        code = idempotency.claim(route=MAKE, key=key, digest=digest)
        if code is None:
            booking = _hold(sent)
            idempotency.remember(route=MAKE, key=key, reference=booking.code)
        else:
            booking = _known(code)
        return _shown(booking) | {
            "access_token": codes.access_token(booking.code, booking.token_version),
            "payment": shown_payment(booking, _last_payment(booking)),
        }


@bp.get("/bookings/<code>", tags=TAGS)
@public
@bp.response(200, BookingAnswer)
@bp.doc(security=BEARER)
@refuses(404)
def booking(code: str) -> dict[str, Any]:
    """The booking that this token opens."""
    booked = get_booking_by_token(code, bearer())
    return _shown(booked) | {
        "payments": [shown_payment(booked, payment) for payment in list_payments(booked.reference)],
        "refunds": list_refunds(booked.reference),
    }


@bp.post("/bookings/<code>/payments", tags=TAGS)
@public
@limiter.limit(WRITES)
@bp.arguments(KeyHeader, location="headers")
@bp.arguments(MethodRequest)
@bp.response(200, NewPaymentAnswer)
@bp.doc(security=BEARER)
@refuses(400, 404, 409, 413, 415, 503)
def pay_booking(headers: dict[str, Any], sent: dict[str, Any], code: str) -> dict[str, Any]:
    """A new attempt to pay: for a held booking, or for an amount due. The one before it is no longer good."""
    code = get_booking_by_token(code, bearer()).code
    route, key = f"api:payments:{code}", headers["key"]
    with transaction():
        known = idempotency.claim(route=route, key=key, digest=idempotency.digest_of(read_body(request)))
        if known is None:
            payment = start_payment(code=code, method=PaymentMethod(sent["method"]))
            idempotency.remember(route=route, key=key, reference=str(payment.id) if payment else "cash")
        else:
            payment = _find_payment(code, known)
        return _attempt(_known(code), payment)


def _hold(sent: dict[str, Any]) -> Booking:
    return hold_trip(
        choices=choices_of(sent["lines"]),
        guest=Guest(**sent["guest"]),
        method=PaymentMethod(sent["payment"]),
        expected_total=sent["expected_total"],
        source="api",
        address=request.remote_addr,
    )


def _known(code: str) -> Booking:
    booking = find_booking(code)
    assert booking is not None, "a booking is never deleted"
    return booking


def _last_payment(booking: Booking) -> Payment | None:
    """The attempt that is open, else the last one: an old one with another unique code would mislead."""
    payments = list_payments(booking.reference)
    if booking.state_now == BookingState.HELD and booking.method == PaymentMethod.CASH:
        return None
    return next((p for p in reversed(payments) if p.state in OPEN_STATES), payments[-1] if payments else None)


def _find_payment(code: str, known: str) -> Payment | None:
    payments = list_payments(f"booking:{code}")
    return next((payment for payment in payments if str(payment.id) == known), None)


def _attempt(booking: Booking, payment: Payment | None) -> dict[str, Any]:
    attempt = shown_payment(booking, payment)
    names = ("code", "state", "hold_expires_at", "total", "amount_paid", "amount_due")
    standing = _standing(booking)
    return attempt | {name: standing[name] for name in names} | {"payment": attempt}


def _standing(booking: Booking) -> dict[str, Any]:
    return {
        "code": booking.code,
        "state": booking.state_now.value,
        "hold_expires_at": booking.hold_expires_at,
        "currency": "IDR",
        "total": booking.total,
        "amount_paid": booking.paid,
        "amount_due": booking.amount_due,
    }


def _shown(booking: Booking) -> dict[str, Any]:
    return _standing(booking) | {
        "lines": booked_lines(booking),
        "shares": shown_shares(shares_of(booking)),
    }
