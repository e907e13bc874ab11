"""Paying what is due: another way, the card provider's page, and back from it."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from werkzeug import Response

from app.bookings import queries
from app.bookings.forms import MethodForm
from app.bookings.models import Booking
from app.bookings.rules import BookingState
from app.bookings.services import hear_session, start_payment
from app.bookings.views import bp
from app.bookings.views.show import find_mine, mine
from app.core.access import public
from app.core.db import transaction
from app.core.errors import Invalid, Unavailable
from app.core.limits import WRITES, limiter
from app.core.words import gettext as _
from app.payments import calls
from app.payments.gateway.values import SessionState
from app.payments.models import Payment
from app.payments.queries import find_last_payment, find_open_payment
from app.payments.rules import OPEN_STATES, PaymentMethod, PaymentState

ASK_AGAIN_SECONDS = 5


def to_payment_page(code: str) -> Response:
    """The guest's next step after a hold or a new attempt: the provider's page for a card, else the booking's own.

    Where the provider does not answer, the booking says so and stays as it is.
    """
    booking = queries.find_booking(code)
    assert booking is not None, "who comes here has just booked"
    own_page = url_for("bookings.show", code=booking.code)
    payment = find_open_payment(booking.reference)
    if payment is None or payment.method != PaymentMethod.CARD:
        return redirect(own_page, 303)
    try:
        url = calls.open_session(payment.id)
    except Unavailable:
        url = None
    if url is None:
        flash(
            _(
                "The card page did not open. Nothing was charged, your booking is kept. Try again or pay another way."
            )
        )
        return redirect(own_page + "#pay", 303)
    return redirect(url, 303)


@bp.post("/<code>/pay")
@public
@limiter.limit(WRITES)
def pay(code: str) -> Response:
    """Pay in another way, try the card again, or pay the balance. Raises WrongState when nothing is due."""
    form = MethodForm()
    booking = mine(code)
    if not form.validate() or form.method.data not in set(PaymentMethod):
        raise Invalid(_("Choose how you would like to pay."))
    with transaction():
        payment = start_payment(code=booking.code, method=PaymentMethod(form.method.data))
    if payment is not None and payment.method == PaymentMethod.CARD:
        return to_payment_page(booking.code)
    return redirect(url_for("bookings.show", code=booking.code) + "#pay", 303)


@bp.get("/<code>/return")
@public
def back(code: str) -> Response | str:
    """Back from the provider's page. It is asked how things stand; until it has said so, we are checking.

    Whoever has no right to the booking sees the same for every code: nothing.
    """
    booking = find_mine(code)
    if booking is None:
        return render_template("bookings/back_elsewhere.html")
    own_page = redirect(url_for("bookings.show", code=booking.code), 303)
    payment = find_last_payment(booking.reference, PaymentMethod.CARD)
    if payment is None or "left" in request.args:
        return own_page
    _ask(payment)
    booking = find_mine(code) or booking
    payment = find_last_payment(booking.reference, PaymentMethod.CARD) or payment
    if _is_settled(booking, payment):
        return own_page
    return render_template("bookings/checking.html", booking=booking, seconds=ASK_AGAIN_SECONDS)


def _ask(payment: Payment) -> None:
    """Ask the provider, where that can tell anything new. No answer now means only that we go on checking."""
    if payment.state == PaymentState.SUCCEEDED or payment.session_state != SessionState.OPEN:
        return
    try:
        calls.ask_session(payment.id, hear=hear_session)
    except Unavailable:
        return


def _is_settled(booking: Booking, payment: Payment) -> bool:
    """Whether there is nothing to wait for: it is paid, or its page is closed."""
    if payment.state == PaymentState.SUCCEEDED or payment.session_state == SessionState.EXPIRED:
        return True
    return payment.state not in OPEN_STATES and booking.state != BookingState.HELD
