"""The manager's door to villages: how far they are from each other by road."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app.core.access import requires
from app.core.db import transaction
from app.core.limits import WRITES, limiter
from app.core.words import gettext as _
from app.users.rules import Permission, Scope
from app.villages import queries, services
from app.villages.forms import TEMPLE, RoadForm
from app.villages.models import Village

bp = Blueprint("villages_manage", __name__, url_prefix="/manage/villages")


@bp.get("")
@requires(Permission.VILLAGE_CHANGE)
def villages() -> str:
    """The villages within reach, with their way to the temple."""
    return render_template("villages/manage_villages.html", villages=queries.list_own_villages(_scope()))


@bp.get("/<slug>/roads")
@requires(Permission.VILLAGE_CHANGE)
def roads(slug: str) -> str:
    """All roads of a village, and a form to correct one."""
    village = queries.get_own_village(slug, _scope())
    return _roads_page(village, _prefilled(village, request.args.get("to", "")))


@bp.post("/<slug>/roads")
@limiter.limit(WRITES)
@requires(Permission.VILLAGE_CHANGE)
def set_road(slug: str) -> ResponseReturnValue:
    """A corrected road holds for both villages, and for guests from now on."""
    village = queries.get_own_village(slug, _scope())
    form = RoadForm().choose_among(_others(village))
    if not form.validate_on_submit():
        return _roads_page(village, form), 422
    with transaction():
        _correct(village.id, form)
    flash(_("Noted. Guests see it from now on."), "success")
    return redirect(url_for(".roads", slug=slug), 303)


def _correct(village_id: int, form: RoadForm) -> None:
    way = {
        "metres": form.metres,
        "minutes": form.minutes.data,
        "is_estimate": not form.is_driven.data,
        "by_user_id": current_user.id,
    }
    if form.to.data == TEMPLE:
        services.set_temple_road(village_id=village_id, **way)
    else:
        services.set_road(village_id=village_id, other_id=queries.get_village(form.to.data).id, **way)


def _prefilled(village: Village, to: str) -> RoadForm:
    form = RoadForm(formdata=None).choose_among(_others(village))
    near = next((n for n in queries.list_neighbours(village.id) if n.village.slug == to), None)
    way = near or (village if to == TEMPLE else None)
    if way is None:
        return form
    form.to.data = to
    if isinstance(way, Village):
        metres, minutes, guess = way.temple_metres, way.temple_minutes, way.temple_is_estimate
    else:
        metres, minutes, guess = way.metres, way.minutes, way.is_estimate
    form.km.data, form.minutes.data, form.is_driven.data = f"{metres / 1000:g}", minutes, not guess
    return form


def _roads_page(village: Village, form: RoadForm) -> str:
    return render_template(
        "villages/manage_roads.html",
        village=village,
        form=form,
        neighbours=queries.list_neighbours(village.id),
    )


def _others(village: Village) -> list[Village]:
    return [other for other in queries.list_villages() if other.id != village.id]


def _scope() -> Scope:
    scope: Scope = current_user.scope(Permission.VILLAGE_CHANGE)
    return scope
