"""Whoever may give offices: the people of one's villages, inviting somebody, a new one-time link, ending an office."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from flask import Blueprint, Response, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]

from app.core import clock, qr
from app.core.access import requires
from app.core.db import transaction
from app.core.errors import Conflict, Invalid, NotFound
from app.core.limits import WRITES, limiter
from app.core.paging import decode_cursor, encode_cursor
from app.core.words import gettext as _
from app.users import queries, services
from app.users.forms import ROLE_TEXTS, EmptyForm, EndOfficeForm, InviteForm, SearchForm, WhereForm
from app.users.models import User
from app.users.queries import Place
from app.users.rules import LINK_LIFE, PAYEE_ROLES, Permission, Role, Scope, givable_roles
from app.users.signin import queue_message

bp = Blueprint("users_manage", __name__, url_prefix="/manage/people")

ALL_VILLAGES = "all"
"""In place of a village's name in the address: offices that belong to no village."""


@bp.after_request
def _keep_private(response: Response) -> Response:
    response.headers["Cache-Control"] = "no-store"
    return response


def _scope() -> Scope:
    scope: Scope = current_user.scope(Permission.USERS_INVITE)
    return scope


@bp.get("")
@requires(Permission.USERS_INVITE)
def people() -> str:
    """Everybody with an office in one's villages, by name."""
    scope, search = _scope(), SearchForm(request.args)
    words = (search.q.data or "")[:80]
    after = _seen(request.args.get("after"))
    found = queries.list_people(scope, words=words, after=after, limit=queries.PEOPLE_A_PAGE + 1)
    shown = found[: queries.PEOPLE_A_PAGE]
    offices = queries.list_offices_of(shown, scope)
    more = len(found) > len(shown)
    cursor = encode_cursor(shown[-1].name, shown[-1].id) if more else None
    return render_template(
        "users/people.html",
        people=shown,
        offices=offices,
        place_names=queries.names_of_places(office for held in offices.values() for office in held),
        search=search,
        next_url=url_for("users_manage.people", q=words or None, after=cursor) if cursor else None,
        today=clock.today(),
    )


def _seen(cursor: str | None) -> tuple[str, int] | None:
    """(name, id) of the last person on the page before. Raises Invalid."""
    if not cursor:
        return None
    match decode_cursor(cursor):
        case [str() as name, int() as number] if name.isprintable() and 0 <= number < 2**63:
            return name, number
    raise Invalid(_("This cursor is not one of ours."))


@bp.get("/<int:user_id>")
@requires(Permission.USERS_INVITE)
def person(user_id: int) -> str:
    """One person: how they sign in, and their offices as far as they are ours to see."""
    user = queries.get_person(user_id, _scope())
    offices = queries.list_offices(user, _scope())
    mine = {
        office.id: office.role in givable_roles(current_user.held(), office.village_id) for office in offices
    }
    return render_template(
        "users/person.html",
        person=user,
        offices=offices,
        place_names=queries.names_of_places(offices),
        mine=mine if user.id != current_user.id else {},
        may_link=services.may_make_link(user=user, made_by_id=current_user.id),
        form=EmptyForm(),
        today=clock.today(),
    )


# Inviting


@bp.route("/new", methods=["GET", "POST"])
@requires(Permission.USERS_INVITE)
@limiter.limit(WRITES, methods=["POST"])
def invite() -> ResponseReturnValue:
    """Invite somebody: first the village, where there are several, then who, as what and until when."""
    villages = queries.list_villages(_scope())
    village = _chosen_village(villages)
    roles = _roles_in(village)
    if village is None and (not roles or request.args.get("village") != ALL_VILLAGES):
        return _where_page(villages)
    form = _invite_form(village, roles)
    if not form.validate_on_submit():
        return _invite_page(form, village), 422 if form.is_submitted() else 200
    try:
        link = _invited(form, village)
    except (Invalid, Conflict) as error:
        form.show(error)
        return _invite_page(form, village), error.status
    return _link_page(link)


def _chosen_village(villages: list[Place]) -> Place | None:
    """The village named in the address, else the only one there is. Raises NotFound for another's."""
    slug = request.args.get("village", "")
    if slug and slug != ALL_VILLAGES:
        chosen = next((one for one in villages if one.slug == slug), None)
        if chosen is None:
            raise NotFound(_("There is no such village."))
        return chosen
    return villages[0] if len(villages) == 1 and slug != ALL_VILLAGES else None


def _where_page(villages: list[Place]) -> str:
    form = WhereForm(formdata=None)
    form.village.choices = [SelectChoice(village.slug, village.name) for village in villages]
    if _roles_in(None):
        form.village.choices.append(SelectChoice(ALL_VILLAGES, _("In none: an office for all villages")))
    return render_template("users/invite_where.html", form=form)


def _roles_in(village: Place | None) -> list[Role]:
    givable = givable_roles(current_user.held(), village.id if village else None)
    return [role for role in Role if role in givable]


def _invite_form(village: Place | None, roles: list[Role]) -> InviteForm:
    kinds = [role.value for role in roles if role in PAYEE_ROLES]
    payees = queries.list_payees(village.id, kinds) if village else []
    return InviteForm(roles, payees, starts_on=clock.today())


def _invite_page(form: InviteForm, village: Place | None) -> str:
    return render_template(
        "users/invite.html",
        form=form,
        village=village,
        texts={role.value: text for role, text in ROLE_TEXTS.items()},
        address=url_for("users_manage.invite", village=village.slug if village else ALL_VILLAGES),
    )


@dataclass(frozen=True)
class _Link:
    """What the page after an invitation shows; no token where the person's account is not ours to open."""

    person: User
    token: str | None
    is_mailed: bool = False


def _invited(form: InviteForm, village: Place | None) -> _Link:
    """Make the account and give the office in one transaction. Raises Invalid, Conflict, Forbidden."""
    role, me = Role(form.role.data), current_user.id
    with transaction():
        user = services.create_user(name=form.name.data or "", email=form.email, phone=form.phone)
        services.give_office(
            user_id=user.id,
            role=role,
            village_id=village.id if village else None,
            payee_id=(form.payee.data or None) if role in PAYEE_ROLES else None,
            starts_on=form.starts_on.data,
            ends_on=_day_after(form.last_day.data),
            by_user_id=me,
        )
        if user.password or not services.may_make_link(user=user, made_by_id=me):
            return _Link(user, None)
        return _new_link(user, me, village.name if village else None)


def _new_link(user: User, made_by_id: int, village: str | None) -> _Link:
    """In the running transaction: a link, and its mail where there is an address."""
    token = services.create_sign_in_link(user_id=user.id, made_by_id=made_by_id)
    if user.email is None:
        return _Link(user, token)
    queue_message(
        event_key=f"account_link:{user.id}:{token[:16]}",
        template="account_link",
        language=user.language,
        name=user.name,
        email=user.email,
        phone=None,
        village_id=None,
        reference=None,
        context={"url": _address(token), "expires_at": clock.now() + LINK_LIFE, "village": village},
    )
    return _Link(user, token, is_mailed=True)


def _day_after(last_day: date | None) -> date | None:
    return last_day + timedelta(days=1) if last_day else None


def _address(token: str) -> str:
    """The whole address of a link, under our own name, whatever Host the request claimed."""
    base_url: str = current_app.config["SETTINGS"].base_url
    return base_url + url_for("users.open_link", token=token)


def _link_page(link: _Link) -> str:
    if link.token is None:
        return render_template("users/office_given.html", person=link.person)
    url = _address(link.token)
    text = _(
        "Open this link and choose a password or a PIN for %(site)s. It works once, for seven days: %(url)s",
        site=current_app.config["SETTINGS"].site_name,
        url=url,
    )
    return render_template(
        "users/show_link.html", person=link.person, link=link, url=url, text=text, qr=qr.draw(url)
    )


# Links and ends


@bp.post("/<int:user_id>/link")
@requires(Permission.USERS_INVITE)
@limiter.limit(WRITES)
def new_link(user_id: int) -> ResponseReturnValue:
    """A new one-time link for somebody who has lost theirs, or has forgotten their password or PIN."""
    queries.get_person(user_id, _scope())
    me = current_user.id
    with transaction():
        link = _new_link(queries.get_user_for_update(user_id), me, None)
    return _link_page(link)


@bp.route("/offices/<int:office_id>/end", methods=["GET", "POST"])
@requires(Permission.USERS_INVITE)
@limiter.limit(WRITES, methods=["POST"])
def end_office(office_id: int) -> ResponseReturnValue:
    """End an office, today or on a later day, with a reason."""
    office = queries.get_office(office_id, _scope())
    user = queries.find_user(office.user_id)
    form = EndOfficeForm()
    page = {"form": form, "office": office, "person": user, "place_names": queries.names_of_places([office])}
    if not form.validate_on_submit():
        return render_template("users/end_office.html", **page), 422 if form.is_submitted() else 200
    me = current_user.id
    try:
        with transaction():
            services.end_office(
                office_id=office_id,
                reason=form.reason.data or "",
                ends_on=_day_after(form.last_day.data),
                by_user_id=me,
            )
    except Invalid as error:
        form.last_day.errors = [error.message]
        return render_template("users/end_office.html", **page), error.status
    flash(_("The office ends. What was done in it stays."), "success")
    return redirect(url_for("users_manage.person", user_id=office.user_id))
