"""The guest cancels all of a trip or a part of it: first what would come back and why, then for sure."""

from __future__ import annotations

from collections.abc import Mapping

from flask import redirect, render_template, url_for
from werkzeug import Response

from app.bookings.forms import CancelForm
from app.bookings.models import Booking, BookingLine
from app.bookings.services import (
    Cancellation,
    LineCancellation,
    PartCancellation,
    cancel_booking,
    cancel_line,
    cancellation_of,
    hear_refund,
    hear_session,
    list_line_cancellations,
)
from app.bookings.views import bp
from app.bookings.views.show import mine
from app.core.access import public
from app.core.db import transaction
from app.core.errors import PriceChanged, WrongState
from app.core.limits import WRITES, limiter
from app.payments import calls
from app.payments.queries import list_receipts
from app.payments.rules import CARD_KEEPER


@bp.get("/<code>/cancel")
@public
def cancel(code: str) -> str:
    """What cancelling would bring back now, line by line. Raises WrongState where nothing can be cancelled."""
    return _page(mine(code))


@bp.post("/<code>/cancel")
@public
@limiter.limit(WRITES)
def cancel_now(code: str) -> Response | tuple[str, int]:
    """Cancel for the sum that was shown; another sum is shown first."""
    booking = mine(code)
    form = CancelForm()
    if not form.validate():
        return _page(booking, form), 422
    try:
        with transaction():
            cancel_booking(code=booking.code, reason=form.reason.data, expected_refund=form.seen())
    except PriceChanged as changed:
        return _page(mine(code), form, problem=changed.message), 409
    return after_cancelling(booking)


@bp.post("/<code>/cancel/<int:position>")
@public
@limiter.limit(WRITES)
def cancel_line_now(code: str, position: int) -> Response | tuple[str, int]:
    """Cancel one line for the sum that was shown, the rest stays; another sum is shown first."""
    booking = mine(code)
    form = CancelForm()
    if not form.validate():
        return _page(booking), 422
    try:
        with transaction():
            cancel_line(
                code=booking.code,
                position=position,
                reason=form.reason.data,
                expected_refund=form.seen(),
            )
    except PriceChanged as changed:
        return _page(mine(code), problem=changed.message), 409
    return after_cancelling(booking)


def after_cancelling(booking: Booking) -> Response:
    """Close what cannot be paid any more at the card service, send what goes back to a card; then show the booking."""
    calls.close_left_pages(booking.reference, hear=hear_session)
    calls.send_refunds(booking.reference, hear=hear_refund)
    return redirect(url_for("bookings.show", code=booking.code), 303)


def _page(booking: Booking, form: CancelForm | None = None, problem: str | None = None) -> str:
    parts = {part.line.position: part for part in list_line_cancellations(booking=booking)}
    whole = _whole(booking, or_parts=bool(parts))
    form = form or CancelForm(formdata=None)
    form.expected_refund.data = str(whole.refund) if whole else None
    return render_template(
        "bookings/cancel.html",
        booking=booking,
        cancellation=whole,
        form=form,
        problem=problem,
        lines=_answers(booking, whole, parts),
        is_card_only={receipt.keeper for receipt in list_receipts(booking.reference)} == {CARD_KEEPER},
    )


def _whole(booking: Booking, *, or_parts: bool) -> Cancellation | None:
    """What cancelling all would do; None where only parts can be cancelled any more. Raises WrongState."""
    try:
        return cancellation_of(booking=booking)
    except WrongState:
        if or_parts:
            return None
        raise


def _answers(
    booking: Booking, whole: Cancellation | None, parts: Mapping[int, PartCancellation]
) -> list[tuple[BookingLine, LineCancellation, PartCancellation | None]]:
    """Each line that can be cancelled: what it would keep and give back, and, where another stays, what cancelling it
    alone would do.
    """
    by_position = {at: part.line for at, part in parts.items()}
    by_position |= {answer.position: answer for answer in (whole.lines if whole else ())}
    return [
        (line, by_position[line.position], parts.get(line.position))
        for line in booking.lines
        if line.position in by_position
    ]
