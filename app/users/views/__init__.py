"""The doors of people who sign in: signing in and out, a forgotten password, the one-time link, one's own account."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import (
    Blueprint,
    Flask,
    Response,
    current_app,
    flash,
    g,
    make_response,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_login import current_user
from flask_security import login_user, verify_password
from flask_security import views as library
from werkzeug.exceptions import UnsupportedMediaType

from app.core import clock
from app.core.access import public, signed_in
from app.core.db import transaction
from app.core.limits import SIGN_INS, WRITES, limiter
from app.core.web import LANGUAGE_COOKIE
from app.core.words import gettext as _
from app.users import queries, services
from app.users.forms import (
    ROLE_NAMES,
    AddressForm,
    ChangeSecretForm,
    LanguageForm,
    NewSecretForm,
    SignInForm,
)
from app.users.models import User
from app.users.rules import Permission, normalise_secret
from app.users.signin import RESET_WITHIN, queue_message

bp = Blueprint("users", __name__, url_prefix="/account")

CAME_BY_LINK = "came_by_link"
"""In the session: whose link was opened in it. Whoever has proven an address may set a forgotten password anew."""

from app.users.views import guests  # noqa: E402, F401  (puts its views on the blueprint)


def init_app(app: Flask) -> None:
    """Hang our views around those of the library, which has registered its own before."""
    app.register_blueprint(bp)
    app.jinja_env.filters["role"] = lambda role: ROLE_NAMES[role]
    around: dict[str, Callable[..., ResponseReturnValue]] = {
        "login": sign_in,
        "logout": sign_out,
        "forgot_password": forgot_password,
        "reset_password": reset_password,
    }
    for name, view in around.items():
        app.view_functions[f"security.{name}"] = view


@bp.after_request
def _keep_private(response: Response) -> Response:
    response.headers["Cache-Control"] = "no-store"
    return response


# Around the library's views


@public
@limiter.limit(SIGN_INS, methods=["POST"])
def sign_in() -> ResponseReturnValue:
    """Signing in. A wrong try is counted in a transaction of its own, for the request itself writes nothing."""
    _only_forms()
    response: ResponseReturnValue = library.login()
    form: SignInForm | None = g.get("sign_in")
    if form is None or request.method != "POST":
        return response
    if form.wrong_for is not None:
        with transaction():
            services.count_failed_sign_in(user_id=form.wrong_for)
    elif isinstance(form.user, User):
        # Written by the library's own commit, which follows. What a page before the sign-in knew is no longer valid.
        form.user.failed_attempts, form.user.locked_until = 0, None
        session.pop("csrf_token", None)
    return response


@public
def sign_out() -> ResponseReturnValue:
    """Signing out, by POST only. What pages keep on the device goes too: lists for doors without network."""
    _only_forms()
    response = make_response(library.logout())
    if request.method == "POST":
        response.headers["Clear-Site-Data"] = '"storage"'
    return response


@public
@limiter.limit(SIGN_INS, methods=["POST"])
def forgot_password() -> ResponseReturnValue:
    """Asking for a link to a new password, sent to the e-mail address of an account; the answer is always the same."""
    _only_forms()
    response: ResponseReturnValue = library.forgot_password()
    if "reset_mail" in g:
        user_id, url = g.reset_mail
        with transaction():
            _queue_reset(user_id, url)
    return response


@public
@limiter.limit(SIGN_INS, methods=["POST"])
def reset_password(token: str) -> ResponseReturnValue:
    """Choosing a new password through the link from the mail, which works until the password has changed."""
    _only_forms()
    response: ResponseReturnValue = library.reset_password(token)
    return response


def _only_forms() -> None:
    """The library also reads JSON; nobody of ours sends it. Raises 415."""
    if request.is_json:
        raise UnsupportedMediaType


def _queue_reset(user_id: int, url: str) -> None:
    """One mail per person and quarter of an hour, however often somebody asks."""
    now = clock.now()
    user = queries.find_user(user_id)
    assert user is not None
    queue_message(
        event_key=f"password_reset:{user.id}:{int(now.timestamp()) // 900}",
        template="password_reset",
        language=user.language,
        name=user.name,
        email=user.email,
        phone=None,
        village_id=None,
        reference=None,
        context={"url": url, "expires_at": now + RESET_WITHIN},
    )


# The one-time link


@bp.route("/link/<token>", methods=["GET", "POST"])
@public
@limiter.limit(SIGN_INS, methods=["POST"])
def open_link(token: str) -> ResponseReturnValue:
    """Set a password or a PIN through a one-time link, and be signed in."""
    owner = services.find_link_owner(token=token)
    if owner is None:
        return render_template("users/link_over.html"), 410
    form = NewSecretForm(owner)
    if not form.validate_on_submit():
        return render_template("users/link.html", form=form, owner=owner)
    with transaction():
        user = services.use_sign_in_link(token=token, password=form.password.data or "")
        login_user(user, remember=False, authn_via=["link"])
    session.pop("csrf_token", None)
    flash(_("Set. Next time, sign in with it at %(site)s.", site=request.host), "success")
    return redirect(url_for("users.start"))


# One's own account


@bp.get("/start")
@signed_in
def start() -> ResponseReturnValue:
    """Where somebody lands after signing in: the first page of their office, a guest's trips, else their account."""
    if current_user.can(Permission.DASHBOARD_SEE):
        return redirect("/manage")
    return redirect(url_for("bookings.trips" if current_user.is_guest else "users.account"))


@bp.get("")
@signed_in
def account() -> ResponseReturnValue:
    """One's offices, proven addresses, password and language."""
    return _account_page()


@bp.post("/password")
@signed_in
@limiter.limit(SIGN_INS)
def change_password() -> ResponseReturnValue:
    """Another password or PIN, or a guest's first. Everywhere else this person is signed out."""
    form = _secret_form()
    if not form.validate_on_submit() or not _shows_present_one(form):
        return _account_page(secret_form=form), 422
    user_id = current_user.id
    with transaction():
        user = services.set_password(user_id=user_id, password=form.password.data or "", by_user_id=user_id)
        login_user(user, remember=False, authn_via=["change"])
    flash(_("The new one is set. On other phones you are signed out."), "success")
    return redirect(url_for("users.account"))


def _secret_form(**values: Any) -> NewSecretForm:
    """What is typed for a new password: with the present one, unless there is none or an address was just proven."""
    is_proven = current_user.is_guest and session.get(CAME_BY_LINK) == current_user.fs_uniquifier
    kind = NewSecretForm if is_proven or not current_user.password else ChangeSecretForm
    return kind(current_user, **values)


def _shows_present_one(form: NewSecretForm) -> bool:
    """Whether the present password was typed where it is asked for; a wrong try counts like one at the door."""
    if not isinstance(form, ChangeSecretForm):
        return True
    user_id, may_try = current_user.id, current_user.may_try(clock.now())
    if may_try and verify_password(normalise_secret(form.current.data or ""), current_user.password):
        return True
    if may_try:
        with transaction():
            services.count_failed_sign_in(user_id=user_id)
    form.current.errors = [_("This is not the one you use now.")]
    return False


@bp.post("/language")
@signed_in
@limiter.limit(WRITES)
def change_language() -> ResponseReturnValue:
    """The language of one's messages, and of the pages in this browser."""
    form = LanguageForm()
    if not form.validate_on_submit():
        return _account_page(language_form=form), 422
    with transaction():
        services.change_language(user_id=current_user.id, language=form.language.data)
    response = redirect(url_for("users.account"))
    secure = current_app.config["SESSION_COOKIE_SECURE"]
    response.set_cookie(LANGUAGE_COOKIE, form.language.data, max_age=31536000, samesite="Lax", secure=secure)
    return response


def _account_page(secret_form: NewSecretForm | None = None, language_form: LanguageForm | None = None) -> str:
    offices = current_user.roles
    page: dict[str, Any] = {
        "secret_form": secret_form or _secret_form(formdata=None),
        "language_form": language_form or LanguageForm(formdata=None, language=current_user.language),
        "address_form": AddressForm(formdata=None),
        "addresses": queries.list_proven_addresses(current_user.id),
        "offices": offices,
        "place_names": queries.names_of_places(offices),
        "today": clock.today(),
    }
    return render_template("users/account.html", **page)
