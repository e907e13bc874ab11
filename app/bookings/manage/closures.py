"""A period is closed by one decision: looked at first, then decided, then seen through."""

from __future__ import annotations

from datetime import timedelta

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app.bookings import queries, services
from app.bookings.manage import bp
from app.bookings.manage.act_forms import ClosureForm, ReasonForm
from app.bookings.manage.sight import look_at, scope_of
from app.bookings.models import Closure
from app.bookings.rules import ClosureState, HouseReason
from app.bookings.services import Place
from app.core.access import requires
from app.core.dates import Nights
from app.core.db import transaction
from app.core.errors import Conflict, Invalid
from app.core.limits import WRITES, limiter
from app.core.words import gettext as _
from app.core.words import ngettext
from app.homestays.queries import get_homestay_for
from app.tours.queries import get_departure_in
from app.users.queries import find_user
from app.users.rules import Permission, Scope
from app.villages.queries import list_own_villages

CLOSE = Permission.PERIODS_CLOSE
ID = "<int(max=9223372036854775807):closure_id>"


@bp.get("/closures")
@requires(CLOSE)
def closures() -> str:
    """What was closed, and a form to close another period."""
    form = _form()
    form.house.data, form.departure.data = request.args.get("house"), request.args.get("departure")
    if form.house.data:
        form.packages.data = False
    if form.departure.data:
        run = get_departure_in(scope_of(CLOSE), form.departure.data)
        form.first.data, form.last.data, form.stays.data = run.on, run.on, False
    return _list(form)


@bp.post("/closures")
@requires(CLOSE)
@limiter.limit(WRITES)
def draft_closure() -> ResponseReturnValue:
    """Write down what is meant; the next page says whom it touches."""
    form, scope = _form(), scope_of(CLOSE)
    if not form.validate_on_submit() or form.first.data is None or form.last.data is None:
        return _list(form), 422
    try:
        with transaction():
            closure_id = services.draft_closure(
                places=_places(form, scope),
                nights=Nights(form.first.data, form.last.data + timedelta(days=1)),
                stays=bool(form.stays.data),
                packages=bool(form.packages.data),
                reason=HouseReason(form.code.data),
                words=form.words.data or "",
                by_user_id=current_user.id,
                scope=scope,
            ).id
    except Invalid as error:
        form.take_errors(error)
        return _list(form), 422
    return redirect(url_for(".closure", closure_id=closure_id), 303)


@bp.get(f"/closures/{ID}")
@requires(CLOSE)
def closure(closure_id: int) -> str:
    """Whom it touches and how much goes back, before and while it is done."""
    return _page(queries.get_closure(closure_id, scope_of(CLOSE)), ReasonForm(formdata=None))


@bp.post(f"/closures/{ID}/start")
@requires(CLOSE)
@limiter.limit(WRITES)
def start_closure(closure_id: int) -> ResponseReturnValue:
    """Decide it: nothing of it is sold from now on."""
    return _move(closure_id, services.start_closure, _("Decided. Nothing of it is sold any more."))


@bp.post(f"/closures/{ID}/drop")
@requires(CLOSE)
@limiter.limit(WRITES)
def drop_closure(closure_id: int) -> ResponseReturnValue:
    """Do not close after all."""
    return _move(closure_id, services.drop_closure, _("Dropped. Nothing was closed."))


@bp.post(f"/closures/{ID}/reopen")
@requires(CLOSE)
@limiter.limit(WRITES)
def reopen_closure(closure_id: int) -> ResponseReturnValue:
    """Sell the nights again that are still to come."""
    scope, form = scope_of(CLOSE), ReasonForm()
    found = queries.get_closure(closure_id, scope)
    if not form.validate_on_submit():
        return _page(found, form), 422
    try:
        with transaction():
            freed = services.reopen_closure(
                closure_id=closure_id,
                reason=form.reason.data or "",
                by_user_id=current_user.id,
                scope=scope,
            )
    except Conflict as error:
        flash(error.message, "error")
    else:
        flash(
            ngettext(
                "%(num)d night of a room is on sale again.",
                "%(num)d nights of rooms are on sale again.",
                freed,
            ),
            "success",
        )
    return redirect(url_for(".closure", closure_id=closure_id), 303)


def _move(closure_id: int, act: object, said: str) -> ResponseReturnValue:
    scope = scope_of(CLOSE)
    queries.get_closure(closure_id, scope)
    try:
        with transaction():
            act(closure_id=closure_id, by_user_id=current_user.id, scope=scope)  # type: ignore[operator]
    except Conflict as error:
        flash(error.message, "error")
    else:
        flash(said, "success")
    return redirect(url_for(".closure", closure_id=closure_id), 303)


def _form() -> ClosureForm:
    own = list_own_villages(scope_of(CLOSE))
    return ClosureForm(
        request.form if request.method == "POST" else None,
        villages=[(village.slug, village.name) for village in own],
    )


def _places(form: ClosureForm, scope: Scope) -> list[Place]:
    """One house or one departure where it was begun there, else the villages that were ticked. Raises NotFound."""
    if form.house.data:
        house = get_homestay_for(form.house.data, scope)
        return [Place(house.village_id, homestay_id=house.id)]
    if form.departure.data:
        run = get_departure_in(scope, form.departure.data)
        return [Place(run.package.village_id, departure_id=run.id)]
    ticked = set(form.villages.data or [])
    return [Place(village.id) for village in list_own_villages(scope) if village.slug in ticked]


def _list(form: ClosureForm) -> str:
    scope = scope_of(CLOSE)
    return render_template(
        "bookings/manage_closures.html",
        form=form,
        house=get_homestay_for(form.house.data, scope) if form.house.data else None,
        run=get_departure_in(scope, form.departure.data) if form.departure.data else None,
        closures=queries.list_closures(scope),
    )


def _page(found: Closure, form: ReasonForm) -> str:
    is_open = found.state in {ClosureState.DRAFTED, ClosureState.RUNNING}
    left = services.affected_by(closure=found) if is_open else []
    decider = find_user(found.decided_by_id) if found.decided_by_id else None
    return render_template(
        "bookings/manage_closure.html",
        closure=found,
        form=form,
        left=[(one, look_at(one.booking)) for one in left],
        total=sum(one.refund for one in left),
        done=queries.list_lines_closed(found.id),
        decider=decider.name if decider else None,
    )
