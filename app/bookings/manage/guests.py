"""Who comes: today first, then the guests of the coming weeks."""

from __future__ import annotations

from datetime import timedelta

from flask import render_template, request, url_for

from app.bookings import queries
from app.bookings.manage import bp
from app.bookings.manage.forms import VillageForm
from app.bookings.manage.sight import look_at, narrowed, scope_of
from app.bookings.manage.words import cursor_of, read_cursor, village_choices
from app.bookings.models import Booking
from app.bookings.rules import BookingState
from app.core import clock
from app.core.access import requires
from app.users.rules import Permission

PAGE = 20
AHEAD = timedelta(days=600)
EXPECTED = (BookingState.CONFIRMED, BookingState.HELD)


@bp.get("/guests")
@requires(Permission.GUESTS_SEE)
def guests() -> str:
    """Arrivals, guests at home and departures of today, then who is expected."""
    reach = scope_of(Permission.GUESTS_SEE)
    form = VillageForm(request.args, villages=village_choices(reach))
    scope, village = narrowed(reach, form.village.data)
    today = clock.today()
    coming = queries.list_bookings(
        scope,
        states=EXPECTED,
        arriving=(today + timedelta(days=1), today + AHEAD),
        after=read_cursor(request.args.get("after")),
        limit=PAGE + 1,
    )
    return render_template(
        "bookings/manage_guests.html",
        form=form,
        day=queries.day_of(scope, today),
        today=today,
        tomorrow=today + timedelta(days=1),
        coming=[look_at(booking) for booking in coming[:PAGE]],
        look_at=look_at,
        next_url=_next_url(coming, village.slug if village else None),
    )


def _next_url(found: list[Booking], village: str | None) -> str | None:
    if len(found) <= PAGE:
        return None
    return url_for(".guests", after=cursor_of(found[PAGE - 1]), village=village, _anchor="coming")
