"""The guest's door: search, and the page of a package. Both work by GET alone, without JavaScript."""

from __future__ import annotations

from datetime import date, timedelta

from flask import Blueprint, render_template, request

from app.core import clock
from app.core.access import public
from app.core.errors import Invalid
from app.core.kept_pages import same_for_all
from app.tours import queries
from app.tours.forms import KINDS, JoinForm, PackageSearchForm
from app.tours.inventory.search import DepartureSearch, check_days, check_party
from app.tours.rules import PackageKind
from app.tours.views.answers import answer_search
from app.tours.views.packages import show_package
from app.villages.queries import list_villages

bp = Blueprint("packages", __name__, url_prefix="/packages")


@bp.get("")
@public
@same_for_all
def search() -> tuple[str, int]:
    """Packages that the party can join on these days, then the others, and the way on where there are too few."""
    form = PackageSearchForm(formdata=request.args)
    villages = list_villages()
    form.know_villages(villages)
    wanted = read_search(form)
    page = max(1, request.args.get("page", 1, type=int))
    village = next((one for one in villages if one.slug == form.village.data), None)
    template = render_template(
        "tours/search.html",
        form=form,
        village=village,
        today=clock.today(),
        answer=answer_search(wanted, village, page) if wanted else None,
        last_day=wanted.end - timedelta(days=1) if wanted else None,
        kinds=KINDS,
    )
    return template, 422 if form.errors else 200


@bp.get("/<slug>")
@public
@same_for_all
def package(slug: str) -> tuple[str, int]:
    """One package: what happens, who does it, what it costs and who gets it, and when it goes."""
    found = queries.get_package(slug)
    form = JoinForm.of(found, request.args)
    shown = show_package(found, form)
    template = render_template("tours/package.html", form=form, kinds=KINDS, **shown)
    return template, 422 if form.errors else 200


def read_search(form: PackageSearchForm) -> DepartureSearch | None:
    """The search that a form asks for; None where something is wrong, said beside it."""
    is_readable = form.validate()
    start, end = form.days(clock.today())
    if is_readable:
        _check(form, start, end)
    if form.errors:
        return None
    form.show_days(start, end)
    return DepartureSearch(
        start=start,
        end=end,
        party=form.party.data or 0,
        village=form.village.data or None,
        kind=PackageKind(form.kind.data) if form.kind.data else None,
    )


def _check(form: PackageSearchForm, start: date, end: date) -> None:
    """Everything that is wrong at once, so that nobody mends the same search twice."""
    try:
        check_party(form.party.data or 0)
    except Invalid as error:
        form.take_errors(error)
    try:
        check_days(start, end)
    except Invalid as error:
        form.take_errors(error)
