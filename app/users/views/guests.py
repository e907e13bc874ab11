"""A guest's account: coming in by a link that proves an address, giving one up, leaving everywhere, deleting it."""

from __future__ import annotations

from flask import flash, redirect, render_template, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from flask_security import login_user, logout_user

from app.core.access import public, signed_in
from app.core.db import transaction
from app.core.errors import Conflict, NotFound, WrongState
from app.core.limits import SIGN_INS, WRITES, limiter
from app.core.words import gettext as _
from app.users import queries, services
from app.users.forms import ComeInForm, DeleteForm
from app.users.models import AddressLink
from app.users.signin import queue_message
from app.users.views import CAME_BY_LINK, bp


@bp.route("/come-in/<token>", methods=["GET", "POST"])
@public
@limiter.limit(SIGN_INS, methods=["POST"])
def come_in(token: str) -> ResponseReturnValue:
    """Open a link that was sent to an address: its account is made or opened, or it is added to one's own."""
    link, form = services.find_address_link(token=token), ComeInForm()
    if link is None:
        return render_template("users/come_in_over.html"), 410
    if not form.validate_on_submit():
        return _come_in_page(link, form)
    user_id = _my_id()
    try:
        with transaction():
            arrival = services.use_address_link(token=token, user_id=user_id)
            _tell_former(arrival)
            if arrival.user.id != user_id:
                login_user(arrival.user, remember=bool(form.remember.data), authn_via=["link"])
    except (WrongState, Conflict):
        return redirect(url_for(".come_in", token=token), 303)
    session.pop("csrf_token", None)
    session[CAME_BY_LINK] = arrival.user.fs_uniquifier
    return redirect(url_for("bookings.trips"), 303)


def _my_id() -> int | None:
    return current_user.id if current_user.is_authenticated else None


def _come_in_page(link: AddressLink, form: ComeInForm) -> str:
    """What opening the link does: add the address to whoever asked and is here, come in, make an account, or nothing
    for an address of somebody with an office.
    """
    owner, me = queries.find_address_owner(link.address), _my_id()
    if link.user_id is not None and link.user_id == me:
        act = "add"
    elif owner is None:
        act = "make"
    else:
        act = "come_in" if owner.is_guest else "office"
    return render_template("users/come_in.html", link=link, form=form, act=act)


def _tell_former(arrival: services.Arrival) -> None:
    """An address has moved to another account: whoever had it hears of it, where they are reached otherwise."""
    if arrival.former is None or arrival.told_at is None:
        return
    queue_message(
        event_key=f"address_moved:{arrival.link_id}:{arrival.former.id}:{arrival.user.id}",
        template="address_moved",
        language=arrival.former.language,
        name=arrival.former.name,
        email=arrival.told_at,
        phone=None,
        village_id=None,
        reference=None,
        context={"address": arrival.address},
    )


@bp.post("/addresses/<int:address_id>/forget")
@signed_in
@limiter.limit(WRITES)
def forget_address(address_id: int) -> ResponseReturnValue:
    """Take an address out of one's account."""
    user_id = current_user.id
    with transaction():
        services.forget_address(user_id=user_id, address_id=address_id)
    flash(_("Taken out. Its bookings still open with the link in our messages."), "success")
    return redirect(url_for(".account"), 303)


@bp.post("/sign-out-everywhere")
@signed_in
@limiter.limit(WRITES)
def sign_out_everywhere() -> ResponseReturnValue:
    """Sign out here and on every other phone and computer."""
    user_id = current_user.id
    with transaction():
        services.end_sessions(user_id=user_id)
    logout_user()
    flash(_("You are signed out everywhere."), "success")
    return redirect("/", 303)


@bp.route("/delete", methods=["GET", "POST"])
@signed_in
@limiter.limit(WRITES, methods=["POST"])
def delete() -> ResponseReturnValue:
    """Delete a guest's account, after one more look at what goes and what stays."""
    if not current_user.is_guest:
        raise NotFound(_("An account with an office is ended by whoever gave the office."))
    form, user_id = DeleteForm(), current_user.id
    if not form.validate_on_submit():
        return render_template("users/delete.html", form=form), 422 if form.is_submitted() else 200
    with transaction():
        services.delete_guest_account(user_id=user_id)
    logout_user()
    flash(
        _("Your account is deleted. Your bookings stay, and open with the link in our messages."), "success"
    )
    return redirect("/", 303)
