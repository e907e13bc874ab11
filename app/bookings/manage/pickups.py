"""Products that wait at the Balkondes: put aside for their guests, and handed over."""

from __future__ import annotations

from datetime import timedelta

from flask import flash, redirect, render_template, url_for
from flask_login import current_user
from werkzeug import Response

from app.bookings import queries
from app.bookings.manage import bp
from app.bookings.manage.sight import scope_of
from app.bookings.services import hand_over, mark_ready
from app.core import clock
from app.core.access import requires
from app.core.db import transaction
from app.core.limits import WRITES, limiter
from app.core.words import gettext as _
from app.users.rules import Permission

LATELY = 20
SOON = timedelta(days=1)
LINE = "<code>/<int:position>"


@bp.get("/pickups")
@requires(Permission.PICKUPS_HAND_OVER)
def pickups() -> str:
    """What is fetched by tomorrow or was not fetched yet, what is fetched later, and what was handed over lately."""
    scope = scope_of(Permission.PICKUPS_HAND_OVER)
    today = clock.today()
    waiting = queries.list_pickups(scope)
    return render_template(
        "bookings/manage_pickups.html",
        now=[row for row in waiting if row[1].arrival <= today + SOON],
        later=[row for row in waiting if row[1].arrival > today + SOON],
        handed_over=queries.list_pickups(scope, handed_over=True, limit=LATELY),
        today=today,
    )


@bp.post(f"/pickups/{LINE}/ready")
@requires(Permission.PICKUPS_HAND_OVER)
@limiter.limit(WRITES)
def put_aside(code: str, position: int) -> Response:
    """It is put aside for the guest. A second tap changes nothing."""
    scope = scope_of(Permission.PICKUPS_HAND_OVER)
    with transaction():
        line = mark_ready(code=code, position=position, by_user_id=current_user.id, scope=scope)
    flash(_("Put aside: %(product)s.", product=line.title), "success")
    return redirect(url_for(".pickups"), 303)


@bp.post(f"/pickups/{LINE}/handed-over")
@requires(Permission.PICKUPS_HAND_OVER)
@limiter.limit(WRITES)
def handed_over(code: str, position: int) -> Response:
    """The guest has it. A second tap changes nothing."""
    scope = scope_of(Permission.PICKUPS_HAND_OVER)
    with transaction():
        line = hand_over(code=code, position=position, by_user_id=current_user.id, scope=scope)
    flash(_("Handed over: %(product)s. Its maker's share can be paid out.", product=line.title), "success")
    return redirect(url_for(".pickups"), 303)
