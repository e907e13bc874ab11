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
from app.core.filters import date_time
from app.core.limits import WRITES, limiter
from app.core.words import gettext as _
from app.payments import calls
from app.payments.gateway.values import Refused, SessionState
from app.payments.models import Payment
from app.payments.queries import find_last_payment, find_open_payment
from app.payments.rules import OPEN_STATES, PaymentMethod, PaymentState

FIRST_SECONDS, MOST_SECONDS = 3, 60
"""How soon the page that is checking looks again: at once it is likely, after minutes it is not."""

CLOSED = frozenset({SessionState.EXPIRED, SessionState.COMPLETE})


def to_payment_page(code: str, *, anchor: str | None = None) -> Response:
    """The guest's next step after a hold or a new attempt: the provider's page for a card, else the booking's own.

    A page from before is closed first: nobody is to pay on two. Where the provider does not answer, the booking says
    so and stays as it is.
    """
    booking = queries.find_booking(code)
    assert booking is not None, "who comes here has just booked"
    own_page = url_for("bookings.show", code=booking.code, _anchor=anchor)
    are_closed = calls.close_left_pages(booking.reference, hear=hear_session)
    payment = find_open_payment(booking.reference)
    if payment is None or payment.method != PaymentMethod.CARD:
        return redirect(own_page, 303)
    url = _open_page(payment) if are_closed else None
    if url is None:
        flash(_not_opened(booking) if are_closed else _no_answer(), "error")
        return redirect(url_for("bookings.show", code=booking.code, _anchor="pay"), 303)
    return redirect(url, 303)


def _open_page(payment: Payment) -> str | None:
    try:
        return calls.open_session(payment.id)
    except Unavailable:
        return None


def _no_answer() -> str:
    # The page from before may have been paid: that nothing was charged is not ours to say.
    return _(
        "The card service does not answer, so its page did not open. Try again in a moment or pay another way."
    )


def _not_opened(booking: Booking) -> str:
    if booking.state != BookingState.HELD or booking.hold_expires_at is None:
        return _("The card page did not open. Nothing was charged. Try again or pay another way.")
    return _(
        "The card page did not open. Nothing was charged, and your places are kept until %(time)s. Try again or pay "
        "another way.",
        time=date_time(booking.hold_expires_at),
    )


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
        start_payment(code=booking.code, method=PaymentMethod(form.method.data))
    return to_payment_page(booking.code, anchor="pay")


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
    if payment is None:
        return own_page
    has_said = _ask(payment)
    booking = find_mine(code) or booking
    payment = find_last_payment(booking.reference, PaymentMethod.CARD) or payment
    if _is_settled(booking, payment):
        return own_page
    if "left" in request.args:
        _say_not_charged(booking, has_said)
        return own_page
    return _checking(booking, payment, has_said)


def _checking(booking: Booking, payment: Payment, has_said: bool) -> str:
    """We are checking: what we know, and when to look again, soon at first and slower later."""
    again = min(request.args.get("again", 0, type=int), 10)
    return render_template(
        "bookings/checking.html",
        booking=booking,
        payment=payment,
        card_page=payment.session_url if has_said and payment.state in OPEN_STATES else None,
        seconds=min(FIRST_SECONDS * 2 ** max(again, 0), MOST_SECONDS),
        again=max(again, 0) + 1,
    )


def _say_not_charged(booking: Booking, has_said: bool) -> None:
    """To whoever comes back without paying: nothing was charged, where the provider has said so."""
    until = booking.hold_expires_at
    if booking.state_now != BookingState.HELD or until is None:
        return
    time = date_time(until)
    if has_said:
        flash(_("Nothing was charged. You can go on paying until %(time)s.", time=time))
    else:
        flash(_("You can go on paying until %(time)s.", time=time))


def _ask(payment: Payment) -> bool:
    """Ask the provider, where that can tell anything new: whether it has answered. No answer now means only that we go
    on checking.
    """
    if payment.state == PaymentState.SUCCEEDED or payment.session_state != SessionState.OPEN:
        return True
    try:
        calls.ask_session(payment.id, hear=hear_session)
    except (Unavailable, Refused):
        return False
    return True


def _is_settled(booking: Booking, payment: Payment) -> bool:
    """Whether there is nothing to wait for: it is paid, or its page is closed, or a person has to look at it."""
    if payment.state == PaymentState.SUCCEEDED or payment.session_state in CLOSED:
        return True
    return payment.state not in OPEN_STATES and booking.state != BookingState.HELD
