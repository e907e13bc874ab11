"""The guest says where a refund is to go that no card service sends, behind the secret link."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from werkzeug import Response

from app.bookings import queries
from app.bookings.forms import RefundForm
from app.bookings.models import Booking
from app.bookings.rules import OPEN_TO_GUEST
from app.bookings.services import give_account
from app.bookings.views import bp
from app.bookings.views.show import mine, open_door
from app.core.access import public
from app.core.db import transaction
from app.core.errors import NotFound, WrongState
from app.core.limits import limiter
from app.core.words import gettext as _
from app.payments.queries import list_refunds

TRIES = "20 per hour; 60 per day"
"""Nobody corrects an account more often; who tries others' codes learns nothing and soon nothing at all."""


@bp.get("/<code>/refund")
@public
@limiter.limit("120 per hour")
def refund(code: str) -> Response | str:
    """What comes back, why, how long it takes; and where to, as long as that can be said."""
    if token := request.args.get("token"):
        booking = queries.get_booking_by_token(code, token)
        clean = url_for("bookings.refund", code=booking.code, lang=request.args.get("lang"))
        return open_door(booking.code, redirect(clean, 303))
    return _page(mine(code), RefundForm(formdata=None))


@bp.post("/<code>/refund")
@public
@limiter.limit(TRIES)
def say_where(code: str) -> Response | tuple[str, int]:
    """Keep the account locked until it is paid; anew until somebody has approved it."""
    booking = mine(code)
    form = RefundForm()
    if not form.validate_on_submit():
        return _page(booking, form), 422
    try:
        with transaction():
            give_account(code=booking.code, account=form.account())
    except WrongState as error:
        flash(error.message, "info")
    else:
        flash(_("Thank you. A second person looks at it, then it is sent."), "success")
    return redirect(url_for("bookings.refund", code=booking.code), 303)


def _page(booking: Booking, form: RefundForm) -> str:
    refunds = list_refunds(booking.reference)
    if not refunds:
        raise NotFound(_("Nothing of this booking goes back."))
    hands = queries.hands_of(refunds)
    items = [queries.HandItem(one, booking, hands.get(one.id)) for one in refunds]
    return render_template(
        "bookings/refund.html",
        booking=booking,
        items=[(item, queries.is_by_hand(item.refund)) for item in items],
        asked=[item for item in items if queries.is_by_hand(item.refund) and item.state in OPEN_TO_GUEST],
        form=form,
    )
