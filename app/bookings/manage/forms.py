"""What staff type: what to look for, money that arrived, the proof of a refund, a reason."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from wtforms import (
    DateField,
    FileField,
    HiddenField,
    RadioField,
    SearchField,
    SelectField,
    StringField,
    TextAreaField,
    ValidationError,
)
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]
from wtforms.validators import DataRequired, InputRequired, Length, Optional

from app.bookings.forms import MarkedForm
from app.bookings.rules import LAYOUTS
from app.core import clock
from app.core.errors import Invalid
from app.core.forms import BaseForm, MoneyField
from app.core.words import gettext as _
from app.core.words import lazy_gettext as _l
from app.payments.rules import PaymentMethod

LONG_AGO = timedelta(days=366)
"""Older money than this is a year mistyped."""

STATES = (
    ("", _l("All")),
    ("held", _l("Waiting for payment")),
    ("confirmed", _l("Certain")),
    ("completed", _l("Gone home")),
    ("expired", _l("Time ran out")),
    ("cancelled", _l("Cancelled")),
)


def _choices(pairs: Sequence[tuple[str, Any]]) -> list[SelectChoice]:
    return [SelectChoice(value, name) for value, name in pairs]


class GetForm(BaseForm):
    """A form that only asks: it stands in the address and changes nothing."""

    class Meta(BaseForm.Meta):
        """Nothing to forge."""

        csrf = False


class FilterForm(GetForm):
    """Which bookings."""

    q = SearchField(_l("Booking code or guest's name"), validators=[Length(max=80)])
    state = SelectField(_l("State"), validate_choice=False)
    month = SelectField(_l("Month"), validate_choice=False)
    village = SelectField(_l("Village"), validate_choice=False)

    def __init__(
        self,
        *args: Any,
        months: Sequence[tuple[str, str]],
        villages: Sequence[tuple[str, str]],
        **kwargs: Any,
    ):
        super().__init__(*args, **kwargs)
        self.state.choices = _choices(STATES)
        self.month.choices = _choices([("", _("From today on")), *months])
        self.village.choices = _choices([("", _("All villages")), *villages])


class VillageForm(GetForm):
    """Which village."""

    village = SelectField(_l("Village"), validate_choice=False)

    def __init__(self, *args: Any, villages: Sequence[tuple[str, str]], **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.village.choices = _choices([("", _("All villages")), *villages])


class AmountForm(GetForm):
    """The amount on the bank statement or in the hand, and whose it is where the amount alone does not say."""

    amount = MoneyField(_l("Amount received"), least=1, validators=[InputRequired(_l("Type the amount."))])
    q = SearchField(_l("Booking code or guest's name"), validators=[Length(max=80)])


class ReceiveForm(MarkedForm):
    """Money that arrived for one booking."""

    amount = MoneyField(_l("Amount received"), least=1, validators=[InputRequired(_l("Type the amount."))])
    method = RadioField(_l("How it came"), validators=[InputRequired(_l("Choose how the money came."))])
    account = SelectField(_l("In whose hands it is"), validate_choice=True)
    received_on = DateField(_l("On which day"), validators=[InputRequired(_l("Choose the day."))])
    qris_reference = StringField(_l("Reference of the payment"), validators=[Optional(), Length(max=40)])
    note = StringField(_l("Note"), validators=[Optional(), Length(max=300)])
    key = HiddenField(
        _l("This form"),
        validators=[
            DataRequired(_l("It is not complete. Open the booking and begin again.")),
            Length(max=64),
        ],
    )

    def __init__(self, *args: Any, accounts: Sequence[tuple[str, str]], **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.method.choices = _choices(
            [
                (PaymentMethod.TRANSFER.value, _("Bank transfer")),
                (PaymentMethod.QRIS.value, _("QRIS")),
                (PaymentMethod.CASH.value, _("Cash")),
            ]
        )
        self.account.choices = _choices(accounts)

    def validate_received_on(self, field: DateField) -> None:
        """Money that arrived, arrived by today."""
        if field.data is not None and field.data > clock.today():
            raise ValidationError(_("This day lies ahead. Choose the day on which the money arrived."))
        if field.data is not None and field.data < clock.today() - LONG_AGO:
            raise ValidationError(_("This day is more than a year ago. Look at the year once more."))


class ShownForm(BaseForm):
    """What a guest shows at the door."""

    shown = StringField(
        _l("Ticket or booking code"),
        validators=[DataRequired(_l("Scan a ticket, or type a booking code.")), Length(max=300)],
    )


class ProofForm(BaseForm):
    """The proof that a refund has left."""

    proof = StringField(
        _l("What proves it"),
        validators=[
            DataRequired(_l("Write down what proves it, for example the line of the bank statement.")),
            Length(max=200),
        ],
    )


class StopForm(MarkedForm):
    """Why something ends, or becomes something else."""

    reason = StringField(_l("Why"), validators=[DataRequired(_l("Say why.")), Length(max=300)])


class VouchForm(BaseForm):
    """Why a booking is certain although it is not paid."""

    reason = TextAreaField(
        _l("Why it is certain"),
        validators=[
            DataRequired(_l("Say why this booking is sure although it is not paid.")),
            Length(max=500),
        ],
    )


class CorrectionForm(BaseForm):
    """Whom a receipt is for, and why it says somebody else."""

    guest_name = StringField(
        _l("Whom it is for"), validators=[DataRequired(_l("Say whom the receipt is for.")), Length(max=120)]
    )
    reason = TextAreaField(
        _l("Why"), validators=[DataRequired(_l("Say why the receipt is corrected.")), Length(max=500)]
    )


class NotFoundForm(BaseForm):
    """What somebody saw who looked for a transfer in vain."""

    reason = StringField(
        _l("What you looked at"),
        validators=[
            DataRequired(_l("Say what you looked at, so that the guest knows how to go on.")),
            Length(max=300),
        ],
    )


class AcceptForm(BaseForm):
    """Why a transfer is fine although the guest comes so soon."""

    accept_reason = TextAreaField(
        _l("Why a transfer is fine"),
        validators=[
            DataRequired(_l("Say why a transfer is fine although the guest comes so soon.")),
            Length(max=300),
        ],
    )


class StatementForm(BaseForm):
    """A bank statement as a file."""

    account = SelectField(
        _l("Of which account"), validators=[DataRequired(_l("Choose the account."))], validate_choice=True
    )
    layout = SelectField(_l("Which bank's file"), validate_choice=True)
    file = FileField(_l("The file (CSV)"), validators=[InputRequired(_l("Choose the file."))])

    def __init__(self, *args: Any, accounts: Sequence[tuple[str, str]], **kwargs: Any):
        super().__init__(*args, **kwargs)
        # Nobody gets one of several without choosing: lines of the wrong account would be posted anew.
        several = [("", _("Choose the account"))] if len(accounts) > 1 else []
        self.account.choices = _choices([*several, *accounts])
        banks = [(one.key, one.bank or _("Another bank")) for one in LAYOUTS]
        self.layout.choices = _choices([("", _("Find out by itself")), *banks])


class DecisionForm(BaseForm):
    """What becomes of money that belongs to nobody yet."""

    decision = RadioField(_l("What it is"), validators=[InputRequired(_l("Choose what it is."))])
    booking = StringField(_l("For which booking (code)"), validators=[Optional(), Length(max=12)])
    reason = TextAreaField(
        _l("How you know"),
        validators=[DataRequired(_l("Say how you know. Whoever looks later reads it.")), Length(max=500)],
    )

    def __init__(self, *args: Any, decisions: Sequence[tuple[str, str]], **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.decision.choices = _choices(decisions)

    def show(self, error: Invalid) -> None:
        """Put what a service refused beside its fields."""
        for name, message in error.errors:
            if name in self:
                self[name].errors = [*self[name].errors, message]
