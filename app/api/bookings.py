"""Holding a trip, and seeing it again by its token."""

from __future__ import annotations

from typing import Any

from flask import request
from marshmallow import ValidationError, validates_schema

from app.api import card
from app.api.booking_answers import (
    BookingAnswer,
    NewBookingAnswer,
    known_booking,
    last_payment,
    shown_booking,
    shown_whole,
)
from app.api.door import BEARER, bearer, bp, read_body, refuses
from app.api.fields import Code, Country, Email, KeyHeader, Part, Phone, Request, Text, Whole
from app.api.lines import TripRequest, choices_of, names_voucher, naming_fields_as_sent
from app.api.payments import METHODS, shown_payment
from app.bookings.models import Booking
from app.bookings.queries import get_booking_by_token
from app.bookings.services import Guest, hold_trip
from app.core import codes, idempotency
from app.core.access import public
from app.core.db import transaction
from app.core.limits import WRITES, limiter, wrong_codes
from app.core.words import LANGUAGES
from app.core.words import gettext as _
from app.payments.models import Payment
from app.payments.rules import PaymentMethod

TAGS = ["Bookings"]
MAKE = "api:bookings"


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


@bp.post("/bookings", tags=TAGS)
@public
@limiter.limit(WRITES)
@wrong_codes(scope="voucher", is_tried=names_voucher)
@bp.arguments(KeyHeader, location="headers")
@bp.arguments(BookingRequest)
@bp.response(201, NewBookingAnswer)
@refuses(400, 404, 409, 413, 415, 503)
def make_booking(headers: dict[str, Any], sent: dict[str, Any]) -> dict[str, Any]:
    """Hold a trip: all lines or none. Sent again under the same key, the first answer comes again.

    Paid by card, `payment.url` leads to the provider's page. It is null while the provider is away: the trip is held,
    and sending the same again, or a new attempt to pay, asks once more.
    """
    key, digest = headers["key"], idempotency.digest_of(read_body(request))
    with transaction():
        code = idempotency.claim(route=MAKE, key=key, digest=digest)
        booking = _hold(sent) if code is None else known_booking(code)
        if code is None:
            idempotency.remember(route=MAKE, key=key, reference=booking.code)
        payment = last_payment(booking)
    if payment is not None and payment.method == PaymentMethod.CARD:
        card.open_page(booking, payment)
        booking = known_booking(booking.code)
        payment = last_payment(booking)
    return _shown_new(booking, payment)


@bp.get("/bookings/<code>", tags=TAGS)
@public
@bp.response(200, BookingAnswer)
@bp.doc(security=BEARER)
@refuses(404)
def booking(code: str) -> dict[str, Any]:
    """The booking that this token opens."""
    return shown_whole(get_booking_by_token(code, bearer()))


def _hold(sent: dict[str, Any]) -> Booking:
    with naming_fields_as_sent(sent["lines"]):
        return hold_trip(
            choices=choices_of(sent["lines"]),
            guest=Guest(**sent["guest"]),
            method=PaymentMethod(sent["payment"]),
            expected_total=sent["expected_total"],
            source="api",
            address=request.remote_addr,
            voucher=sent["voucher"],
        )


def _shown_new(booking: Booking, payment: Payment | None) -> dict[str, Any]:
    return shown_booking(booking) | {
        "access_token": codes.access_token(booking.code, booking.token_version),
        "payment": shown_payment(booking, payment),
    }
