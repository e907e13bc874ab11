"""What staff type about QRIS: a sheet, what its provider keeps, and what it sent on to the bank."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation

from wtforms import FileField, StringField, TextAreaField, ValidationError
from wtforms.validators import DataRequired, InputRequired, Length, Optional

from app.bookings.forms import MarkedForm
from app.core.forms import DayField, MoneyField
from app.core.words import gettext as _
from app.core.words import lazy_gettext as _l
from app.villages.services import MOST_QRIS_RATE


class SheetForm(MarkedForm):
    """A QRIS sheet for an account."""

    merchant_name = StringField(
        _l("Name on the sheet"), validators=[DataRequired(_l("Type the name on the sheet.")), Length(max=60)]
    )
    nmid = StringField(
        _l("NMID"), validators=[DataRequired(_l("Type the number on the sheet.")), Length(max=20)]
    )
    payload = TextAreaField(_l("Text of the sheet"), validators=[Optional(), Length(max=600)])
    photo = FileField(_l("Picture of the sheet"), validators=[Optional()])
    reason = StringField(_l("Why"), validators=[DataRequired(_l("Say why.")), Length(max=300)])


class EndSheetForm(MarkedForm):
    """Nobody is to scan it any more."""

    reason = StringField(_l("Why"), validators=[DataRequired(_l("Say why.")), Length(max=300)])


class RateForm(MarkedForm):
    """What the provider keeps of each payment, from a day on."""

    rate = StringField(_l("Fee in percent"), validators=[DataRequired(_l("Type the fee.")), Length(max=6)])
    from_on = DayField(_l("From which day"), validators=[InputRequired(_l("Choose the day."))])

    def validate_rate(self, field: StringField) -> None:
        """A percentage as people write it: 0.7, 0,3, 0. Raises ValidationError."""
        if self.basis_points() is None:
            raise ValidationError(_("The fee is a percentage between 0 and 10, for example 0.7."))

    def basis_points(self) -> int | None:
        """The fee in basis points; None where it cannot be read."""
        try:
            points = Decimal((self.rate.data or "").replace(",", ".").removesuffix("%").strip()) * 100
        except InvalidOperation:
            return None
        is_fine = points.is_finite() and points == int(points) and 0 <= points <= MOST_QRIS_RATE
        return int(points) if is_fine else None


class SettledForm(MarkedForm):
    """Money that QRIS sent on to the bank."""

    amount = MoneyField(_l("Amount received"), least=1, validators=[InputRequired(_l("Type the amount."))])
    arrived_on = DayField(_l("On which day"), validators=[InputRequired(_l("Choose the day."))])
    reference = StringField(
        _l("The bank's reference"),
        validators=[
            DataRequired(_l("Write down the bank's reference; each is recorded once.")),
            Length(max=80),
        ],
    )
