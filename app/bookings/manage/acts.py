"""What the desk can do with one booking: cancel for the house, write down an early departure or that nobody came."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app.bookings import queries, services
from app.bookings.manage import bp
from app.bookings.manage.act_forms import GiveBackForm, HouseCancelForm, LeaveForm, NoShowForm, ReasonForm
from app.bookings.manage.sight import look_at, scope_of
from app.bookings.models import Booking, BookingLine
from app.bookings.rules import HouseReason
from app.core.access import requires
from app.core.db import transaction
from app.core.errors import Conflict, Forbidden, Invalid
from app.core.filters import rupiah
from app.core.forms import BaseForm
from app.core.limits import WRITES, limiter
from app.core.words import gettext as _
from app.users.rules import Permission, Scope

CANCEL = Permission.BOOKINGS_CANCEL


@bp.get("/bookings/<code>/acts")
@requires(CANCEL)
def acts(code: str) -> str:
    """What each part of the booking allows now, and what it would bring back."""
    return acts_page(queries.get_booking(code, scope_of(CANCEL)))


@bp.post("/bookings/<code>/house-cancel/<int:position>")
@requires(CANCEL)
@limiter.limit(WRITES)
def house_cancel(code: str, position: int) -> ResponseReturnValue:
    """The house cancels one part: everything comes back, its nights stay closed."""
    form = HouseCancelForm()

    def act(scope: Scope) -> str:
        services.cancel_by_house(
            code=code,
            position=position,
            reason=HouseReason(form.code.data),
            words=form.words.data or "",
            by_user_id=current_user.id,
            scope=scope,
        )
        return _("Cancelled. The guest has been told, with other places. The nights stay closed.")

    return do(code, form, act, f"cancel-{position}")


@bp.post("/bookings/<code>/left/<int:position>")
@requires(CANCEL)
@limiter.limit(WRITES)
def left_early(code: str, position: int) -> ResponseReturnValue:
    """The guest leaves before the end; the nights after that are free at once."""
    form = LeaveForm()

    def act(scope: Scope) -> str:
        assert form.leaves_on.data is not None, "asked of a valid form only"
        end = services.leave_early(
            code=code,
            position=position,
            leaves_on=form.leaves_on.data,
            reason=form.reason.data or "",
            by_user_id=current_user.id,
            scope=scope,
            nights_back=form.nights_back.data,
            may_give=may_give(end_village(code, position)),
        )
        return _("Noted. The nights are free again; of them %(amount)s is kept.", amount=rupiah(end.kept))

    return do(code, form, act, f"left-{position}")


@bp.post("/bookings/<code>/no-show")
@requires(CANCEL)
@limiter.limit(WRITES)
def no_show(code: str) -> ResponseReturnValue:
    """Nobody came by the evening."""
    form = NoShowForm()

    def act(scope: Scope) -> str:
        services.mark_no_show(
            code=code,
            reason=form.reason.data or "",
            free=bool(form.free.data),
            by_user_id=current_user.id,
            scope=scope,
        )
        return _("Noted: the guest did not come. You can undo this when the guest comes after all.")

    return do(code, form, act, "no-show")


@bp.post("/bookings/<code>/no-show/undo")
@requires(CANCEL)
@limiter.limit(WRITES)
def undo_no_show(code: str) -> ResponseReturnValue:
    """The guest came after all."""
    form = ReasonForm()

    def act(scope: Scope) -> str:
        services.undo_no_show(
            code=code, reason=form.reason.data or "", by_user_id=current_user.id, scope=scope
        )
        return _("The booking is certain again.")

    return do(code, form, act, "undo")


def do(
    code: str, form: Any, act: Callable[[Scope], str], name: str, permission: Permission = CANCEL
) -> ResponseReturnValue:
    """Take a step with a booking of one's own, and say what came of it; what is wrong comes back with the form."""
    scope = scope_of(permission)
    found = queries.get_booking(code, scope)
    if not form.validate_on_submit():
        return acts_page(found, {name: form}), 422
    try:
        with transaction():
            said = act(scope)
    except Invalid as error:
        form.take_errors(error)
        return acts_page(queries.get_booking(code, scope), {name: form}), 422
    except (Conflict, Forbidden) as error:
        return acts_page(queries.get_booking(code, scope), {name: form}, error.message), error.status
    flash(said, "success")
    return redirect(url_for(".acts", code=found.code), 303)


def end_village(code: str, position: int) -> BookingLine | None:
    """The line of a booking at a position, to know whose it is."""
    found = queries.find_booking(code)
    return next((line for line in found.lines if line.position == position), None) if found else None


def may_give(line: BookingLine | None) -> bool:
    """Whether the reader may give back beyond the terms for this line."""
    scope = scope_of(Permission.MONEY_GIVE_BACK)
    return line is not None and scope.has_payee(line.payee_id, line.village_id)


def acts_page(found: Booking, sent: dict[str, BaseForm] | None = None, problem: str | None = None) -> str:
    """The page; `sent` are forms that came back, by name."""
    scope, sent = scope_of(CANCEL), sent or {}
    lines = [line for line in found.lines if scope.has_payee(line.payee_id, line.village_id)]
    forms: dict[str, BaseForm] = {"no-show": NoShowForm(formdata=None), "undo": ReasonForm(formdata=None)}
    for line in lines:
        forms[f"cancel-{line.position}"] = HouseCancelForm(formdata=None)
        forms[f"left-{line.position}"] = LeaveForm(formdata=None)
        forms[f"give-{line.position}"] = GiveBackForm(formdata=None)
    return render_template(
        "bookings/manage_acts.html",
        booking=found,
        sight=look_at(found),
        lines=[(line, answers_of(found, line)) for line in lines],
        forms=told_apart(forms | sent),
        problem=problem,
        missed=_missed(found, scope),
        asked=queries.list_concessions([line.id for line in lines if may_give(line)]),
    )


def told_apart(forms: dict[str, BaseForm]) -> dict[str, BaseForm]:
    """Several forms of a kind on one page: each field has an id of its own, its name stays."""
    for name, form in forms.items():
        for field in form:
            field.id = field.label.field_id = f"{name}-{field.name}"
    return forms


def answers_of(found: Booking, line: BookingLine) -> dict[str, Any]:
    """What each step would do with a line now; None where it does not lead anywhere."""
    try:
        ending = services.ending_of(booking=found, line=line)
    except Conflict:
        ending = None
    return {
        "ending": ending,
        "others": services.list_other_places(line=line, first=ending.first) if ending else [],
        "may_give_up": services.may_give_up(booking=found, line=line),
        "may_change": services.may_change_dates(booking=found, line=line),
        "may_leave": services.may_leave_early(booking=found, line=line),
        "may_give": may_give(line),
        "returnable": services.returnable(booking=found, line=line) if may_give(line) else 0,
    }


def _missed(found: Booking, scope: Scope) -> list[Any] | None:
    """What freeing would bring where the guest can be missed now; None where not."""
    try:
        return list(services.missing_of(booking=found, scope=scope))
    except Conflict:
        return None
