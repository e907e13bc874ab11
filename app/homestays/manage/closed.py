"""Nights that were closed by cancelling guests, and how staff open them again: with a reason."""

from __future__ import annotations

from datetime import timedelta

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from wtforms import StringField
from wtforms.validators import DataRequired, InputRequired, Length

from app.core.access import requires
from app.core.dates import Nights
from app.core.db import transaction
from app.core.forms import BaseForm, DayField
from app.core.limits import WRITES, limiter
from app.core.words import gettext as _
from app.core.words import lazy_gettext as _l
from app.core.words import ngettext
from app.homestays import queries, services
from app.homestays.manage import bp
from app.homestays.models import Homestay
from app.users.rules import Permission, Scope


class ReopenForm(BaseForm):
    """Which nights are sold again, and why."""

    first = DayField(_l("First night"), validators=[InputRequired(_l("Choose the day."))])
    last = DayField(_l("Last night"), validators=[InputRequired(_l("Choose the day."))])
    reason = StringField(
        _l("Why"), validators=[DataRequired(_l("Say why these nights are sold again.")), Length(max=300)]
    )

    def validate_last(self, field: DayField) -> None:
        """The last night is not before the first."""
        if field.data and self.first.data and field.data < self.first.data:
            raise ValueError(_("The last night comes before the first one."))


@bp.get("/<slug>/closed")
@requires(Permission.BOOKINGS_CANCEL)
def closed(slug: str) -> str:
    """What stays closed because guests were cancelled."""
    return _page(queries.get_homestay_for(slug, _scope()), ReopenForm(formdata=None))


@bp.post("/<slug>/closed")
@limiter.limit(WRITES)
@requires(Permission.BOOKINGS_CANCEL)
def reopen(slug: str) -> ResponseReturnValue:
    """Sell some of it again."""
    homestay, form = queries.get_homestay_for(slug, _scope()), ReopenForm()
    if not form.validate_on_submit() or form.first.data is None or form.last.data is None:
        return _page(homestay, form), 422
    nights = Nights(form.first.data, form.last.data + timedelta(days=1))
    with transaction():
        freed = services.reopen_nights(
            homestay_id=homestay.id, nights=nights, reason=form.reason.data or "", by_user_id=current_user.id
        )
    flash(
        ngettext(
            "%(num)d night of a room is on sale again.", "%(num)d nights of rooms are on sale again.", freed
        ),
        "success" if freed else "info",
    )
    return redirect(url_for(".closed", slug=slug), 303)


def _scope() -> Scope:
    scope: Scope = current_user.scope(Permission.BOOKINGS_CANCEL)
    return scope


def _page(homestay: Homestay, form: ReopenForm) -> str:
    return render_template(
        "homestays/manage_closed.html",
        homestay=homestay,
        form=form,
        closed=queries.list_closed_nights(homestay.id),
    )
