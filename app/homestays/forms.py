"""What guests ask for and what hosts enter, with the words of amenities."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from flask_babel import LazyString
from wtforms import (
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    ValidationError,
)
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]
from wtforms.validators import InputRequired, Length, Optional
from wtforms.widgets import CheckboxInput, ListWidget

from app.core.dates import Nights
from app.core.errors import Invalid
from app.core.forms import BaseForm, CountField, DayField, MoneyField
from app.core.words import gettext as _
from app.core.words import lazy_gettext as _l
from app.homestays.models import Homestay, RoomType
from app.homestays.rules import Amenity
from app.villages.models import Village

AMENITIES: dict[Amenity, LazyString] = {
    Amenity.HOT_WATER: _l("Hot water"),
    Amenity.PRIVATE_BATHROOM: _l("Bathroom of your own"),
    Amenity.SITTING_TOILET: _l("Sitting toilet"),
    Amenity.FAN: _l("Fan"),
    Amenity.AIR_CONDITIONING: _l("Air conditioning"),
    Amenity.WIFI: _l("Wi-Fi"),
    Amenity.KITCHEN: _l("Kitchen to use"),
    Amenity.PARKING: _l("Room for a car"),
    Amenity.BICYCLES: _l("Bicycles"),
    Amenity.GARDEN: _l("Garden"),
    Amenity.TEMPLE_VIEW: _l("The temple in view"),
    Amenity.STEP_FREE: _l("No steps"),
    Amenity.PRAYER_ROOM: _l("Prayer room"),
    Amenity.MEALS: _l("Meals on request"),
}


class RowsField(SelectMultipleField):
    """Several of a list, each as a row with a box."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()


class StaySearchForm(BaseForm):
    """A search by GET: dates, party, place and filters. What is missing has its usual value.

    The ids are those of the search bar, so that the summary of errors leads there.
    """

    class Meta(BaseForm.Meta):
        """Nothing is changed by a search, so it needs no token."""

        csrf = False

    village = SelectField(_l("Village"), id="search-village", default="", validate_choice=False)
    homestay = StringField(_l("House"), default="")
    arrival = DayField(_l("Arrive"), id="search-arrival")
    departure = DayField(_l("Leave"), id="search-departure")
    adults = CountField(_l("Adults"), id="search-adults", default=2)
    children = CountField(_l("Children"), id="search-children", default=0)
    rooms = CountField(_l("Rooms"), validators=[Optional()])
    max_price = MoneyField(_l("At most, for one room and night"), validators=[Optional()])
    amenity = RowsField(
        _l("The house should have"),
        choices=[SelectChoice(code, word) for code, word in AMENITIES.items()],
        validate_choice=False,
    )
    sort = RadioField(
        _l("Show first"),
        choices=[
            SelectChoice("recommended", _l("What fits your party best")),
            SelectChoice("price", _l("The lowest price")),
        ],
        default="recommended",
        validate_choice=False,
    )

    def know_villages(self, villages: Sequence[Village]) -> None:
        """The villages that may be asked for."""
        self.known_villages = {village.slug for village in villages}
        self.village.choices = [SelectChoice(village.slug, village.name) for village in villages]

    def validate_village(self, field: SelectField) -> None:
        """Only villages that are there."""
        if field.data and field.data not in self.known_villages:
            field.data = ""
            raise ValidationError(_("There is no such village here. These are all of them."))

    def validate_departure(self, field: DayField) -> None:
        """Both days or none, and in their order."""
        if self.arrival.errors or field.errors:
            return
        if self.arrival.data is None:
            return
        if field.data is None:
            raise ValidationError(_("Choose the day you leave, too."))
        if field.data <= self.arrival.data:
            raise ValidationError(_("The day you leave comes after the day you arrive."))

    def validate_arrival(self, field: DayField) -> None:
        """Both days or none."""
        if self.departure.data and not field.data and not field.errors:
            raise ValidationError(_("Choose the day you arrive, too."))

    def validate_amenity(self, field: RowsField) -> None:
        """What nobody knows is left out."""
        field.data = [code for code in field.data or [] if code in set(Amenity)]

    def validate_sort(self, field: RadioField) -> None:
        """An unknown order is the usual one."""
        if field.data != "price":
            field.data = "recommended"

    def nights(self) -> Nights | None:
        """The nights asked for, once the form is valid."""
        if self.arrival.data and self.departure.data and self.departure.data > self.arrival.data:
            return Nights(self.arrival.data, self.departure.data)
        return None

    def take_errors(self, error: Invalid) -> None:
        """Put what the rules say beside the fields it is about."""
        for name, message in error.errors:
            field = self._fields.get(name, self.arrival)
            field.errors = [*field.errors, message]


class HouseSearchForm(StaySearchForm):
    """The same on the page of one house, where the day of leaving is chosen after the day of arriving."""

    def validate_departure(self, field: DayField) -> None:
        """After the arrival, where there is one already."""
        if field.data is not None:
            super().validate_departure(field)


class NightsForm(BaseForm):
    """Nights to close or to open again: one room or the whole house."""

    room = SelectField(_l("Which room?"), coerce=int)
    first = DayField(_l("First night"), validators=[InputRequired(_l("Choose the first night."))])
    last = DayField(_l("Last night"), validators=[Optional()])
    note = StringField(
        _l("Why?"),
        validators=[Optional(), Length(max=120, message=_l("Write at most 120 letters."))],
    )

    def __init__(self, homestay: Homestay, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        rooms = [SelectChoice(room.id, room.name) for room in homestay.rooms]
        self.room.choices = [SelectChoice(0, _("The whole house")), *rooms]

    def validate_last(self, field: DayField) -> None:
        """The last night is the first one or a later one."""
        if field.data and self.first.data and field.data < self.first.data:
            raise ValidationError(_("The last night comes after the first one, or is the same."))

    def nights(self) -> Nights:
        """From the first night to the last one, both included; without a last one it is one night."""
        first = self.first.data
        assert first is not None, "asked of a valid form only"
        return Nights(first, (self.last.data or first) + timedelta(days=1))

    def take_errors(self, error: Invalid) -> None:
        """Put what the rules say beside the fields it is about."""
        for name, message in error.errors:
            field = self._fields[name]
            field.errors = [*field.errors, message]


class RatesForm(BaseForm):
    """The three prices of a room type, in rupiah per night."""

    weekday = MoneyField(_l("Weekday"), validators=[InputRequired(_l("Write a price."))])
    saturday = MoneyField(_l("Saturday night"), validators=[InputRequired(_l("Write a price."))])
    holiday = MoneyField(_l("Holiday"), validators=[InputRequired(_l("Write a price."))])
    reason = StringField(
        _l("Why?"),
        validators=[Optional(), Length(max=200, message=_l("Write at most 200 letters."))],
    )

    @classmethod
    def of(cls, room_type: RoomType, *, is_sent: bool = False) -> RatesForm:
        """The form of one room type; what was sent goes only to the form it was sent from."""
        prices = {
            "weekday": room_type.weekday_price,
            "saturday": room_type.saturday_price,
            "holiday": room_type.holiday_price,
        }
        kwargs = {} if is_sent else {"formdata": None}
        return cls(data=prices, prefix=room_type.public_id, **kwargs)

    def take_errors(self, error: Invalid) -> None:
        """Put what the rules say beside the fields it is about."""
        for name, message in error.errors:
            field = self._fields[name]
            field.errors = [*field.errors, message]


class StepForm(BaseForm):
    """One step: a kind of room opened or closed, or a step in the life of a house."""

    wanted = StringField(validators=[InputRequired()])
