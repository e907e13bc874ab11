"""Cancelling a booking: what would come back now, and for sure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import request
from marshmallow import fields

from app.api.booking_answers import BookingAnswer, known_booking, shown_whole
from app.api.bookings import TAGS
from app.api.door import BEARER, bearer, bp, read_body, refuses
from app.api.fields import Answer, Digits, KeyHeader, Moment, Parts, Request, Size, Text, Whole
from app.api.line_answers import booked_terms
from app.api.terms import KEEPS, TermsAnswer
from app.bookings.models import Booking, BookingLine
from app.bookings.queries import get_booking_by_token, lock_booking
from app.bookings.services import (
    LineCancellation,
    cancel_booking,
    cancellation_of,
    hear_refund,
    hear_session,
)
from app.bookings.services.quote import MOST_LINES
from app.core import idempotency
from app.core.access import public
from app.core.db import transaction
from app.core.errors import Invalid
from app.core.limits import WRITES, limiter
from app.core.words import gettext as _
from app.payments import calls
from app.payments.queries import list_refunds

LAST_LINE = MOST_LINES - 1
CANCELLED = "cancelled"
"""Why money goes back, as the refunds of a cancelled booking say it."""


class CancellationQuery(Request):
    """Which lines, by their place in the booking from 0; so far it is all of them or none."""

    lines = Parts(
        Digits(0, LAST_LINE),
        load_default=None,
        metadata={"description": "Repeatable. A booking can only be cancelled as a whole so far."},
    )


class LineCancellationAnswer(Answer):
    """What one line would keep and give back now, in rupiah. `until`: how long this holds, null for good."""

    line = fields.Integer(metadata={"description": "Its place in the booking, from 0."})
    paid = fields.Integer()
    kept = fields.Integer()
    refund = fields.Integer()
    keeps = fields.String(metadata={"enum": KEEPS})
    until = Moment(allow_none=True)
    terms = fields.Nested(TermsAnswer)


class CancellationAnswer(Answer):
    """What cancelling would bring back now, in rupiah, and why. Nothing is changed by asking."""

    code = fields.String()
    refund = fields.Integer()
    kept = fields.Integer()
    currency = fields.String()
    lines = fields.List(fields.Nested(LineCancellationAnswer))


class CancelRequest(Request):
    """Why, and for which sum."""

    lines = Parts(
        Whole(0, LAST_LINE),
        load_default=None,
        allow_none=True,
        validate=Size(1, MOST_LINES),
        metadata={
            "description": "A booking can only be cancelled as a whole so far: all of its lines, or none named."
        },
    )
    reason = Text(most=500, load_default=None, allow_none=True)
    expected_refund = Whole(
        0,
        load_default=None,
        allow_none=True,
        metadata={
            "description": "What the guest saw would come back, in rupiah; another sum is answered by 409."
        },
    )


class CancelledAnswer(BookingAnswer):
    """The cancelled booking: what goes back because of it, and what stays with the villages, in rupiah."""

    refund = fields.Integer()
    kept = fields.Integer()


@bp.get("/bookings/<code>/cancellation", tags=TAGS)
@public
@bp.arguments(CancellationQuery, location="query")
@bp.response(200, CancellationAnswer)
@bp.doc(security=BEARER)
@refuses(404, 409)
def cancellation(query: dict[str, Any], code: str) -> dict[str, Any]:
    """What would come back if the booking were cancelled now, line by line, and by which step of its terms."""
    booking = get_booking_by_token(code, bearer())
    _check_lines(booking, query["lines"])
    worked_out = cancellation_of(booking=booking)
    lines = zip(booking.living_lines, worked_out.lines, strict=True)
    return {
        "code": booking.code,
        "refund": worked_out.refund,
        "kept": worked_out.kept,
        "currency": "IDR",
        "lines": [_shown_line(line, answer) for line, answer in lines],
    }


@bp.post("/bookings/<code>/cancel", tags=TAGS)
@public
@limiter.limit(WRITES)
@bp.arguments(KeyHeader, location="headers")
@bp.arguments(CancelRequest)
@bp.response(200, CancelledAnswer)
@bp.doc(security=BEARER)
@refuses(400, 404, 409, 413, 415, 503)
def cancel(headers: dict[str, Any], sent: dict[str, Any], code: str) -> dict[str, Any]:
    """Cancel the booking by its terms. What comes back goes the way it came; to a card at once."""
    code = get_booking_by_token(code, bearer()).code
    route, key = f"api:cancel:{code}", headers["key"]
    with transaction():
        known = idempotency.claim(route=route, key=key, digest=idempotency.digest_of(read_body(request)))
        if known is None:
            _cancel(code, sent)
            idempotency.remember(route=route, key=key, reference=code)
    calls.close_left_pages(f"booking:{code}", hear=hear_session)
    calls.send_refunds(f"booking:{code}", hear=hear_refund)
    return _shown_cancelled(known_booking(code))


def _cancel(code: str, sent: dict[str, Any]) -> None:
    """Cancel a booking that still can be. Raises WrongState also for what another key has cancelled before."""
    booking = lock_booking(code)
    _check_lines(booking, sent["lines"])
    cancellation_of(booking=booking)
    cancel_booking(code=code, reason=sent["reason"], expected_refund=sent["expected_refund"])


def _check_lines(booking: Booking, lines: Sequence[int] | None) -> None:
    """Refuse what is not the whole booking. Raises Invalid."""
    there = {line.position for line in booking.living_lines}
    if lines is None or set(lines) == there:
        return
    if set(lines) - there:
        message = _("The booking has no such line.")
    else:
        message = _(
            "A booking can only be cancelled as a whole here. To leave out a part, write to the village."
        )
    raise Invalid(message, errors=[("lines", message)])


def _shown_line(line: BookingLine, answer: LineCancellation) -> dict[str, Any]:
    return {
        "line": answer.position,
        "paid": answer.paid,
        "kept": answer.kept,
        "refund": answer.refund,
        "keeps": answer.keeps.value,
        "until": answer.until,
        "terms": booked_terms(line),
    }


def _shown_cancelled(booking: Booking) -> dict[str, Any]:
    back = [refund.amount for refund in list_refunds(booking.reference) if refund.reason == CANCELLED]
    kept = [unit.kept or 0 for line in booking.lines for unit in line.units]
    return shown_whole(booking) | {"refund": sum(back), "kept": sum(kept)}
