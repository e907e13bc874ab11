"""What staff type when the house cancels, a guest leaves early or does not come, and when a period is closed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from wtforms import BooleanField, HiddenField, SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]
from wtforms.validators import DataRequired, InputRequired, Length, Optional

from app.bookings.forms import MarkedForm, RowsField
from app.bookings.rules import HouseReason
from app.core.forms import CountField, DayField, MoneyField
from app.core.words import gettext as _
from app.core.words import lazy_gettext as _l

REASONS = {
    HouseReason.HOUSE: _l("Something in the house is broken"),
    HouseReason.FAMILY: _l("A family matter of the host"),
    HouseReason.ILLNESS: _l("Somebody is ill"),
    HouseReason.ASH: _l("Ash from the volcano"),
    HouseReason.ROAD: _l("The road is cut"),
    HouseReason.WEATHER: _l("The weather"),
    HouseReason.OTHER: _l("Something else"),
}
MOST_WORDS = 500


class ReasonForm(MarkedForm):
    """Why, in a few words."""

    reason = StringField(
        _l("Why"), validators=[DataRequired(_l("Say why, in a few words.")), Length(max=MOST_WORDS)]
    )


class HouseCancelForm(MarkedForm):
    """Why the house or village cancels: for the statistics, and for the guest."""

    code = SelectField(_l("What happened"))
    words = TextAreaField(
        _l("What the guest is told"),
        validators=[DataRequired(_l("Tell the guest why, in a sentence.")), Length(max=MOST_WORDS)],
    )

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.code.choices = reason_choices()


class LeaveForm(ReasonForm):
    """On which day a guest left, and how many of the last nights are given back whatever the terms say."""

    leaves_on = DayField(_l("Leaves on"), validators=[InputRequired(_l("Choose the day."))])
    nights_back = CountField(_l("Nights given back"), validators=[Optional()])


class NoShowForm(ReasonForm):
    """Whether the nights of a guest who did not come are sold again."""

    free = BooleanField(_l("Sell the nights still to come again"))


class GiveBackForm(ReasonForm):
    """How much of a line goes back after the stay."""

    amount = MoneyField(_l("Amount"), least=1, validators=[InputRequired(_l("Type the amount."))])


class ClosureForm(MarkedForm):
    """What is closed: where, from which night to which, and why."""

    villages = RowsField(_l("Villages"))
    house = HiddenField(validators=[Optional(), Length(max=80)])
    departure = HiddenField(validators=[Optional(), Length(max=24)])
    first = DayField(_l("First night"), validators=[InputRequired(_l("Choose the day."))])
    last = DayField(_l("Last night"), validators=[InputRequired(_l("Choose the day."))])
    stays = BooleanField(_l("Stays"), default=True)
    packages = BooleanField(_l("Tour packages"), default=True)
    code = SelectField(_l("What happened"))
    words = TextAreaField(
        _l("What the guests are told"),
        validators=[DataRequired(_l("Tell the guests why, in a sentence.")), Length(max=MOST_WORDS)],
    )

    def __init__(self, *args: Any, villages: Sequence[tuple[str, str]], **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.villages.choices = [SelectChoice(slug, name) for slug, name in villages]
        self.code.choices = reason_choices()

    def validate_last(self, field: DayField) -> None:
        """The last night is not before the first."""
        if field.data and self.first.data and field.data < self.first.data:
            raise ValueError(_("The last night comes before the first one."))


def reason_choices() -> list[SelectChoice]:
    """The reasons, in the reader's words."""
    return [SelectChoice(reason.value, words) for reason, words in REASONS.items()]
