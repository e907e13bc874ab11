"""A guest's trips: who has proven an address sees what was booked with it, and asks here for the link to prove it."""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for
from flask_login import current_user
from werkzeug import Response

from app.bookings import queries
from app.bookings.rules import BookingState
from app.bookings.services import send_account_link
from app.bookings.views import bp
from app.bookings.views.find import find_page
from app.bookings.views.show import mine, my_keys
from app.core.access import public, signed_in
from app.core.db import transaction
from app.core.limits import SIGN_INS, limiter
from app.core.words import gettext as _
from app.users.forms import AddressForm

COMING = frozenset({BookingState.REQUESTED, BookingState.HELD, BookingState.CONFIRMED})


@bp.get("/mine")
@signed_in
def trips() -> str:
    """My bookings: what is to come first, what is over below."""
    found = queries.list_bookings_of(my_keys())
    coming = [one for one in reversed(found) if one.state_now in COMING]
    over = [one for one in found if one.state_now not in COMING]
    return render_template("bookings/trips.html", coming=coming, over=over)


@bp.post("/mine/link")
@public
@limiter.limit(SIGN_INS)
def ask_account_link() -> Response | tuple[str, int]:
    """Send the link to an address. The answer is the same whether or not anything belongs to it."""
    form = AddressForm()
    if not form.validate():
        return find_page(address_form=form), 422
    _send(form.address.data or "")
    return redirect(url_for("bookings.account_link_sent"), 303)


@bp.get("/mine/sent")
@public
def account_link_sent() -> str:
    """It is on its way, if anything belongs to the address."""
    return find_page(sent="account")


@bp.post("/<code>/account")
@public
@limiter.limit(SIGN_INS)
def make_account(code: str) -> Response:
    """Send the link to the address of this booking: nothing has to be typed."""
    booking = mine(code)
    _send(booking.guest_email or booking.guest_phone or "")
    flash(
        _("A link is on its way to where our messages about this booking go. Open it, and you are in."),
        "success",
    )
    return redirect(url_for("bookings.show", code=booking.code), 303)


def _send(contact: str) -> None:
    user_id = current_user.id if current_user.is_authenticated else None
    with transaction():
        send_account_link(contact=contact, user_id=user_id)
