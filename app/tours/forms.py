"""What guests ask for and what guides enter, with the words of kinds and units."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date, time, timedelta
from typing import Any

from flask_babel import LazyString
from wtforms import SelectField, StringField, ValidationError
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]
from wtforms.validators import InputRequired, Optional

from app.core.errors import Invalid
from app.core.forms import BaseForm, CountField, DayField, MoneyField
from app.core.words import gettext as _
from app.core.words import lazy_gettext as _l
from app.tours.models import Package
from app.tours.rules import PackageKind
from app.villages.models import Village

KINDS: dict[PackageKind, LazyString] = {
    PackageKind.COOKING: _l("Cooking and eating together"),
    PackageKind.PARAGLIDING: _l("Paragliding"),
    PackageKind.JEMPARINGAN: _l("Jemparingan, archery sitting down"),
    PackageKind.CRAFT: _l("Making things by hand"),
    PackageKind.CULTURE: _l("Music, dance and village life"),
    PackageKind.NATURE: _l("Hills, paths and views"),
    PackageKind.RIDE: _l("Rides"),
    PackageKind.WATER: _l("On the water"),
    PackageKind.FARM: _l("Fields and gardens"),
    PackageKind.GAME: _l("Games"),
}

USUAL_DAYS = 14
USUAL_PARTY = 2


class HourField(StringField):
    """A clock time in the village, as people write it: 09:00, 9.30, 9."""

    at: time | None = None

    def process_formdata(self, valuelist: list[Any]) -> None:
        """Read the time; what cannot be read stays as it was typed. Raises ValueError, shown beside the field."""
        super().process_formdata(valuelist)
        text = (self.data or "").strip().lower().removesuffix("wib").strip()
        if not text:
            return
        match = re.fullmatch(r"(\d{1,2})(?:[.:](\d{2}))?", text)
        if match is None or int(match[1]) > 23 or int(match[2] or 0) > 59:
            raise ValueError(_("This time could not be read. Example: 09:00"))
        self.at = time(int(match[1]), int(match[2] or 0))


class NamedErrors(BaseForm):
    """A form whose errors from the rules go by the names that are sent."""

    def take_errors(self, error: Invalid, usual: str | None = None) -> None:
        """Put what the rules say beside the fields it is about; what has no field here stands above the form."""
        by_name = {field.short_name: field for field in self}
        for name, message in error.errors:
            field = by_name.get(name) or by_name.get(usual or "")
            if field is None:
                self.form_errors.append(message)
            else:
                field.errors = [*field.errors, message]


class PackageSearchForm(NamedErrors):
    """A search by GET: days, party, village and kind. What is missing has its usual value."""

    class Meta(BaseForm.Meta):
        """Nothing is changed by a search, so it needs no token."""

        csrf = False

    village = SelectField(_l("Which village?"), default="", validate_choice=False)
    start = DayField(_l("From"), name="from")
    end = DayField(_l("To"), name="to")
    party = CountField(_l("People"), default=USUAL_PARTY)
    kind = SelectField(_l("Things to do"), default="", validate_choice=False)

    def know_villages(self, villages: Sequence[Village]) -> None:
        """The villages that may be asked for."""
        self.known_villages = {village.slug for village in villages}
        named = [SelectChoice(village.slug, village.name) for village in villages]
        self.village.choices = [SelectChoice("", _("All villages")), *named]
        self.kind.choices = [SelectChoice("", _("Anything"))] + [
            SelectChoice(code, word) for code, word in KINDS.items()
        ]

    def validate_village(self, field: SelectField) -> None:
        """Only villages that are there."""
        if field.data and field.data not in self.known_villages:
            field.data = ""
            raise ValidationError(_("There is no such village here. These are all of them."))

    def validate_kind(self, field: SelectField) -> None:
        """Only kinds that are there."""
        if field.data and field.data not in set(PackageKind):
            field.data = ""
            raise ValidationError(_("Nobody offers this yet. These are all kinds there are."))

    def days(self, today: date) -> tuple[date, date]:
        """The first day asked for and the day after the last one; by default the coming two weeks."""
        first = self.start.data or today
        last = self.end.data or first + timedelta(days=USUAL_DAYS - 1)
        return first, last + timedelta(days=1)

    def show_days(self, start: date, end: date) -> None:
        """Write the days that were searched into fields that were left empty."""
        for field, day in ((self.start, start), (self.end, end - timedelta(days=1))):
            field.data, field.raw_data = day, None


class JoinForm(NamedErrors):
    """On the page of one package, by GET: who comes, and from which day departures are shown."""

    class Meta(BaseForm.Meta):
        """Nothing is changed by looking, so it needs no token."""

        csrf = False

    adults = CountField(_l("Adults"))
    children = CountField(_l("Children"), default=0)
    start = DayField(_l("Departures from"), name="from")

    @classmethod
    def of(cls, package: Package, asked: Mapping[str, str]) -> JoinForm:
        """The form for a package: a search's `party` are adults, and the usual party is one that it takes."""
        usual = min(max(USUAL_PARTY, package.min_party), package.max_party)
        party = asked.get("party", "")
        given = int(party) if re.fullmatch(r"\d{1,3}", party) else usual
        form = cls(formdata=asked, data={"adults": given, "children": 0})
        if not package.takes_children:
            form.children.data = form.children.data or 0
        return form


class DepartureForm(NamedErrors):
    """A departure to add: its day, hour and places; the same for some weeks; a price of its own."""

    on = DayField(_l("Day"), validators=[InputRequired(_l("Choose a day."))])
    at = HourField(_l("Starts at"), validators=[InputRequired(_l("Write the hour. Example: 09:00"))])
    seats = CountField(_l("Places"), validators=[InputRequired(_l("How many places are there?"))])
    weeks = CountField(_l("For how many weeks?"), default=1)
    price = MoneyField(_l("A price of its own"), validators=[Optional()])

    def validate_weeks(self, field: CountField) -> None:
        """An empty number of weeks is one."""
        field.data = 1 if field.data is None else field.data


class SeatsForm(NamedErrors):
    """How many places a departure has from now on."""

    seats = CountField(_l("Places"), validators=[InputRequired(_l("How many places are there?"))])

    @classmethod
    def of(cls, public_id: str, seats: int, *, is_sent: bool = False) -> SeatsForm:
        """The form of one departure; what was sent goes only to the form it was sent from."""
        kwargs: dict[str, Any] = {} if is_sent else {"formdata": None}
        return cls(data={"seats": seats}, prefix=public_id, **kwargs)


class StepForm(BaseForm):
    """One step: a departure opened, closed or cancelled, or a step in the life of a package."""

    wanted = StringField(validators=[InputRequired()])
