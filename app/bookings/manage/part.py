"""The desk gives up a part of a line for a guest who asks for it by telephone: by the terms, as the guest would."""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app.bookings import queries
from app.bookings.manage import bp
from app.bookings.manage.sight import look_at, scope_of
from app.bookings.models import Booking
from app.bookings.services import Reduction, cancel_part, line_at
from app.bookings.views.part_forms import PartForm, look_at_part, part_form
from app.core.access import requires
from app.core.db import transaction
from app.core.errors import Conflict, Invalid, NotFound
from app.core.filters import rupiah
from app.core.limits import WRITES, limiter
from app.core.words import gettext as _
from app.users.rules import Permission

CANCEL = Permission.BOOKINGS_CANCEL


@bp.get("/bookings/<code>/part/<int:position>")
@requires(CANCEL)
def part(code: str, position: int) -> ResponseReturnValue:
    """What there is to give up. Raises NotFound outside of one's office."""
    found = _found(code, position)
    return _page(found, position, part_form(found, position, is_sent=False))


@bp.post("/bookings/<code>/part/<int:position>")
@requires(CANCEL)
@limiter.limit(WRITES)
def part_now(code: str, position: int) -> ResponseReturnValue:
    """Show what the choices would bring; what was shown already is done, for the sum that was shown."""
    found = _found(code, position)
    form = part_form(found, position, is_sent=True)
    if not form.validate():
        return _page(found, position, form), 422
    if (seen := form.seen()) is None:
        return _page(found, position, form, is_asked=True)
    try:
        with transaction():
            cancel_part(
                code=found.code,
                position=position,
                rest=form.rest(),
                reason=form.reason.data,
                expected_refund=seen,
                by_user_id=current_user.id,
                scope=scope_of(CANCEL),
            )
    except (Conflict, Invalid) as error:
        return _page(
            _found(code, position), position, form, is_asked=True, problem=error.message
        ), error.status
    flash(_("Done: %(amount)s comes back. Guest and host have been told.", amount=rupiah(seen)), "success")
    return redirect(url_for(".acts", code=found.code), 303)


def _found(code: str, position: int) -> Booking:
    """A booking whose line is within reach. Raises NotFound."""
    scope = scope_of(CANCEL)
    found = queries.get_booking(code, scope)
    line = line_at(booking=found, position=position)
    if not scope.has_payee(line.payee_id, line.village_id):
        raise NotFound(_("The booking has no such line."))
    return found


def _page(
    found: Booking, position: int, form: PartForm, *, is_asked: bool = False, problem: str | None = None
) -> str:
    part: Reduction | None = None
    try:
        part = look_at_part(found, position, form) if is_asked else None
    except Conflict as error:
        problem = error.message
    return render_template(
        "bookings/manage_part.html",
        booking=found,
        sight=look_at(found),
        line=line_at(booking=found, position=position),
        form=form,
        part=part,
        problem=problem,
    )
