"""The guest cancels: first what would come back and why, then for sure."""

from __future__ import annotations

from flask import redirect, render_template, url_for
from werkzeug import Response

from app.bookings.forms import CancelForm
from app.bookings.models import Booking
from app.bookings.services import cancel_booking, cancellation_of, hear_refund, hear_session
from app.bookings.views import bp
from app.bookings.views.show import mine
from app.core.access import public
from app.core.db import transaction
from app.core.errors import PriceChanged
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
    calls.close_left_pages(booking.reference, hear=hear_session)
    calls.send_refunds(booking.reference, hear=hear_refund)
    return redirect(url_for("bookings.show", code=booking.code), 303)


def _page(booking: Booking, form: CancelForm | None = None, problem: str | None = None) -> str:
    cancellation = cancellation_of(booking=booking)
    form = form or CancelForm(formdata=None)
    form.expected_refund.data = str(cancellation.refund)
    return render_template(
        "bookings/cancel.html",
        booking=booking,
        cancellation=cancellation,
        form=form,
        problem=problem,
        lines=list(zip(booking.lines, cancellation.lines, strict=True)),
        is_card_only={receipt.keeper for receipt in list_receipts(booking.reference)} == {CARD_KEEPER},
    )
