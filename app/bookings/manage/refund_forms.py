"""What staff type on the way of a refund by hand."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from wtforms import HiddenField, SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]
from wtforms.validators import DataRequired, InputRequired, Length, Optional

from app.core import clock
from app.core.forms import BaseForm, DayField
from app.core.words import lazy_gettext as _l


class ApproveForm(BaseForm):
    """The second person's yes, to what they saw."""

    version = HiddenField(validators=[DataRequired(), Length(max=9)])
    note = StringField(_l("Why the money may go there"), validators=[Optional(), Length(max=300)])

    def seen(self) -> int:
        """Which giving was looked at; one that never was where the form does not say."""
        text = self.version.data or ""
        return int(text) if text.isascii() and text.isdigit() else -1


class ReasonForm(BaseForm):
    """Why the guest is asked anew. They read it."""

    reason = TextAreaField(
        _l("What is wrong (the guest reads this)"),
        validators=[DataRequired(_l("Say what is wrong, so that the guest can mend it.")), Length(max=300)],
    )


class TransferForm(BaseForm):
    """A transfer that is on its way."""

    account = SelectField(_l("Paid from"), validate_choice=True)
    sent_on = DayField(_l("On which day"), validators=[InputRequired(_l("Choose the day."))])
    bank_reference = StringField(
        _l("Reference of the bank"),
        validators=[DataRequired(_l("Write down the reference that the bank gave.")), Length(max=80)],
    )

    def __init__(self, *args: Any, accounts: Sequence[tuple[str, str]], **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.account.choices = [SelectChoice(value, name) for value, name in accounts]
        self.sent_on.data = self.sent_on.data or clock.today()


class HandOverForm(BaseForm):
    """Cash in the guest's hand."""

    village = SelectField(_l("Out of which cash box"), validate_choice=True)
    receiver = StringField(
        _l("Who took it and signed"),
        validators=[DataRequired(_l("Write down who took the money.")), Length(max=120)],
    )

    def __init__(self, *args: Any, boxes: Sequence[tuple[str, str]], **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.village.choices = [SelectChoice(value, name) for value, name in boxes]
