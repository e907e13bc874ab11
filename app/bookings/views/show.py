"""The booking behind its secret link: what is due, what happens next, and where every rupiah is."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial
from typing import Any

from flask import current_app, flash, redirect, render_template, request, url_for
from flask_login import current_user
from werkzeug import Response

from app.bookings import queries
from app.bookings.forms import SentForm
from app.bookings.models import Booking, TransferClaim
from app.bookings.rules import BookingState, ClaimOutcome
from app.bookings.services import (
    SHOWN_AT,
    OtherPlace,
    calendar_link,
    cancellation_of,
    extend_hold,
    extendable_until,
    hear_session,
    list_line_cancellations,
    list_other_places,
    may_change_dates,
    may_give_up,
    payment_methods,
    release_hold,
    ticket_of,
)
from app.bookings.views import bp
from app.core import clock, codes, qr
from app.core.access import public
from app.core.db import transaction
from app.core.errors import NotFound, WrongState
from app.core.filters import date_time, long_date, short_date_time
from app.core.limits import WRITES, limiter
from app.core.settings import settings
from app.core.words import gettext as _
from app.payments import calls
from app.payments.gateway.values import SessionState
from app.payments.models import Payment
from app.payments.queries import list_payments, list_refunds
from app.payments.rules import OPEN_STATES, PaymentMethod
from app.users.queries import list_proven_addresses
from app.villages.queries import find_bank_account_by_code, find_sheet
from app.villages.rules import steps_ahead, steps_from_data

YEAR = 365 * 24 * 3600
WAITING = frozenset({BookingState.HELD, BookingState.EXPIRED, BookingState.CONFIRMED})
"""Where a transfer may be waited for, or was until lately."""
ENDED = frozenset({BookingState.EXPIRED, BookingState.CANCELLED, BookingState.DECLINED})


def _cookie(code: str) -> str:
    return f"booking_{code}"


def open_door(code: str, response: Response) -> Response:
    """Put the secret of a booking into this browser, for this booking's pages only."""
    booking = queries.find_booking(code)
    if booking is None:
        raise NotFound(_("There is no booking with this code here."))
    return _with_cookie(response, booking.code, codes.access_token(booking.code, booking.token_version))


def _with_cookie(response: Response, code: str, token: str) -> Response:
    response.set_cookie(
        _cookie(code),
        token,
        max_age=YEAR,
        httponly=True,
        samesite="Lax",
        secure=current_app.config["SESSION_COOKIE_SECURE"],
        path=f"/bookings/{code}",
    )
    return response


def mine(code: str) -> Booking:
    """The booking, if this browser has its secret, or whoever is signed in has proven its address. Raises NotFound."""
    try:
        return queries.get_booking_by_token(code, request.cookies.get(_cookie(codes.normalise_code(code))))
    except NotFound:
        return queries.get_booking_of(code, my_keys())


def my_keys() -> list[str]:
    """As whom bookings know whoever is signed in here: by the addresses they have proven."""
    if not current_user.is_authenticated:
        return []
    return [codes.guest_key(one.address) for one in list_proven_addresses(current_user.id)]


def find_mine(code: str) -> Booking | None:
    """The booking, if it is theirs who ask; None where it is not, or where there is no such booking."""
    try:
        return mine(code)
    except NotFound:
        return None


@bp.get("/<code>")
@public
def show(code: str) -> Response | str:
    """The booking; a link with its secret is exchanged for a cookie and a clean address."""
    if token := request.args.get("token"):
        booking = queries.get_booking_by_token(code, token)
        # The language may come with the link; url_for leaves a None out.
        clean = url_for("bookings.show", code=booking.code, lang=request.args.get("lang"))
        return _with_cookie(redirect(clean, 303), booking.code, token)
    return render_template("bookings/show.html", **_contents(mine(code)))


@bp.post("/<code>/release")
@public
@limiter.limit(WRITES)
def release(code: str) -> Response:
    """Let an unpaid hold go; a card page that is open for it closes at once."""
    booking = mine(code)
    with transaction():
        release_hold(code=booking.code)
    calls.close_left_pages(booking.reference, hear=hear_session)
    return redirect(url_for("bookings.show", code=booking.code), 303)


@bp.post("/<code>/extend")
@public
@limiter.limit(WRITES)
def extend(code: str) -> Response:
    """Keep an unpaid hold for longer, once."""
    booking = mine(code)
    with transaction():
        until = extend_hold(code=booking.code).hold_expires_at
    if until is not None:
        flash(_("Kept for you until %(time)s. It cannot be kept longer.", time=date_time(until)), "success")
    return redirect(url_for("bookings.show", code=booking.code), 303)


def _others(booking: Booking, ends: queries.HouseEnds) -> list[OtherPlace]:
    """Where else there is a place on the nights that the house took back, while those are still to come."""
    taken = [line for line in booking.lines if line.position in ends.positions]
    gone = [line for line in taken if ends.ended_booking or line.cancelled_at is not None]
    return [place for line in gone if line.arrival >= clock.today() for place in list_other_places(line=line)]


def _contents(booking: Booking) -> dict[str, Any]:
    state, now = booking.state_now, clock.now()
    return {
        "booking": booking,
        "state": state,
        # What has ended with all of its money returned is divided among nobody.
        "shares": queries.shares_of(booking) if state not in ENDED or booking.received else [],
        "trail": queries.rupiah_trail(booking) if booking.paid else [],
        "papers": queries.list_papers(booking.id) if booking.paid else [],
        "is_in_account": booking.guest_key in my_keys(),
        "trail_token": codes.trail_token(booking.id) if booking.paid else None,
        "participants": queries.names_by_line(booking),
        "refunds": list_refunds(booking.reference) if booking.paid else [],
        "house_ends": (ends := queries.house_ends_of(booking)),
        "others": _others(booking, ends),
        "where": queries.places_of(booking),
        "terms_of": {
            line.id: steps_ahead(steps_from_data(line.terms, line.terms_from), now) for line in booking.lines
        },
        "less": {line.id for line in booking.lines if may_give_up(booking=booking, line=line)},
        "may_change": partial(may_change_dates, booking=booking),
        "parts_may_go": _parts_may_go(booking, state),
        "no_cancelling": _why_not_cancelled(booking) if state == BookingState.CONFIRMED else None,
        "steps": _steps(booking, state),
        "calendar": calendar_link(booking=booking) if state == BookingState.CONFIRMED else None,
        "tickets": _tickets(booking) if state == BookingState.CONFIRMED else {},
    } | _paying(booking, state, now)


def _paying(booking: Booking, state: BookingState, now: datetime) -> dict[str, Any]:
    """What is asked of the guest, until when, and how it can be paid."""
    attempts = list_payments(booking.reference)
    payment = next((one for one in reversed(attempts) if one.state in OPEN_STATES), None)
    until = booking.hold_expires_at if state == BookingState.HELD else None
    claim = queries.find_last_claim(booking.id) if booking.state in WAITING else None
    is_claimed = claim is not None and claim.outcome is None
    return {
        "payment": payment,
        "card_attempt": next((one for one in reversed(attempts) if one.method == PaymentMethod.CARD), None),
        **_paid_into(payment),
        "asking": _is_being_asked(booking, now),
        "seconds_left": int((until - now).total_seconds()) if until else 0,
        "seconds_in_all": int((until - booking.created_at).total_seconds()) if until else 0,
        "longer_until": extendable_until(booking=booking),
        "methods": [] if is_claimed else _methods(booking, payment),
        "claim": claim if is_claimed else None,
        "not_found": claim if _was_not_found(claim, payment) else None,
        "sent_form": SentForm(formdata=None),
    }


def _paid_into(payment: Payment | None) -> dict[str, Any]:
    """Where the open attempt's money goes: the account, or for QRIS the sheet that is in force."""
    if payment is None or payment.account is None:
        return {"account": None, "sheet": None, "is_sample": False}
    account = find_bank_account_by_code(payment.account)
    is_sample = account is not None and account.is_sample
    if payment.method == PaymentMethod.QRIS:
        return {"account": None, "sheet": find_sheet(payment.account), "is_sample": is_sample}
    return {"account": account, "sheet": None, "is_sample": is_sample}


def _tickets(booking: Booking) -> dict[int, qr.Drawn]:
    """What is shown at the meeting point and at the counter, by line."""
    lines = (line for line in booking.lines if line.kind in SHOWN_AT and line.handed_over_at is None)
    return {line.id: qr.draw(ticket_of(booking=booking, line=line)) for line in lines}


def _was_not_found(claim: TransferClaim | None, payment: Payment | None) -> bool:
    """Whether somebody looked in vain for what is still asked for."""
    is_open = claim is not None and payment is not None and claim.payment_id == payment.id
    return is_open and claim is not None and claim.outcome == ClaimOutcome.NOT_FOUND


def _parts_may_go(booking: Booking, state: BookingState) -> bool:
    """Whether only parts can be cancelled on the page of cancelling: of a hold that is let go here, or of a trip that
    has begun."""
    if state == BookingState.CONFIRMED and _why_not_cancelled(booking) is None:
        return False
    return state not in ENDED and bool(list_line_cancellations(booking=booking))


def _why_not_cancelled(booking: Booking) -> str | None:
    """Why a certain booking cannot be cancelled here any more; None while it can."""
    try:
        cancellation_of(booking=booking)
    except WrongState as error:
        return error.message
    return None


def _methods(booking: Booking, payment: Payment | None) -> list[PaymentMethod]:
    """The ways of paying that can be chosen now: any but the one that is under way; a card can always be tried anew.

    None where a card was charged and somebody has to look at it first: nobody is to pay twice.
    """
    if payment is not None and payment.session_state == SessionState.COMPLETE:
        return []
    return [
        method
        for method in payment_methods(booking=booking)
        if method != booking.method or payment is None or method == PaymentMethod.CARD
    ]


def _is_being_asked(booking: Booking, now: datetime) -> bool:
    """Whether the time to pay is over and the card provider may still say that it was paid."""
    if booking.state != BookingState.HELD or booking.hold_expires_at is None:
        return False
    grace = timedelta(seconds=settings().payment_grace_seconds)
    is_card = booking.method == PaymentMethod.CARD
    return is_card and booking.hold_expires_at <= now < booking.hold_expires_at + grace


def _steps(booking: Booking, state: BookingState) -> list[dict[str, Any]]:
    """Where the booking stands on its way: kept, paid, host told, guest there."""
    reached = {BookingState.HELD: 1, BookingState.CONFIRMED: 3, BookingState.COMPLETED: 4}.get(state)
    titles = [
        (_("Kept for you"), short_date_time(booking.created_at)),
        (_("Paid"), short_date_time(booking.confirmed_at)) if booking.confirmed_at else (_("Pay"), None),
        (_("The village knows"), None),
        (_("Sambang: you drop in"), long_date(booking.arrival)),
    ]
    if reached is None:
        return [{"title": titles[0][0], "text": titles[0][1], "state": "done"}]
    places = ["done" if at < reached else "now" if at == reached else "todo" for at in range(len(titles))]
    return [
        {"title": title, "text": text, "state": place}
        for (title, text), place in zip(titles, places, strict=True)
    ]
