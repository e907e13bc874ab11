"""The desk moves one thing of a guest's trip to other dates, with a reason; the terms hold as for the guest."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app.bookings import queries, services
from app.bookings.manage import bp
from app.bookings.manage.sight import scope_of
from app.bookings.models import Booking
from app.bookings.services import Dates
from app.bookings.services.cancel_line import line_at
from app.bookings.views.change import looked_at
from app.bookings.views.change_forms import DatesForm, DeskChangeForm, form_for
from app.core.access import requires
from app.core.db import transaction
from app.core.errors import Conflict, Invalid, NotFound
from app.core.limits import WRITES, limiter
from app.core.words import gettext as _
from app.payments import calls
from app.users.rules import Permission

CANCEL = Permission.BOOKINGS_CANCEL


@bp.get("/bookings/<code>/dates/<int:position>")
@requires(CANCEL)
def dates(code: str, position: int) -> ResponseReturnValue:
    """Other dates for one thing of a trip, and what they would cost the guest."""
    found, form = _mine(code, position), DatesForm(formdata=request.args)
    is_valid = form.validate()
    return _page(found, position, form.to() if is_valid else None, form), 200 if is_valid else 422


@bp.post("/bookings/<code>/dates/<int:position>")
@requires(CANCEL)
@limiter.limit(WRITES)
def change_now(code: str, position: int) -> ResponseReturnValue:
    """Change for the price that was shown."""
    found, sent = _mine(code, position), DeskChangeForm()
    to = sent.dates()
    if not sent.validate():
        return _page(found, position, to, form_for(to), sent), 422
    try:
        with transaction():
            services.change_dates(
                code=code,
                position=position,
                to=to,
                expected_total=sent.seen(),
                reason=sent.reason.data,
                by_user_id=current_user.id,
                scope=scope_of(CANCEL),
            )
    except (Conflict, Invalid) as refused:
        return _page(_mine(code, position), position, to, form_for(to), sent, refused.message), refused.status
    _close(found)
    return redirect(url_for(".booking", code=found.code), 303)


def _close(found: Booking) -> None:
    """What was asked before is asked no more, what goes back to a card goes at once."""
    flash(_("The dates are changed. The guest has been told."), "success")
    calls.close_left_pages(found.reference, hear=services.hear_session)
    calls.send_refunds(found.reference, hear=services.hear_refund)


def _mine(code: str, position: int) -> Booking:
    """A booking with a line in one's own reach. Raises NotFound, also for another's line."""
    scope = scope_of(CANCEL)
    found = queries.get_booking(code, scope)
    line = line_at(booking=found, position=position)
    if not scope.has_payee(line.payee_id, line.village_id):
        raise NotFound(_("The booking has no such line."))
    return found


def _page(
    found: Booking,
    position: int,
    to: Dates | None,
    form: DatesForm,
    sent: DeskChangeForm | None = None,
    problem: str | None = None,
) -> str:
    contents = looked_at(found, position, to, form)
    asked = DeskChangeForm(formdata=None)
    asked.to.data, asked.expected_total.data = contents["sent"].to.data, contents["sent"].expected_total.data
    if sent is not None:
        asked.reason.data, asked.reason.errors = sent.reason.data, sent.reason.errors
    contents |= {"sent": asked} | ({"problem": problem} if problem else {})
    return render_template("bookings/manage_dates.html", **contents)
