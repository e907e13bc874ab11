"""What is typed to sign in, and to choose a password or a PIN."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import g
from flask_security import ForgotPasswordForm, LoginForm, ResetPasswordForm, hash_password
from flask_security.utils import validate_redirect_url
from flask_wtf import FlaskForm
from wtforms import BooleanField, EmailField, Field, PasswordField, RadioField, StringField, ValidationError
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]
from wtforms.validators import InputRequired
from wtforms.widgets import PasswordInput

from app.core import clock
from app.core.forms import BaseForm, clean_text
from app.core.words import gettext as _
from app.core.words import lazy_gettext as _l
from app.users import queries, services
from app.users.models import User
from app.users.rules import SecretFault, normalise_secret

SECRET_FAULTS: Mapping[str, Any] = {
    SecretFault.SHORT_PIN: _l("A PIN needs at least 6 digits."),
    SecretFault.SHORT_PASSWORD: _l("A password needs at least 8 characters. Only digits? Then 6 are enough."),
    SecretFault.LONG: _l("This is longer than 200 characters."),
    SecretFault.EASY: _l("This one is guessed first. Choose one that nobody thinks of."),
}


class SecretField(PasswordField):
    """A new password or PIN, readable while it is typed: on a phone, a hidden one is typed wrong."""

    class Widget(PasswordInput):
        """Shown as text, and like every password never sent back by us."""

        input_type = "text"

    widget = Widget()


SECRET_KEYS = {"autocomplete": "new-password", "autocapitalize": "none", "spellcheck": "false"}
"""What keeps a phone's keyboard from mending a password."""


class SignInForm(LoginForm):
    """One field for who, one for the secret, and one answer for every way in which they do not match.

    After `validate()`, `answer` is what to tell, and `wrong_for` whose wrong try it was: 0 for nobody's, and for one
    made while signing in rests, or whoever keeps trying could keep the owner out. None where nothing was tried. The
    library's view makes the form; it leaves itself in `g.sign_in` for our view around it.
    """

    identity = StringField(
        _l("E-mail or phone number"),
        filters=[clean_text],
        validators=[InputRequired()],
        render_kw={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"},
    )
    password = PasswordField(
        _l("Password or PIN"),
        filters=[clean_text],
        validators=[InputRequired()],
        render_kw={"autocomplete": "current-password"},
    )
    remember = BooleanField(_l("Keep me signed in on this phone"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.password.description = ""
        self.answer: str | None = None
        self.wrong_for: int | None = None
        g.sign_in = self

    @property
    def email(self) -> Field:  # type: ignore[override]
        """The library's name for the first field."""
        return self.identity

    def validate_next(self, field: Field) -> None:
        """An address that is not ours is forgotten; that is no reason to refuse the sign-in."""
        if field.data and not validate_redirect_url(field.data):
            field.data = ""

    def validate(self, **kwargs: Any) -> bool:
        """Whether somebody may come in. Takes the same time whether or not the account exists."""
        if not FlaskForm.validate(self, **kwargs):
            self.answer = _("Type your e-mail or phone number, and your password or PIN.")
            return False
        user, secret = queries.find_user_to_sign_in(self.identity.data or ""), self.password.data or ""
        self.user = user
        if user is None or not user.may_try(clock.now()):
            self.wrong_for = 0
            hash_password(secret)
        elif user.verify_and_update_password(normalise_secret(secret)):
            return True
        else:
            self.wrong_for = user.id
        self.answer = _(
            "That did not match. After five wrong tries, signing in rests for a few minutes, then longer."
        )
        return False


class ForgotForm(ForgotPasswordForm):
    """The address to which a link is sent."""

    email = EmailField(
        _l("Your e-mail address"),
        filters=[clean_text],
        validators=[*ForgotPasswordForm.email.kwargs["validators"]],
        render_kw={"autocomplete": "email"},
    )

    def validate(self, **kwargs: Any) -> bool:
        """As the library does, which answers the same for addresses that nobody has; a phone number is told apart."""
        good = super().validate(**kwargs)
        if "@" not in (self.email.data or ""):
            text = _("A link can only be sent to an e-mail address. For a phone number, see below.")
            self.form_errors.append(text)
        return good


class ResetForm(ResetPasswordForm):
    """A new password through a link in a mail."""

    password = SecretField(
        _l("New password or PIN"), filters=[clean_text], validators=[InputRequired()], render_kw=SECRET_KEYS
    )
    password_confirm = None  # type: ignore[assignment]


class NewSecretForm(BaseForm):
    """A new password or PIN for its owner."""

    password = SecretField(
        _l("New password or PIN"),
        validators=[InputRequired(_l("Choose a password or a PIN."))],
        render_kw=SECRET_KEYS,
    )

    def __init__(self, owner: User, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.owner = owner

    def validate_password(self, field: Field) -> None:
        """Raises ValidationError for one that is too short or too easy."""
        fault = services.fault_of_choice(user=self.owner, password=normalise_secret(field.data or ""))
        if fault is not None:
            raise ValidationError(SECRET_FAULTS[fault])


class ChangeSecretForm(NewSecretForm):
    """The same for somebody signed in, who shows that it is they by the present one."""

    current = PasswordField(
        _l("Present password or PIN"),
        validators=[InputRequired(_l("Type the one you use now."))],
        render_kw={"autocomplete": "current-password"},
    )


class LanguageForm(BaseForm):
    """The language of pages and messages; each is named in itself."""

    language = RadioField(
        _l("Language of pages and messages"),
        choices=[SelectChoice("id", "Bahasa Indonesia"), SelectChoice("en", "English")],
        validators=[InputRequired()],
    )
