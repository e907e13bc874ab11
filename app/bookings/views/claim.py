"""The guest says that the transfer is sent."""

from __future__ import annotations

from flask import flash, redirect, url_for
from werkzeug import Response

from app.bookings.forms import SentForm
from app.bookings.models import Booking
from app.bookings.services import claim_transfer
from app.bookings.views import bp
from app.bookings.views.show import mine
from app.core.access import public
from app.core.db import transaction
from app.core.errors import Conflict, Invalid
from app.core.limits import WRITES, limiter
from app.core.uploads import MOST_PHOTO, Photo, content_of, read_photo, takes_files
from app.core.words import gettext as _

MOST_SENT = 12 * 1024 * 1024
"""Photos straight from a phone; what is larger than `MOST_PHOTO` is left out, and the clock stops all the same."""


@bp.post("/<code>/sent")
@public
@limiter.limit(WRITES)
@takes_files(MOST_SENT)
def sent(code: str) -> Response:
    """Stop the clock until a person has looked. Pressed twice, or again after a lost signal, it is the same."""
    booking = mine(code)
    photo = _photo()
    try:
        with transaction():
            claim_transfer(code=booking.code, photo=photo, reference=SentForm().reference.data)
    except Conflict as error:
        flash(error.message, "error")
    return redirect(url_for("bookings.show", code=booking.code, _anchor=_anchor(booking)), 303)


def _photo() -> Photo | None:
    """The photo that came along, if any. That it cannot be used is said, and keeps nobody from going on."""
    content = content_of("photo", MOST_PHOTO)
    if not content:
        return None
    if len(content) > MOST_PHOTO:
        flash(
            _("The photo was too large and is not kept. It is not needed: we look at the statement."), "info"
        )
        return None
    try:
        return read_photo(content)
    except Invalid as error:
        flash(error.message, "info")
        return None


def _anchor(booking: Booking) -> str | None:
    """A held booking says on top how it stands; a balance where it is paid."""
    return None if booking.confirmed_at is None else "pay"
