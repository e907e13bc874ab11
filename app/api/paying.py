"""A new attempt to pay for a booking."""

from __future__ import annotations

from typing import Any

from flask import request

from app.api import card
from app.api.booking_answers import NewPaymentAnswer, known_booking, shown_attempt
from app.api.bookings import TAGS
from app.api.door import BEARER, bearer, bp, read_body, refuses
from app.api.fields import Code, KeyHeader, Request
from app.api.payments import METHODS
from app.bookings.queries import get_booking_by_token
from app.bookings.services import hear_session, start_payment
from app.core import idempotency
from app.core.access import public
from app.core.db import transaction
from app.core.limits import WRITES, limiter
from app.payments import calls
from app.payments.models import Payment
from app.payments.queries import list_payments
from app.payments.rules import PaymentMethod

NO_ATTEMPT = "cash"
"""What is remembered where paying needs no attempt of its own."""


class MethodRequest(Request):
    """How to pay."""

    method = Code(required=True, among=METHODS)


@bp.post("/bookings/<code>/payments", tags=TAGS)
@public
@limiter.limit(WRITES)
@bp.arguments(KeyHeader, location="headers")
@bp.arguments(MethodRequest)
@bp.response(200, NewPaymentAnswer)
@bp.doc(security=BEARER)
@refuses(400, 404, 409, 413, 415, 503)
def pay_booking(headers: dict[str, Any], sent: dict[str, Any], code: str) -> dict[str, Any]:
    """A new attempt to pay: for a held booking, or for an amount due. The one before it is no longer good.

    The card page of the one before is closed first. Where it turns out to be paid, `amount_due` says so and there is
    nothing left to pay here.
    """
    code = get_booking_by_token(code, bearer()).code
    route, key = f"api:payments:{code}", headers["key"]
    with transaction():
        known = idempotency.claim(route=route, key=key, digest=idempotency.digest_of(read_body(request)))
        if known is None:
            payment = start_payment(code=code, method=PaymentMethod(sent["method"]))
            known = str(payment.id) if payment else NO_ATTEMPT
            idempotency.remember(route=route, key=key, reference=known)
    if calls.close_left_pages(f"booking:{code}", hear=hear_session):
        card.open_page(known_booking(code), _find_payment(code, known))
    return shown_attempt(known_booking(code), _find_payment(code, known))


def _find_payment(code: str, known: str) -> Payment | None:
    payments = list_payments(f"booking:{code}")
    return next((payment for payment in payments if str(payment.id) == known), None)
