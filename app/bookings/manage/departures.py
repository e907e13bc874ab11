"""The departures of the coming days, and who joins each: names, a telephone number for the morning, who is here."""

from __future__ import annotations

from datetime import timedelta

from flask import render_template

from app.bookings import queries
from app.bookings.manage import bp
from app.bookings.manage.sight import scope_of
from app.core import clock
from app.core.access import requires
from app.users.rules import Permission

AHEAD = timedelta(days=30)


@bp.get("/departures")
@requires(Permission.MANIFEST_SEE)
def departures() -> str:
    """Departures from today on, with how many come."""
    today = clock.today()
    running = queries.list_running(scope_of(Permission.MANIFEST_SEE), today, today + AHEAD)
    return render_template(
        "bookings/manage_departures.html",
        joined=[one for one in running if one.is_joined],
        others=[one for one in running if not one.is_joined],
        days=AHEAD.days,
    )


@bp.get("/departures/<public_id>")
@requires(Permission.MANIFEST_SEE)
def manifest(public_id: str) -> str:
    """Who joins one departure; made to be printed."""
    departure = queries.get_running(public_id, scope_of(Permission.MANIFEST_SEE))
    joining = queries.manifest_of(departure.id)
    return render_template(
        "bookings/manage_manifest.html",
        departure=departure,
        joining=joining,
        let_in=queries.let_in_by_line([one.line.id for one in joining]),
        people=sum(one.line.adults + one.line.children for one in joining if one.is_certain),
    )
