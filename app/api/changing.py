"""Other dates for one line of a booking: what they would cost now, and for sure."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import request
from marshmallow import fields

from app.api.booking_answers import BookingAnswer, known_booking, shown_whole
from app.api.bookings import TAGS
from app.api.door import BEARER, bearer, bp, read_body, refuses
from app.api.fields import Answer, Code, Day, KeyHeader, Moment, OneKind, Request, Whole
from app.api.line_answers import LINE_ANSWERS, quoted_lines
from app.bookings.queries import get_booking_by_token
from app.bookings.services import DateChange, Dates, change_dates, change_of, hear_refund, hear_session
from app.core import idempotency
from app.core.access import public
from app.core.dates import Nights
from app.core.db import transaction
from app.core.errors import Invalid
from app.core.limits import WRITES, limiter
from app.core.words import gettext as _
from app.payments import calls


class DatesRequest(Request):
    """The other dates: of a stay both days, of a package the other departure alone."""

    arrival = Day(load_default=None, allow_none=True, metadata={"description": "Only of a stay."})
    departure = Code(
        required=True,
        metadata={"description": "Of a stay the day of leaving, YYYY-MM-DD; of a package another departure."},
    )


class ChangeRequest(DatesRequest):
    """The other dates, and the price of the trip that the guest saw."""

    expected_total = Whole(
        0,
        load_default=None,
        allow_none=True,
        metadata={"description": "What the trip costs then, in rupiah; another sum is answered by 409."},
    )


class DateChangeAnswer(Answer):
    """What a change would do now, in rupiah. Nothing is changed by asking."""

    code = fields.String()
    line = fields.Integer(metadata={"description": "Its place in the booking, from 0."})
    to = OneKind(LINE_ANSWERS)
    kept = fields.Integer(metadata={"description": "What stays with the village for what is given up."})
    not_refundable = fields.Integer(
        metadata={"description": "What of the new price does not come back, whatever its terms say."}
    )
    difference = fields.Integer(metadata={"description": "What the trip costs more; below 0: less."})
    total = fields.Integer(metadata={"description": "What the trip costs then."})
    refund = fields.Integer()
    amount_due = fields.Integer()
    due_at = Moment(allow_none=True)
    currency = fields.String()


@bp.get("/bookings/<code>/lines/<int:line>/change", tags=TAGS)
@public
@bp.arguments(DatesRequest, location="query")
@bp.response(200, DateChangeAnswer)
@bp.doc(security=BEARER)
@refuses(404, 409)
def date_change(query: dict[str, Any], code: str, line: int) -> dict[str, Any]:
    """What other dates for a line would cost if it were changed now."""
    booking = get_booking_by_token(code, bearer())
    change = change_of(booking=booking, position=line, to=_dates(query))
    return {"code": booking.code, "line": line} | _shown(change)


@bp.post("/bookings/<code>/lines/<int:line>/change", tags=TAGS)
@public
@limiter.limit(WRITES)
@bp.arguments(KeyHeader, location="headers")
@bp.arguments(ChangeRequest)
@bp.response(200, BookingAnswer)
@bp.doc(security=BEARER)
@refuses(400, 404, 409, 413, 415, 503)
def change(headers: dict[str, Any], sent: dict[str, Any], code: str, line: int) -> dict[str, Any]:
    """Move a line to other dates: it is there as a new line, the old one is cancelled. The old place is kept where the
    new one cannot be had; the same change twice is one.
    """
    code = get_booking_by_token(code, bearer()).code
    route, key, to = f"api:change:{code}:{line}", headers["key"], _dates(sent)
    with transaction():
        known = idempotency.claim(route=route, key=key, digest=idempotency.digest_of(read_body(request)))
        if known is None:
            change_dates(code=code, position=line, to=to, expected_total=sent["expected_total"])
            idempotency.remember(route=route, key=key, reference=code)
    calls.close_left_pages(f"booking:{code}", hear=hear_session)
    calls.send_refunds(f"booking:{code}", hear=hear_refund)
    return shown_whole(known_booking(code))


def _dates(sent: dict[str, Any]) -> Dates:
    """The dates as the service takes them. Raises Invalid."""
    if sent["arrival"] is None:
        return str(sent["departure"])
    try:
        return Nights(sent["arrival"], date.fromisoformat(sent["departure"]))
    except ValueError:
        message = _("The day you leave comes after the day you arrive.")
        raise Invalid(message, errors=[("departure", message)]) from None


def _shown(change: DateChange) -> dict[str, Any]:
    [line] = quoted_lines([change.changed.quote])
    return {
        "to": line,
        "kept": change.kept,
        "not_refundable": sum(change.least.values()),
        "difference": change.difference,
        "total": change.total,
        "refund": change.refund,
        "amount_due": change.amount_due,
        "due_at": change.due_at,
        "currency": "IDR",
    }
