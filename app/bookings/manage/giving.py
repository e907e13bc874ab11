"""Money that goes back after the stay: asked for with a reason, above a sum agreed by a second person."""

from __future__ import annotations

from flask import flash, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app.bookings import queries, services
from app.bookings.manage import bp
from app.bookings.manage.act_forms import GiveBackForm
from app.bookings.manage.acts import do
from app.bookings.manage.sight import scope_of
from app.core.access import requires
from app.core.db import transaction
from app.core.errors import Conflict, Forbidden, Invalid
from app.core.filters import rupiah
from app.core.limits import WRITES, limiter
from app.core.words import gettext as _
from app.users.rules import Permission, Scope

GIVE = Permission.MONEY_GIVE_BACK
ID = "<int(max=9223372036854775807):concession_id>"


@bp.post("/bookings/<code>/give-back/<int:position>")
@requires(GIVE)
@limiter.limit(WRITES)
def give_back_after(code: str, position: int) -> ResponseReturnValue:
    """Give back a part of what was paid for something that is over."""
    form = GiveBackForm()

    def act(scope: Scope) -> str:
        made = services.refund_after_stay(
            code=code,
            position=position,
            amount=form.amount.data or 0,
            reason=form.reason.data or "",
            by_user_id=current_user.id,
            scope=scope,
        )
        amount = rupiah(made.amount)
        if made.done_at is None:
            return _("Noted. A second person has to agree before %(amount)s goes back.", amount=amount)
        return _("%(amount)s goes back to the guest, who has been told.", amount=amount)

    return do(code, form, act, f"give-{position}", GIVE)


@bp.post(f"/give-backs/{ID}/agree")
@requires(GIVE)
@limiter.limit(WRITES)
def agree_give_back(concession_id: int) -> ResponseReturnValue:
    """The second person agrees."""
    scope = scope_of(GIVE)
    code = queries.code_of_concession(concession_id, scope)
    try:
        with transaction():
            services.agree_to_refund(concession_id=concession_id, by_user_id=current_user.id, scope=scope)
    except (Conflict, Forbidden, Invalid) as error:
        flash(error.message, "error")
    else:
        flash(_("Agreed. The guest has been told."), "success")
    return redirect(url_for(".acts", code=code), 303)


@bp.post(f"/give-backs/{ID}/drop")
@requires(GIVE)
@limiter.limit(WRITES)
def drop_give_back(concession_id: int) -> ResponseReturnValue:
    """Nothing goes back after all."""
    scope = scope_of(GIVE)
    code = queries.code_of_concession(concession_id, scope)
    try:
        with transaction():
            services.drop_refund(concession_id=concession_id, by_user_id=current_user.id, scope=scope)
    except Conflict as error:
        flash(error.message, "error")
    else:
        flash(_("Dropped. Nothing goes back."), "success")
    return redirect(url_for(".acts", code=code), 303)
