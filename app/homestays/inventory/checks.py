"""What can be searched for and quoted at all: nights that are sold, parties that find room. Raises Invalid."""

from __future__ import annotations

from datetime import timedelta

from app.core import clock
from app.core.dates import Nights
from app.core.errors import Invalid
from app.core.words import gettext as _
from app.homestays.rules import DAYS_AHEAD, MOST_NIGHTS, MOST_PARTY


def check_nights(nights: Nights) -> None:
    """Refuse nights that cannot be sold: past, too many, too far ahead. Raises Invalid."""
    today = clock.today()
    if nights.arrival < today:
        message = _("The arrival is in the past. Choose today or a later day.")
        raise Invalid(message, errors=[("arrival", message)])
    if len(nights) > MOST_NIGHTS:
        message = _("A stay is at most %(nights)d nights. For longer, ask the village.", nights=MOST_NIGHTS)
        raise Invalid(message, errors=[("departure", message)])
    if nights.departure > today + timedelta(days=DAYS_AHEAD):
        message = _("The villages do not plan that far ahead yet.")
        raise Invalid(message, errors=[("departure", message)])


def check_party(adults: int, children: int) -> None:
    """Refuse parties that cannot be lodged by a search. Raises Invalid."""
    if adults < 1:
        message = _("At least one adult must come along.")
        raise Invalid(message, errors=[("adults", message)])
    if children < 0 or adults + children > MOST_PARTY:
        message = _("We search for parties of up to %(most)d. For more, ask the village.", most=MOST_PARTY)
        raise Invalid(message, errors=[("adults" if children >= 0 else "children", message)])
