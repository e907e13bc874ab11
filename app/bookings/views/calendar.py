"""The booking for the guest's calendar: programs ask for it again and again, without a session."""

from __future__ import annotations

from flask import Response, request

from app.bookings import queries
from app.bookings.services import calendar_of, calendar_secret
from app.bookings.views import bp
from app.core import codes
from app.core.access import public
from app.core.errors import NotFound
from app.core.limits import READS, limiter
from app.core.words import gettext as _


@bp.get("/<code>/calendar.ics")
@public
@limiter.limit(READS)
def calendar(code: str) -> Response:
    """The file, for whoever has its secret. A wrong secret and an unknown code answer alike."""
    booking = queries.find_booking(code)
    expected = calendar_secret(booking=booking) if booking else codes.new_token()
    if not codes.same_secret(request.args.get("key", ""), expected) or booking is None:
        raise NotFound(_("There is no booking with this code here."))
    response = Response(calendar_of(booking=booking), mimetype="text/calendar")
    response.headers["Content-Disposition"] = f'inline; filename="{booking.code}.ics"'
    response.headers["Cache-Control"] = "private, no-cache"
    return response
