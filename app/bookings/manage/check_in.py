"""At the meeting point and at the counter: a ticket is scanned or a code typed, and guests are let in."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app.bookings import queries
from app.bookings.manage import bp
from app.bookings.manage.forms import ShownForm
from app.bookings.manage.sight import scope_of
from app.bookings.queries import Doors
from app.bookings.queries.offline_scans import count_let_in_although
from app.bookings.rules import SHOWN_FOR
from app.bookings.services import find_entrances, let_in, open_ticket
from app.core import clock
from app.core.access import requires
from app.core.db import transaction
from app.core.errors import DomainError
from app.core.filters import short_date_time
from app.core.limits import READS, WRITES, limiter
from app.core.words import gettext as _
from app.core.words import ngettext
from app.users.rules import Permission


@bp.get("/check-in")
@requires(Permission.GUESTS_CHECK_IN)
def check_in() -> str:
    """A field for what a scanner types, or a person; a scanner is a keyboard that ends with Enter."""
    although = count_let_in_although(doors(), since=clock.now() - SHOWN_FOR)
    form = ShownForm(formdata=None)
    return render_template("bookings/manage_check_in.html", form=form, although=although)


@bp.post("/check-in")
@requires(Permission.GUESTS_CHECK_IN)
@limiter.limit(READS)
def look() -> ResponseReturnValue:
    """Who it is, what for and how many. Looking changes nothing, however often."""
    form = ShownForm()
    if not form.validate():
        return render_template("bookings/manage_check_in.html", form=form), 422
    shown = form.shown.data or ""
    try:
        entrances = find_entrances(shown=shown, doors=doors())
    except DomainError as error:
        page = render_template("bookings/manage_check_in.html", form=form, refusal=error.message)
        return page, error.status
    return render_template(
        "bookings/manage_check_in.html",
        form=ShownForm(formdata=None),
        entrances=entrances,
        ticket=shown if open_ticket(text=shown) else None,
        let_in=queries.let_in_by_line([one.line.id for one in entrances]),
        names=queries.names_by_line(entrances[0].booking),
        now=clock.now(),
    )


@bp.post("/check-in/<code>/<int:position>")
@requires(Permission.GUESTS_CHECK_IN)
@limiter.limit(WRITES)
def enter(code: str, position: int) -> ResponseReturnValue:
    """They are here. A second tap, or a second ticket, changes nothing and says when the first was."""
    shown, by = request.form.get("ticket") or None, current_user.id
    with transaction():
        made, is_new = let_in(code=code, position=position, shown=shown, doors=doors(), by_user_id=by)
        at, people, now = made.at, made.people, clock.now()
    if is_new:
        flash(ngettext("Let in: %(num)d person.", "Let in: %(num)d people.", people), "success")
    else:
        times = {"first": short_date_time(at), "now": short_date_time(now)}
        flash(_("Let in already: %(first)s. Shown again: %(now)s. Nothing was changed.", **times), "warning")
    return redirect(url_for(".check_in"), 303)


def doors() -> Doors:
    """Where whoever is signed in lets guests in, and hands products over."""
    return Doors(scope_of(Permission.GUESTS_CHECK_IN), scope_of(Permission.PICKUPS_HAND_OVER))
