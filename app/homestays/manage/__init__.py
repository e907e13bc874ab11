"""The host's door: the houses within reach, their calendar, their rates, and their life on sale.

Names of guests are not here: a bar carries the booking's code, and the booking's own page decides who sees more.
"""

from __future__ import annotations

from datetime import date, timedelta

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app.core import clock
from app.core.access import requires
from app.core.dates import Nights
from app.core.db import transaction
from app.core.errors import Conflict, Invalid
from app.core.filters import rupiah
from app.core.limits import WRITES, limiter
from app.core.words import gettext as _
from app.core.words import ngettext
from app.homestays import queries, services
from app.homestays.forms import NightsForm, RatesForm, StepForm
from app.homestays.manage.timeline import DAYS, days_of, rows_of, spans_of, today_of, window_from
from app.homestays.models import Homestay, RoomType
from app.users.rules import Permission, Scope
from app.villages.rules import PUBLICATION_STEPS, PublicationState

bp = Blueprint("homestays_manage", __name__, url_prefix="/manage/homestays")

HOUSES = 20
"""Houses on one page; whoever assists all villages has more."""


@bp.get("")
@requires(Permission.CALENDAR_SEE)
def houses() -> str:
    """The houses within reach, with tonight in figures."""
    page = max(1, request.args.get("page", 1, type=int))
    found = queries.list_homestays_for(_scope(Permission.CALENDAR_SEE))
    shown = found[(page - 1) * HOUSES : page * HOUSES]
    return render_template(
        "homestays/manage_houses.html",
        houses=shown,
        taken=queries.count_taken([house.id for house in shown], clock.today()),
        page=page,
        has_more=page * HOUSES < len(found),
    )


@bp.get("/<slug>/calendar")
@requires(Permission.CALENDAR_SEE)
def calendar(slug: str) -> str:
    """Four weeks of a house, room by room, and a form to close and open nights."""
    homestay = queries.get_homestay_for(slug, _scope(Permission.CALENDAR_SEE))
    return _calendar_page(homestay, NightsForm(homestay, formdata=None))


@bp.post("/<slug>/nights")
@limiter.limit(WRITES)
@requires(Permission.CALENDAR_CHANGE)
def change_nights(slug: str) -> ResponseReturnValue:
    """Close nights, or open them again."""
    homestay = queries.get_homestay_for(slug, _scope(Permission.CALENDAR_CHANGE))
    form = NightsForm(homestay)
    if not form.validate_on_submit():
        return _calendar_page(homestay, form), 422
    room_id = form.room.data or None
    try:
        with transaction():
            answer = (
                _open(homestay.id, form, room_id)
                if request.form.get("step") == "open"
                else _close(homestay.id, form, room_id)
            )
    except (Conflict, Invalid) as error:
        fresh = queries.get_homestay_for(slug, _scope(Permission.CALENDAR_CHANGE))
        return _calendar_page(fresh, form, error), error.status
    flash(answer, "success")
    return redirect(url_for(".calendar", slug=slug, start=form.nights().arrival.isoformat()), 303)


def _close(homestay_id: int, form: NightsForm, room_id: int | None) -> str:
    new = services.block_nights(
        homestay_id=homestay_id,
        nights=form.nights(),
        room_id=room_id,
        note=form.note.data or None,
        by_user_id=current_user.id,
    )
    if not new:
        return _("These nights were closed already. Nothing changed but the note.")
    return ngettext("%(num)d night of a room is closed.", "%(num)d nights of rooms are closed.", new)


def _open(homestay_id: int, form: NightsForm, room_id: int | None) -> str:
    freed = services.unblock_nights(
        homestay_id=homestay_id, nights=form.nights(), room_id=room_id, by_user_id=current_user.id
    )
    if not freed:
        return _("Nothing was closed on these nights. They are as they were.")
    return ngettext(
        "%(num)d night of a room is on sale again.", "%(num)d nights of rooms are on sale again.", freed
    )


@bp.get("/<slug>/rates")
@requires(Permission.CALENDAR_SEE)
def rates(slug: str) -> str:
    """The three prices of each kind of room, and whether it is sold."""
    return _rates_page(queries.get_homestay_for(slug, _scope(Permission.CALENDAR_SEE)))


@bp.post("/rates/<public_id>")
@limiter.limit(WRITES)
@requires(Permission.RATES_CHANGE)
def change_rates(public_id: str) -> ResponseReturnValue:
    """New prices from now on; bookings already made keep theirs."""
    room_type = _room_type(public_id)
    slug = room_type.homestay.slug
    form = RatesForm.of(room_type, is_sent=True)
    if not form.validate_on_submit():
        return _rates_page(_own(slug), form, public_id), 422
    try:
        with transaction():
            changed = services.change_rates(
                room_type_id=room_type.id,
                weekday=form.weekday.data,
                saturday=form.saturday.data,
                holiday=form.holiday.data,
                reason=form.reason.data or None,
                by_user_id=current_user.id,
            )
    except Invalid as error:
        form.take_errors(error)
        return _rates_page(_own(slug), form, public_id), 422
    flash(_rates_said_back(changed), "success")
    return redirect(url_for(".rates", slug=slug), 303)


@bp.post("/rates/<public_id>/open")
@limiter.limit(WRITES)
@requires(Permission.RATES_CHANGE)
def set_open(public_id: str) -> ResponseReturnValue:
    """Sell a kind of room, or stop selling it."""
    room_type, form = _room_type(public_id), StepForm()
    slug = room_type.homestay.slug
    if form.validate_on_submit() and form.wanted.data in {"open", "shut"}:
        is_open = form.wanted.data == "open"
        with transaction():
            services.set_open(room_type_id=room_type.id, is_open=is_open, by_user_id=current_user.id)
        name = room_type.name
        said = (
            _("%(room)s is on sale.", room=name) if is_open else _("%(room)s is not on sale now.", room=name)
        )
        flash(said, "success")
    return redirect(url_for(".rates", slug=slug), 303)


@bp.post("/<slug>/state")
@limiter.limit(WRITES)
@requires(Permission.HOMESTAY_CHANGE)
def move(slug: str) -> ResponseReturnValue:
    """One step in the life of a house: proposed, published, paused, retired."""
    homestay = queries.get_homestay_for(slug, _scope(Permission.HOMESTAY_CHANGE))
    form = StepForm()
    if form.validate_on_submit() and form.wanted.data in set(PublicationState):
        try:
            with transaction():
                wanted = PublicationState(form.wanted.data)
                services.move_publication(homestay_id=homestay.id, wanted=wanted, by_user_id=current_user.id)
            flash(_("Done. Guests see it from now on."), "success")
        except Conflict as error:
            flash(error.message, "error")
    return redirect(url_for(".rates", slug=slug), 303)


def _scope(permission: Permission) -> Scope:
    scope: Scope = current_user.scope(permission)
    return scope


def _own(slug: str) -> Homestay:
    return queries.get_homestay_for(slug, _scope(Permission.RATES_CHANGE))


def _room_type(public_id: str) -> RoomType:
    return queries.get_room_type_for(public_id, _scope(Permission.RATES_CHANGE))


def _rates_said_back(kind: RoomType) -> str:
    return _(
        "%(room)s: %(weekday)s on weekdays, %(saturday)s on Saturday nights, %(holiday)s on holidays, from now on.",
        room=kind.name,
        weekday=rupiah(kind.weekday_price),
        saturday=rupiah(kind.saturday_price),
        holiday=rupiah(kind.holiday_price),
    )


def _calendar_page(homestay: Homestay, form: NightsForm, error: Conflict | Invalid | None = None) -> str:
    if isinstance(error, Invalid):
        form.take_errors(error)
    g.page_path = url_for(".calendar", slug=homestay.slug)
    start = window_from(request.args.get("start"), form.first.data, clock.today())
    around = Nights(start - timedelta(days=DAYS * 2), start + timedelta(days=DAYS * 3))
    taken = queries.list_taken_nights(homestay.id, around)
    shows_codes = current_user.can(Permission.GUESTS_SEE) or current_user.can(Permission.BOOKINGS_SEE)
    days = days_of(start)
    return render_template(
        "homestays/manage_calendar.html",
        homestay=homestay,
        form=form,
        error=error.message if isinstance(error, Conflict) else None,
        days=days,
        rows=rows_of(homestay, taken, clock.today(), with_links=shows_codes),
        spans=spans_of(homestay, taken, [day for day in days if day >= clock.today()]),
        tonight=today_of(homestay, queries.list_taken_nights(homestay.id, _tonight()), clock.today()),
        today=clock.today(),
        may_change=_may(Permission.CALENDAR_CHANGE, homestay),
        beside=(start - timedelta(days=DAYS), start + timedelta(days=DAYS)),
    )


def _rates_page(homestay: Homestay, sent: RatesForm | None = None, public_id: str | None = None) -> str:
    forms = {
        kind.public_id: sent if sent is not None and kind.public_id == public_id else RatesForm.of(kind)
        for kind in homestay.room_types
    }
    today = clock.today()
    g.page_path = url_for(".rates", slug=homestay.slug)
    return render_template(
        "homestays/manage_rates.html",
        homestay=homestay,
        forms=forms,
        seasons=queries.list_seasons(village_id=homestay.village_id, start=today, end=_in_a_year(today)),
        may_change=_may(Permission.RATES_CHANGE, homestay),
        steps=sorted(PUBLICATION_STEPS[homestay.state]) if _may(Permission.HOMESTAY_CHANGE, homestay) else [],
    )


def _tonight() -> Nights:
    return Nights(clock.today(), clock.today() + timedelta(days=1))


def _in_a_year(day: date) -> date:
    return day + timedelta(days=370)


def _may(permission: Permission, homestay: Homestay) -> bool:
    return _scope(permission).has_payee(homestay.host_payee_id, homestay.village_id)


from app.homestays.manage import closed  # noqa: E402, F401 - it needs the blueprint
