"""What is typed to find somebody, to invite them, and to end an office."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from email_validator import EmailNotValidError, validate_email
from wtforms import DateField, Field, RadioField, SelectField, StringField, TextAreaField, ValidationError
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]
from wtforms.validators import InputRequired, Length, Optional

from app.core.errors import DomainError
from app.core.forms import BaseForm, normalise_phone
from app.core.words import gettext as _
from app.core.words import lazy_gettext as _l
from app.users import queries
from app.users.rules import Role

ROLE_NAMES: Mapping[Role, Any] = {
    Role.HOST: _l("Host"),
    Role.GUIDE: _l("Guide"),
    Role.MAKER: _l("Maker"),
    Role.DESK: _l("Front desk"),
    Role.BUMDES_TREASURER: _l("BUMDes treasurer"),
    Role.BUMDES_MANAGER: _l("BUMDes manager"),
    Role.SUPERVISOR: _l("Supervisor"),
    Role.VILLAGE_HEAD: _l("Village head"),
    Role.MANAGER: _l("Assisting company"),
    Role.AUDITOR: _l("Auditor"),
    Role.OBSERVER: _l("Observer"),
}

ROLE_TEXTS: Mapping[Role, Any] = {
    Role.HOST: _l("Keeps the calendar and prices of one house, sees its guests and what it earns."),
    Role.GUIDE: _l("Adds departures, sees who comes along and what they earn."),
    Role.MAKER: _l("Keeps count of their products and sees what they earn."),
    Role.DESK: _l("Receives guests and money, sends messages, keeps every calendar of the village."),
    Role.BUMDES_TREASURER: _l("Sees all money of the village, records receipts, sends money back."),
    Role.BUMDES_MANAGER: _l(
        "Runs the village's houses, prices and bookings, and invites hosts and the desk."
    ),
    Role.SUPERVISOR: _l("Reads bookings and money of the village, changes nothing."),
    Role.VILLAGE_HEAD: _l("Reads bookings and money of the village, changes nothing."),
    Role.MANAGER: _l("Helps all twenty villages."),
    Role.AUDITOR: _l("Reads bookings and money of the village for a while. Give a last day."),
    Role.OBSERVER: _l("Sees figures of all villages, no names."),
}


class EmptyForm(BaseForm):
    """A button that changes something."""


def read_contact(text: str) -> tuple[str | None, str | None]:
    """(e-mail, phone) as typed into one field; one of the two is None. Raises ValueError with a message for people."""
    if "@" not in text:
        return None, normalise_phone(text)
    try:
        return validate_email(text, check_deliverability=False).normalized.casefold(), None
    except EmailNotValidError:
        raise ValueError(_("This e-mail address is not complete. Example: nama@contoh.id")) from None


class _Asking(BaseForm):
    """A form that asks and changes nothing: sent by GET, without a token."""

    class Meta(BaseForm.Meta):
        """No token in the address."""

        csrf = False


class SearchForm(_Asking):
    """Looking for somebody in the list."""

    q = StringField(_l("Name, phone number or e-mail"), validators=[Length(max=80)])


class WhereForm(_Asking):
    """In which village somebody is invited."""

    village = SelectField(_l("In which village?"), validators=[InputRequired()])


class InviteForm(BaseForm):
    """Who, as what, for whom, from when to when. The choices depend on who invites and on the village."""

    name = StringField(
        _l("Name"),
        validators=[InputRequired(_l("Type the name.")), Length(max=120)],
        render_kw={"autocomplete": "off"},
    )
    contact = StringField(
        _l("Phone number or e-mail"),
        validators=[
            InputRequired(_l("A phone number or an e-mail address is needed to sign in.")),
            Length(max=254),
        ],
        render_kw={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"},
    )
    role = RadioField(_l("Office"), validators=[InputRequired(_l("Choose an office."))])
    payee = SelectField(_l("For which household or person"), coerce=int, validators=[Optional()])
    starts_on = DateField(_l("From"), validators=[InputRequired(_l("Choose the first day."))])
    last_day = DateField(_l("Last day"), validators=[Optional()])

    email: str | None = None
    phone: str | None = None

    def __init__(self, roles: list[Role], payees: list[queries.Place], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.role.choices = [SelectChoice(role.value, ROLE_NAMES[role]) for role in roles]
        named = [SelectChoice(payee.id, f"{payee.name} ({ROLE_NAMES[Role(payee.kind)]})") for payee in payees]
        self.payee.choices = [SelectChoice(0, "–"), *named]

    def show(self, error: DomainError) -> None:
        """Put what a service refused beside the field it is about, else on top."""
        beside = [(name, text) for name, text in getattr(error, "errors", []) if name in self]
        for name, text in beside:
            self[name].errors = [text]
        if not beside:
            self.form_errors.append(error.message)

    def validate_contact(self, field: Field) -> None:
        """Raises ValidationError for what is neither a phone number nor an e-mail address."""
        try:
            self.email, self.phone = read_contact(field.data or "")
        except ValueError as error:
            raise ValidationError(str(error)) from None


class EndOfficeForm(BaseForm):
    """Why an office ends, and on which day."""

    reason = TextAreaField(
        _l("Why"), validators=[InputRequired(_l("Say why: it is kept with the office.")), Length(max=500)]
    )
    last_day = DateField(_l("Last day"), validators=[Optional()])
