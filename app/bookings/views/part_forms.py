"""What a guest, or the desk for one, chooses to keep of a line."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import Any

from wtforms import HiddenField, SelectField, StringField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]
from wtforms.validators import Length, Optional

from app.bookings import queries
from app.bookings.forms import MarkedForm, RowsField
from app.bookings.models import Booking, BookingLine, Participant
from app.bookings.rules import LineKind, Rest
from app.bookings.services import Reduction, line_at, part_cancellation_of
from app.core.errors import Invalid
from app.core.filters import long_date
from app.core.words import gettext as _
from app.core.words import lazy_gettext as _l


class PartForm(MarkedForm):
    """What stays of a line, chosen from what it has now; fields that say nothing about its kind are left out.

    It comes twice: first to be looked at, then, with the same choices and the sum that was shown, to be done.
    """

    arrival = SelectField(_l("Arrive"))
    departure = SelectField(_l("Leave"))
    quantity = SelectField(coerce=int)
    adults = SelectField(_l("Adults who come"), coerce=int)
    children = SelectField(_l("Children who come"), coerce=int)
    without = RowsField(_l("Who does not come?"), coerce=int)
    reason = StringField(_l("Why?"), validators=[Optional(), Length(max=300)])
    looked_at = HiddenField(validators=[Length(max=400)])
    expected_refund = HiddenField(validators=[Length(max=16)])

    def __init__(self, *args: Any, line: BookingLine, names: Sequence[Participant], **kwargs: Any) -> None:
        now = {name: getattr(line, name) for name in ("quantity", "adults", "children")}
        days = {"arrival": line.arrival.isoformat(), "departure": line.departure.isoformat()}
        super().__init__(*args, data=now | days, **kwargs)
        self.quantity.label.text = _("Rooms") if line.kind == LineKind.STAY else _("Pieces")
        self.quantity.choices = _numbers(1, line.quantity)
        self.adults.choices = _numbers(1, line.adults)
        self.children.choices = _numbers(0, line.children)
        self.without.choices = [SelectChoice(one.position, one.name) for one in names]
        nights = [line.arrival + timedelta(days=at) for at in range((line.departure - line.arrival).days)]
        self.arrival.choices = _days(nights)
        self.departure.choices = _days(day + timedelta(days=1) for day in nights)
        for name in ("arrival", "departure", "quantity", "adults", "children", "without"):
            field = self._fields[name]
            if len(field.choices or []) < (1 if name == "without" else 2) or not _is_about(line.kind, name):
                self.__delitem__(name)

    def rest(self) -> Rest:
        """What is to stay."""
        chosen = {name: field.data for name, field in self._fields.items()}
        return Rest(
            arrival=_day(chosen.get("arrival")),
            departure=_day(chosen.get("departure")),
            quantity=chosen.get("quantity"),
            adults=chosen.get("adults"),
            children=chosen.get("children"),
            without=frozenset(chosen.get("without") or ()),
        )

    def choices_made(self) -> str:
        """The choices as one text: what was looked at is what is done."""
        rest = self.rest()
        days = f"{rest.arrival}.{rest.departure}"
        return f"{days}.{rest.quantity}.{rest.adults}.{rest.children}.{sorted(rest.without)}"

    def seen(self) -> int | None:
        """The sum that was shown for these very choices, in rupiah; None where nothing was."""
        text = self.expected_refund.data or ""
        is_same = self.looked_at.data == self.choices_made()
        return int(text) if is_same and text.isascii() and text.isdigit() else None


def _is_about(kind: LineKind, name: str) -> bool:
    """Whether a field asks about something that a kind of line has."""
    if kind == LineKind.STAY:
        return name != "without"
    return name == "quantity" if kind == LineKind.PRODUCT else name in {"adults", "children", "without"}


def _numbers(least: int, most: int) -> list[SelectChoice]:
    return [SelectChoice(number, str(number)) for number in range(least, most + 1)]


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def _days(days: Iterable[date]) -> list[SelectChoice]:
    return [SelectChoice(day.isoformat(), long_date(day)) for day in days]


def part_form(booking: Booking, position: int, *, is_sent: bool) -> PartForm:
    """The choices that a line has now, as they were sent or as the line is. Raises NotFound."""
    line = line_at(booking=booking, position=position)
    names = queries.participants_of(line)
    return PartForm(line=line, names=names) if is_sent else PartForm(None, line=line, names=names)


def look_at_part(booking: Booking, position: int, form: PartForm) -> Reduction | None:
    """What the choices of a form would do now, noted in the form as seen; None, with words beside the fields, where
    they cannot be. Raises WrongState.
    """
    try:
        part = part_cancellation_of(booking=booking, position=position, rest=form.rest())
    except Invalid as error:
        form.take_errors(error)
        return None
    form.looked_at.data, form.expected_refund.data = form.choices_made(), str(part.answer.refund)
    return part
