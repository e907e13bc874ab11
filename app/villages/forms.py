"""What the manager enters about a village."""

from __future__ import annotations

import re
from collections.abc import Iterable

from wtforms import BooleanField, SelectField, StringField, ValidationError
from wtforms.validators import InputRequired, NumberRange

from app.core.forms import BaseForm, CountField
from app.core.words import gettext as _
from app.core.words import lazy_gettext as _l
from app.villages.models import Village

TEMPLE = "temple"


class RoadForm(BaseForm):
    """How far one place is from another by road."""

    to = SelectField(_l("To"), validators=[InputRequired(_l("Choose where the road leads."))])
    km = StringField(_l("Kilometres by road"), validators=[InputRequired(_l("How many kilometres is it?"))])
    minutes = CountField(
        _l("Minutes by car"),
        validators=[
            InputRequired(_l("How many minutes does it take?")),
            NumberRange(1, 600, _l("Between 1 and 600 minutes.")),
        ],
    )
    is_driven = BooleanField(
        _l("Somebody has driven it"), description=_l("Without this tick guests read “estimate” beside it.")
    )

    def choose_among(self, others: Iterable[Village]) -> RoadForm:
        """Offer the temple and the other villages."""
        self.to.choices = [(TEMPLE, _("The temple")), *((village.slug, village.name) for village in others)]
        return self

    def validate_km(self, field: StringField) -> None:
        """A distance as people write it: 14 or 7,5. Raises ValidationError."""
        text = (field.data or "").strip()
        if not re.fullmatch(r"\d{1,3}([.,]\d{1,2})?", text) or not 0 < self.metres <= 200_000:
            raise ValidationError(_("Give the kilometres as a number, for example 7 or 7,5."))

    @property
    def metres(self) -> int:
        """The distance in metres."""
        return round(float((self.km.data or "0").strip().replace(",", ".")) * 1000)
