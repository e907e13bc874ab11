"""The guest cancels: first what would come back and why, then for sure."""

from __future__ import annotations

from flask import redirect, render_template, url_for
from werkzeug import Response

from app.bookings.forms import CancelForm
from app.bookings.models import Booking
from app.bookings.services import cancel_booking, cancellation_of, hear_refund
from app.bookings.views import bp
from app.bookings.views.show import mine
from app.core.access import public
from app.core.db import transaction
from app.core.errors import PriceChanged, Unavailable
from app.core.limits import WRITES, limiter
from app.payments import calls
from app.payments.gateway.values import Refused
from app.payments.queries import list_receipts, list_refunds
from app.payments.rules import CARD_KEEPER, RefundState


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
    send_card_refunds(booking.reference)
    return redirect(url_for("bookings.show", code=booking.code), 303)


def send_card_refunds(reference: str) -> None:
    """Ask the provider at once for what goes back to a card. Where it does not answer, the job goes on with it."""
    waiting = [
        refund.id
        for refund in list_refunds(reference)
        if refund.keeper == CARD_KEEPER and refund.state == RefundState.CREATED
    ]
    for refund_id in waiting:
        try:
            calls.send_refund(refund_id, hear=hear_refund)
        except (Unavailable, Refused):
            return


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
