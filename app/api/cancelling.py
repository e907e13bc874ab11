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
    cancel_lines,
    cancellation_of,
    hear_refund,
    hear_session,
    lines_cancellation_of,
)
from app.bookings.services.quote import MOST_LINES
from app.core import idempotency
from app.core.access import public
from app.core.db import transaction
from app.core.errors import Invalid
from app.core.limits import WRITES, limiter
from app.core.money import Rupiah
from app.core.words import gettext as _
from app.payments import calls
from app.payments.queries import list_refunds

LAST_LINE = 9_999
"""Each change of dates adds a line; what is not there is refused all the same."""
CANCELLED = "cancelled"
"""Why money goes back, as the refunds of a cancelled booking say it."""


class CancellationQuery(Request):
    """Which lines, by their place in the booking from 0; all that are left unless named."""

    lines = Parts(
        Digits(0, LAST_LINE),
        load_default=None,
        metadata={"description": "Repeatable. All that are left unless named."},
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
    """What cancelling would bring back now, in rupiah, and why. Nothing is changed by asking. Where other lines stay,
    what was paid for these first pays what is still missing for those: then less comes back than the lines say.
    """

    code = fields.String()
    refund = fields.Integer()
    kept = fields.Integer()
    amount_due = fields.Integer(metadata={"description": "What would still be due for the rest, in rupiah."})
    currency = fields.String()
    lines = fields.List(fields.Nested(LineCancellationAnswer))


class CancelRequest(Request):
    """Why, and for which sum."""

    lines = Parts(
        Whole(0, LAST_LINE),
        load_default=None,
        allow_none=True,
        validate=Size(1, MOST_LINES),
        metadata={"description": "All that are left unless named. All of them are cancelled, or none."},
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
    """The booking as it is now; what goes back because of this step, and what of it the villages keep, in rupiah."""

    refund = fields.Integer()
    kept = fields.Integer()


@bp.get("/bookings/<code>/cancellation", tags=TAGS)
@public
@bp.arguments(CancellationQuery, location="query")
@bp.response(200, CancellationAnswer)
@bp.doc(security=BEARER)
@refuses(404, 409)
def cancellation(query: dict[str, Any], code: str) -> dict[str, Any]:
    """What would come back if the booking, or some of its lines, were cancelled now: line by line, and by which step of
    its terms.
    """
    booking = get_booking_by_token(code, bearer())
    answers, refund, amount_due = _foresee(booking, query["lines"])
    by_position = {line.position: line for line in booking.lines}
    return {
        "code": booking.code,
        "refund": refund,
        "kept": sum(answer.kept for answer in answers),
        "amount_due": amount_due,
        "currency": "IDR",
        "lines": [_shown_line(by_position[answer.position], answer) for answer in answers],
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
    """Cancel the booking, or some of its lines, by the terms. What comes back goes the way it came; to a card at once.

    `refund` and `kept` are those of this step, also where the same is sent again.
    """
    code = get_booking_by_token(code, bearer()).code
    route, key = f"api:cancel:{code}", headers["key"]
    with transaction():
        known = idempotency.claim(route=route, key=key, digest=idempotency.digest_of(read_body(request)))
        if known is None:
            known = _cancel(code, sent)
            idempotency.remember(route=route, key=key, reference=known)
    calls.close_left_pages(f"booking:{code}", hear=hear_session)
    calls.send_refunds(f"booking:{code}", hear=hear_refund)
    return _shown_cancelled(known_booking(code), known)


def _cancel(code: str, sent: dict[str, Any]) -> str:
    """Cancel what still can be; gives what is remembered of it: code, refund and kept. Raises WrongState also for what
    another key has cancelled before.
    """
    booking = lock_booking(code)
    answers, refund, _due = _foresee(booking, sent["lines"])
    cancel_lines(
        code=code,
        positions=[answer.position for answer in answers],
        reason=sent["reason"],
        expected_refund=sent["expected_refund"],
    )
    return f"{code}:{refund}:{sum(answer.kept for answer in answers)}"


def _foresee(
    booking: Booking, lines: Sequence[int] | None
) -> tuple[Sequence[LineCancellation], Rupiah, Rupiah]:
    """What cancelling some lines, or all that are left, would do: line by line, what comes back in all, and what is due
    then for the rest, in rupiah. Raises Invalid for a line that is not there, WrongState.
    """
    there = {line.position for line in booking.lines}
    if lines is not None and set(lines) - there:
        message = _("The booking has no such line.")
        raise Invalid(message, errors=[("lines", message)])
    if lines is None or set(lines) == {line.position for line in booking.living_lines}:
        whole = cancellation_of(booking=booking)
        return whole.lines, whole.refund, 0
    part = lines_cancellation_of(booking=booking, positions=lines)
    return part.lines, part.refund, part.amount_due


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


def _shown_cancelled(booking: Booking, remembered: str) -> dict[str, Any]:
    _code, _colon, figures = remembered.partition(":")
    if figures:
        refund, kept = map(int, figures.split(":"))
    else:  # remembered when only the whole could be cancelled
        refund = sum(one.amount for one in list_refunds(booking.reference) if one.reason == CANCELLED)
        kept = booking.kept
    return shown_whole(booking) | {"refund": refund, "kept": kept}
