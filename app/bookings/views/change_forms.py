"""Other dates, as guests and the desk ask for them: looked at first, then for sure."""

from __future__ import annotations

from datetime import date
from typing import Any

from wtforms import HiddenField, StringField, ValidationError
from wtforms.validators import Length, Optional

from app.bookings.services import Dates
from app.core.dates import Nights
from app.core.errors import Invalid
from app.core.forms import BaseForm, DayField
from app.core.words import gettext as _
from app.core.words import lazy_gettext as _l

SEEN = 16


class DatesForm(BaseForm):
    """Which dates are looked at: the days of a stay, or the public id of a departure (`run`)."""

    class Meta(BaseForm.Meta):
        """Nothing is changed by looking, so it needs no token."""

        csrf = False

    arrival = DayField(_l("Arrive"))
    departure = DayField(_l("Leave"))
    run = HiddenField(validators=[Optional(), Length(max=24)])

    def validate_departure(self, field: DayField) -> None:
        """The day of leaving comes after that of arriving, and both are given."""
        if not self.arrival.data:
            return
        if field.data is None:
            raise ValidationError(_("Choose the day you leave."))
        if field.data <= self.arrival.data:
            raise ValidationError(_("The day you leave comes after the day you arrive."))

    def to(self) -> Dates | None:
        """The dates of a valid form; None where none were asked for."""
        if self.run.data:
            return str(self.run.data)
        arrival, departure = self.arrival.data, self.departure.data
        return Nights(arrival, departure) if arrival and departure else None

    def take_errors(self, error: Invalid) -> None:
        """Put what is wrong beside the days, and the rest on top."""
        for name, message in error.errors or [("", error.message)]:
            field = self._fields.get(name) if name in {"arrival", "departure"} else None
            if field is None:
                self.form_errors.append(message)
            else:
                field.errors = [*field.errors, message]


class ChangeForm(BaseForm):
    """These dates, for the price of the trip that was shown."""

    to = HiddenField(validators=[Length(max=40)])
    expected_total = HiddenField(validators=[Length(max=SEEN)])

    def dates(self) -> Dates:
        """What is chosen. Raises Invalid where it cannot be read."""
        text = self.to.data or ""
        if "." not in text and text:
            return text
        try:
            arrival, departure = (date.fromisoformat(part) for part in text.split("."))
            return Nights(arrival, departure)
        except ValueError:
            raise Invalid(_("Choose the dates once more.")) from None

    def seen(self) -> int | None:
        """The price that was shown, in rupiah; None where the form does not say."""
        text = self.expected_total.data or ""
        return int(text) if text.isascii() and text.isdigit() else None


class DeskChangeForm(ChangeForm):
    """The same by the desk, with a reason."""

    reason = StringField(_l("Why"), validators=[Length(max=500)])

    def validate_reason(self, field: StringField) -> None:
        """Whoever acts for a guest says why."""
        if not (field.data or "").strip():
            raise ValidationError(_("Say why, in a few words."))


def written(to: Dates) -> str:
    """Dates as a hidden field carries them."""
    return to if isinstance(to, str) else f"{to.arrival.isoformat()}.{to.departure.isoformat()}"


def form_for(to: Dates | None, **details: Any) -> DatesForm:
    """The form that shows these dates."""
    if isinstance(to, Nights):
        details |= {"arrival": to.arrival, "departure": to.departure}
    return DatesForm(formdata=None, data=details)
