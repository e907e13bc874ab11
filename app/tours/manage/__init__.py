"""The guide's door: the packages within reach, their departures and places. Names of guests are in bookings."""

from __future__ import annotations

from datetime import timedelta

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app.core import clock
from app.core.access import requires
from app.core.db import transaction
from app.core.errors import Conflict, Invalid
from app.core.limits import WRITES, limiter
from app.core.words import gettext as _
from app.tours import queries, services
from app.tours.forms import DepartureForm, SeatsForm, StepForm
from app.tours.manage.departures import WEEKS, added_said_back, departure_rows, form_for, seats_said_back
from app.tours.models import Departure, Package
from app.tours.rules import DepartureState
from app.users.rules import Permission, Scope
from app.villages.rules import PUBLICATION_STEPS, PublicationState

bp = Blueprint("packages_manage", __name__, url_prefix="/manage/packages")

PACKAGES = 20
"""Packages on one page; whoever assists all villages has more."""


@bp.get("")
@requires(Permission.PACKAGES_CHANGE)
def packages() -> str:
    """The packages within reach, with the coming weeks in figures."""
    page = max(1, request.args.get("page", 1, type=int))
    found = queries.list_packages_in(_scope())
    shown = found[(page - 1) * PACKAGES : page * PACKAGES]
    until = clock.today() + timedelta(weeks=WEEKS)
    return render_template(
        "tours/manage_packages.html",
        packages=shown,
        coming=queries.coming_of([package.id for package in shown], until),
        weeks=WEEKS,
        page=page,
        has_more=page * PACKAGES < len(found),
    )


@bp.get("/<slug>")
@requires(Permission.PACKAGES_CHANGE)
def package(slug: str) -> str:
    """The coming departures of a package, and a form to add some."""
    return _page(queries.get_package_in(_scope(), slug))


@bp.post("/<slug>/departures")
@limiter.limit(WRITES)
@requires(Permission.PACKAGES_CHANGE)
def add(slug: str) -> ResponseReturnValue:
    """Add a departure, or the same one of several weeks."""
    found, form = queries.get_package_in(_scope(), slug), DepartureForm()
    if not form.validate_on_submit():
        return _page(found, form), 422
    assert form.on.data is not None
    assert form.at.at is not None, "asked of a valid form only"
    try:
        with transaction():
            series = services.add_series(
                package_id=found.id,
                on=form.on.data,
                at=form.at.at,
                seats=form.seats.data or 0,
                weeks=form.weeks.data or 0,
                price=form.price.data,
                by_user_id=current_user.id,
            )
    except (Conflict, Invalid) as error:
        return _page(queries.get_package_in(_scope(), slug), form, error), error.status
    flash(added_said_back(series), "success")
    return redirect(url_for(".package", slug=slug, start=form.on.data.isoformat()), 303)


@bp.post("/departures/<departure>/seats")
@limiter.limit(WRITES)
@requires(Permission.PACKAGES_CHANGE)
def set_seats(departure: str) -> ResponseReturnValue:
    """How many places a departure has from now on."""
    found = queries.get_departure_in(_scope(), departure)
    form = SeatsForm.of(departure, found.counter.capacity, is_sent=True)
    if not form.validate_on_submit():
        return _page(found.package, None, None, (departure, form)), 422
    slug, back, seats = found.package.slug, _back_to(found), form.seats.data or 0
    try:
        with transaction():
            taken = services.set_seats(departure_id=found.id, seats=seats, by_user_id=current_user.id)
    except (Conflict, Invalid) as error:
        return _page(queries.get_package_in(_scope(), slug), None, error, (departure, form)), error.status
    flash(seats_said_back(seats, taken), "success" if taken <= seats else "warning")
    return back


@bp.post("/departures/<departure>/state")
@limiter.limit(WRITES)
@requires(Permission.PACKAGES_CHANGE)
def set_state(departure: str) -> ResponseReturnValue:
    """Sell a departure, stop selling it, or cancel one that nobody has booked."""
    found, form = queries.get_departure_in(_scope(), departure), StepForm()
    back = _back_to(found)
    if form.validate_on_submit() and form.wanted.data in _STEPS:
        try:
            with transaction():
                _STEPS[form.wanted.data](departure_id=found.id, by_user_id=current_user.id)
            flash(_said_of_state(form.wanted.data), "success")
        except Conflict as error:
            flash(error.message, "error")
    return back


@bp.post("/<slug>/state")
@limiter.limit(WRITES)
@requires(Permission.HOMESTAY_CHANGE)
def move(slug: str) -> ResponseReturnValue:
    """One step in the life of a package: proposed, published, paused, retired."""
    found = queries.get_package_in(current_user.scope(Permission.HOMESTAY_CHANGE), slug)
    form = StepForm()
    if form.validate_on_submit() and form.wanted.data in set(PublicationState):
        try:
            with transaction():
                wanted = PublicationState(form.wanted.data)
                services.change_publication(package_id=found.id, wanted=wanted, by_user_id=current_user.id)
            flash(_("Done. Guests see it from now on."), "success")
        except Conflict as error:
            flash(error.message, "error")
    return redirect(url_for(".package", slug=slug), 303)


_STEPS = {
    DepartureState.OPEN.value: services.open_departure,
    DepartureState.CLOSED.value: services.close_departure,
    DepartureState.CANCELLED.value: services.cancel_departure,
}


def _said_of_state(wanted: str) -> str:
    return {
        "open": _("This departure is on sale."),
        "closed": _("This departure takes no more guests. Who has a place keeps it."),
        "cancelled": _("This departure does not take place."),
    }[wanted]


def _scope() -> Scope:
    scope: Scope = current_user.scope(Permission.PACKAGES_CHANGE)
    return scope


def _back_to(departure: Departure) -> ResponseReturnValue:
    address = url_for(".package", slug=departure.package.slug, start=departure.on.isoformat())
    return redirect(f"{address}#{departure.public_id}", 303)


def _page(
    found: Package,
    form: DepartureForm | None = None,
    error: Conflict | Invalid | None = None,
    seats: tuple[str, SeatsForm] | None = None,
) -> str:
    if isinstance(error, Invalid):
        sent = form or (seats[1] if seats else None)
        assert sent is not None, "what is wrong was sent with a form"
        sent.take_errors(error)
    g.page_path = url_for(".package", slug=found.slug)
    weeks = departure_rows(found, request.args.get("start"), seats)
    life = current_user.scope(Permission.HOMESTAY_CHANGE).has_payee(None, found.village_id)
    return render_template(
        "tours/manage_package.html",
        package=found,
        weeks=weeks,
        form=form or form_for(found, weeks.rows),
        error=error.message if isinstance(error, Conflict) else None,
        today=clock.today(),
        steps=sorted(PUBLICATION_STEPS[found.state]) if life else [],
    )
