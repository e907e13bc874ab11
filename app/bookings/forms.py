"""What guests type on the way to a booking."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from typing import Any
from uuid import uuid4

from babel import Locale
from email_validator import EmailNotValidError, validate_email
from wtforms import (
    EmailField,
    FieldList,
    FileField,
    HiddenField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    ValidationError,
)
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]
from wtforms.validators import DataRequired, InputRequired, Length, Optional
from wtforms.widgets import CheckboxInput, ListWidget

from app.bookings.services import RefundAccount
from app.core.errors import Invalid
from app.core.forms import BaseForm, PhoneField
from app.core.words import current_language
from app.core.words import gettext as _
from app.core.words import lazy_gettext as _l


def countries() -> tuple[tuple[str, str], ...]:
    """Two-letter codes and names in the reader's language, by name; no regions of the world, no user-assigned codes."""
    return _countries(current_language())


@cache
def _countries(language: str) -> tuple[tuple[str, str], ...]:
    names = Locale.parse(language).territories
    known = [
        (code, name)
        for code, name in names.items()
        if len(code) == 2 and code not in {"EU", "EZ", "UN", "ZZ"}
    ]
    return tuple(sorted(known, key=lambda item: item[1]))


def check_email(text: str) -> str:
    """An address in its normal form. Raises ValueError with a message for people."""
    try:
        return validate_email(text, check_deliverability=False, allow_smtputf8=True).normalized
    except EmailNotValidError:
        raise ValueError(_("This is not an e-mail address. Example: name@example.com")) from None


MOST_NAMES = 60


class GuestForm(BaseForm):
    """Who books, how we reach them, and how they pay."""

    name = StringField(
        _l("Your name"), validators=[DataRequired(_l("Please tell us your name.")), Length(max=120)]
    )
    phone = PhoneField(_l("WhatsApp or phone number"), validators=[Optional(), Length(max=30)])
    email = EmailField(_l("E-mail"), validators=[Optional(), Length(max=254)])
    country = SelectField(_l("Country you come from"), validators=[InputRequired(_l("Choose your country."))])
    payment = RadioField(
        _l("How would you like to pay?"), validators=[InputRequired(_l("Choose how you would like to pay."))]
    )
    names = FieldList(
        StringField(validators=[Optional(), Length(max=120, message=_l("A name has at most 120 letters."))]),
        _l("Who joins?"),
        max_entries=MOST_NAMES,
    )
    voucher = StringField(
        _l("Voucher or gift code"),
        validators=[Optional(), Length(max=40, message=_l("No code is that long."))],
    )
    expected_total = HiddenField()
    key = HiddenField(validators=[Length(max=64)])

    def __init__(
        self, *args: Any, payments: list[tuple[str, str]], joining: Sequence[str] = (), **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        while len(self.names) < min(len(joining), MOST_NAMES):
            self.names.append_entry()
        for entry, label in zip(self.names, joining, strict=False):
            entry.label.text = label
        self.country.choices = [("", _("Choose")), *countries()]
        self.payment.choices = payments
        self.key.data = self.key.data or str(uuid4())
        if len(payments) == 1 and not self.payment.data:
            self.payment.data = payments[0][0]

    def validate_email(self, field: EmailField) -> None:
        """Normalise the address, and ask for one way of reaching the guest. Raises ValidationError."""
        if field.data:
            try:
                field.data = check_email(field.data)
            except ValueError as error:
                raise ValidationError(str(error)) from None

    def validate(self, extra_validators: Any = None) -> bool:
        """All fields, and one way of reaching the guest."""
        valid = super().validate(extra_validators)
        if self.csrf_token.errors:
            self.csrf_token.errors = [
                _(
                    "This page was open for long, so nothing was sent. All you typed is still here: send it again."
                )
            ]
        if not self.email.data and not self.phone.data and not self.phone.errors and not self.email.errors:
            self.phone.errors = [_("Give a phone number or an e-mail address, so that we can reach you.")]
            return False
        return bool(valid)


class FindForm(BaseForm):
    """Somebody who has lost the link to a booking."""

    code = StringField(
        _l("Booking code"), validators=[DataRequired(_l("Type the code from your message.")), Length(max=20)]
    )
    contact = StringField(
        _l("The phone number or e-mail you booked with"),
        validators=[DataRequired(_l("Type the number or address you booked with.")), Length(max=254)],
    )


class MethodForm(BaseForm):
    """A new attempt to pay."""

    method = HiddenField(validators=[InputRequired()])


class RefundForm(BaseForm):
    """Where a refund that no card service sends is to go."""

    route = RadioField(
        _l("How you want it back"),
        choices=[
            SelectChoice("transfer", _l("To a bank account or e-wallet")),
            SelectChoice("cash", _l("In cash, at the desk")),
        ],
        validators=[InputRequired(_l("Choose how you want it back."))],
    )
    bank = StringField(_l("Bank or e-wallet"), validators=[Optional(), Length(max=60)])
    number = StringField(_l("Account number"), validators=[Optional(), Length(max=60)])
    holder = StringField(_l("Name of the account's holder"), validators=[Optional(), Length(max=120)])

    def validate_number(self, field: StringField) -> None:
        """Letters and digits only, as banks want them. Raises ValidationError."""
        field.data = re.sub(r"[\s.\-/]", "", field.data or "").upper()
        if field.data and not re.fullmatch(r"[0-9A-Z]{5,34}", field.data):
            raise ValidationError(_("An account number has 5 to 34 digits or letters. Look at it once more."))

    def validate(self, extra_validators: Any = None) -> bool:
        """All fields; an account needs all three of its own."""
        valid = bool(super().validate(extra_validators))
        if self.route.data != "transfer":
            return valid
        for field in (self.bank, self.number, self.holder):
            if not field.data and not field.errors:
                field.errors = [_("This is needed for a transfer.")]
                valid = False
        return valid

    def account(self) -> RefundAccount | None:
        """What was typed; None where it is to be cash."""
        if self.route.data != "transfer":
            return None
        return RefundAccount(self.bank.data or "", self.number.data or "", self.holder.data or "")


class CancelForm(BaseForm):
    """A whole booking is to be cancelled, for the sum that was shown."""

    reason = StringField(_l("Why?"), validators=[Optional(), Length(max=300)])
    expected_refund = HiddenField(validators=[Length(max=16)])

    def seen(self) -> int | None:
        """The sum that the guest saw, in rupiah; None where the form does not say."""
        text = self.expected_refund.data or ""
        return int(text) if text.isascii() and text.isdigit() else None


class SentForm(BaseForm):
    """The guest has sent the money; a photo, or the number that their app shows, may help whoever looks."""

    reference = StringField(_l("Reference number in your app"), validators=[Optional(), Length(max=40)])
    photo = FileField(_l("Photo of the transfer"), validators=[Optional()])


class MarkedForm(BaseForm):
    """A form that can show what a service found wrong."""

    def take_errors(self, error: Invalid) -> None:
        """Put what is wrong beside the fields, and what belongs to none on top."""
        for name, message in error.errors or [("", error.message)]:
            field = self._fields.get(name)
            if field is None:
                self.form_errors.append(message)
            else:
                field.errors = [*field.errors, message]


class RowsField(SelectMultipleField):
    """Several of a list, each as a row with a box."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()
