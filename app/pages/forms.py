"""Nights and party as a guest gives them in an address."""

from __future__ import annotations

from typing import Any

from wtforms import DateField
from wtforms.validators import InputRequired

from app.core.dates import Nights
from app.core.errors import Invalid
from app.core.forms import BaseForm, CountField
from app.core.words import gettext as _
from app.core.words import lazy_gettext as _l
from app.homestays.inventory.search import StaySearch, check_nights, check_party


class NightsForm(BaseForm):
    """A search by address: nothing is changed by it, so it carries no token."""

    class Meta(BaseForm.Meta):
        """Comes by GET."""

        csrf = False

    arrival = DateField(_l("Arrive"), validators=[InputRequired()])
    departure = DateField(_l("Leave"), validators=[InputRequired()])
    adults = CountField(_l("Adults"), default=2)
    children = CountField(_l("Children"), default=0)

    def search(self, village: str) -> StaySearch:
        """What is asked for in this village. Raises Invalid with a message for the guest."""
        if not self.validate():
            raise Invalid(_("These dates could not be read. Choose the days once more."))
        arrival, departure = self.arrival.data, self.departure.data
        if arrival is None or departure is None or departure <= arrival:
            raise Invalid(_("You leave before you arrive. Choose the days once more."))
        nights = Nights(arrival, departure)
        adults, children = _count(self.adults, 2), _count(self.children, 0)
        check_nights(nights)
        check_party(adults, children)
        return StaySearch(nights, adults, children, village=village)


def _count(field: Any, default: int) -> int:
    return default if field.data is None else int(field.data)
