"""The sign-in library, wired: Flask-Security on Flask-Login, with our models, words, rules for secrets and outbox."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any, Protocol, cast

from flask import Flask, current_app, g, url_for
from flask_login import AnonymousUserMixin
from flask_security import MailUtil, PasswordUtil, Security, SQLAlchemyUserDatastore

from app.core import clock
from app.core.db import db
from app.users import forms, services
from app.users.models import Office, User
from app.users.rules import Scope, normalise_secret

STAY_SIGNED_IN = timedelta(days=60)
RESET_WITHIN = timedelta(hours=4)
ARGON2 = {"argon2__memory_cost": 19_456, "argon2__rounds": 2, "argon2__parallelism": 1}
"""OWASP's cost for argon2id: 19 MiB and two rounds, so that many sign-ins at once do not fill a small server. PINs are
short; what protects them if the table is stolen is PASSWORD_SALT, which is not in it.
"""


class Queue(Protocol):
    """How a message gets into the outbox, which is a higher package: given to `init_app` by whoever makes the app."""

    def __call__(
        self,
        *,
        event_key: str,
        template: str,
        language: str,
        name: str,
        email: str | None,
        phone: str | None,
        village_id: int | None,
        reference: str | None,
        context: dict[str, Any],
    ) -> bool: ...


class Stranger(AnonymousUserMixin):  # type: ignore[misc]
    """Nobody is signed in."""

    roles: tuple[Office, ...] = ()

    def can(self, _permission: str) -> bool:
        """Nothing that needs an office."""
        return False

    def scope(self, _permission: str) -> Scope:
        """Nowhere."""
        return Scope()


class SecretRules(PasswordUtil):
    """Our rules for passwords and PINs, asked by the library's own forms."""

    def normalize(self, password: str) -> str:
        """One Unicode form."""
        return normalise_secret(password)

    def validate(self, password: str, is_register: bool, **kwargs: Any) -> tuple[list[str] | None, str]:
        """(faults in words or None, the normalised secret)."""
        secret = self.normalize(password)
        fault = services.fault_of_choice(user=kwargs["user"], password=secret)
        return ([str(forms.SECRET_FAULTS[fault])] if fault else None), secret


class ResetMail(MailUtil):
    """The library's one mail, the link to a new password: kept until our view opens its transaction."""

    def send_mail(self, template: str, subject: str, recipient: Any, *args: Any, **kwargs: Any) -> None:
        """Remember whom to write to, and the link. Its address is ours, whatever Host the request claimed."""
        base_url = current_app.config["SETTINGS"].base_url
        path = url_for("security.reset_password", token=kwargs["reset_token"])
        g.reset_mail = (kwargs["user"].id, base_url + path)


def init_app(app: Flask, *, queue: Queue) -> None:
    """Set up sign-in, its forms and its pages under /login, /logout and /account/reset."""
    app.config.update(_settings(app))
    app.extensions["account_messages"] = queue
    security = Security(
        app,
        SQLAlchemyUserDatastore(cast(Any, db), User, cast(Any, Office)),
        login_form=forms.SignInForm,
        forgot_password_form=forms.ForgotForm,
        reset_password_form=forms.ResetForm,
        mail_util_cls=ResetMail,
        password_util_cls=SecretRules,
    )
    security.want_json(lambda _request: False)
    security.login_manager.anonymous_user = Stranger


def queue_message(**message: Any) -> bool:
    """Write a message in the running transaction, through what `init_app` was given."""
    queue: Queue = current_app.extensions["account_messages"]
    return queue(**message)


def N_(text: str) -> str:  # noqa: N802 - the name by which the catalogue's tools know it
    """Mark a text for the catalogue; the library looks it up when it is shown."""
    return text


def _settings(app: Flask) -> dict[str, Any]:
    return {
        "REMEMBER_COOKIE_DURATION": STAY_SIGNED_IN,
        "REMEMBER_COOKIE_HTTPONLY": True,
        "REMEMBER_COOKIE_SAMESITE": "Lax",
        "REMEMBER_COOKIE_SECURE": app.config["SESSION_COOKIE_SECURE"],
        "SECURITY_DATETIME_FACTORY": clock.now,
        "SECURITY_PASSWORD_SALT": app.config["SETTINGS"].password_salt,
        "SECURITY_PASSWORD_SCHEMES": ["argon2"],
        "SECURITY_PASSWORD_HASH_PASSLIB_OPTIONS": ARGON2,
        "SECURITY_TRACKABLE": True,
        "SECURITY_RECOVERABLE": True,
        "SECURITY_RESET_URL": "/account/reset",
        "SECURITY_RESET_PASSWORD_WITHIN": RESET_WITHIN,
        "SECURITY_SEND_PASSWORD_RESET_NOTICE_EMAIL": False,
        "SECURITY_EMAIL_HTML": False,
        "SECURITY_EMAIL_PLAINTEXT": False,
        "SECURITY_EMAIL_VALIDATOR_ARGS": {"check_deliverability": False},
        "SECURITY_RETURN_GENERIC_RESPONSES": True,
        "SECURITY_FRESHNESS": timedelta(seconds=-1),
        "SECURITY_API_ENABLED_METHODS": ["session"],
        "SECURITY_POST_LOGIN_VIEW": "users.start",
        "SECURITY_STATIC_FOLDER": None,
        "SECURITY_STATIC_FOLDER_URL": None,
        "SECURITY_CLI_USERS_NAME": None,
        "SECURITY_CLI_ROLES_NAME": None,
        "SECURITY_I18N_DOMAIN": "messages",
        "SECURITY_I18N_DIRNAME": [str(Path(app.root_path) / "translations")],
        **{f"SECURITY_MSG_{key}": message for key, message in _MESSAGES.items()},
    }


_MESSAGES = {
    "UNAUTHENTICATED": (N_("Sign in, and the page opens."), "info"),
    "UNAUTHORIZED": (N_("This page belongs to another office."), "error"),
    "GENERIC_AUTHN_FAILED": (N_("That did not match."), "error"),
    "PASSWORD_RESET_REQUEST": (
        N_(
            "If %(email)s belongs to an account, a message with a link is on its way. It works for four hours."
        ),
        "success",
    ),
    "PASSWORD_RESET_EXPIRED": (N_("This link is older than four hours. Ask for a new one."), "error"),
    "INVALID_RESET_PASSWORD_TOKEN": (
        N_("This link has been used or is not complete. Ask for a new one."),
        "error",
    ),
    "PASSWORD_RESET_NO_LOGIN": (N_("The new one is set. Sign in with it."), "success"),
    "EMAIL_NOT_PROVIDED": (N_("Type your e-mail address."), "error"),
    "INVALID_EMAIL_ADDRESS": (N_("This e-mail address is not complete."), "error"),
    "PASSWORD_NOT_PROVIDED": (N_("Choose a password or a PIN."), "error"),
    "INVALID_REDIRECT": (N_("That address is not ours, so we stayed here."), "info"),
    "API_ERROR": (N_("This could not be read."), "error"),
}
