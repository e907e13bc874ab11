"""Card payments that guests have their bank take back: which, until when to answer, and with what."""

from __future__ import annotations

from flask import render_template

from app.bookings import queries
from app.bookings.manage import bp
from app.bookings.manage.sight import look_at, scope_of
from app.core import clock
from app.core.access import requires
from app.users.rules import Permission


@bp.get("/disputes")
@requires(Permission.MONEY_REFUND)
def disputes() -> str:
    """Those to be decided first, by when an answer is due; then how the others ended."""
    scope = scope_of(Permission.MONEY_REFUND)
    seen = [(dispute, look_at(booking)) for dispute, booking in queries.list_seen_disputes(scope)]
    return render_template(
        "bookings/manage_disputes.html",
        waiting=[row for row in seen if not row[0].state.is_over],
        over=[row for row in seen if row[0].state.is_over],
        unknown=queries.list_unknown_disputes() if scope.everything else [],
        now=clock.now(),
    )
