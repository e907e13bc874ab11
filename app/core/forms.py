"""The base form and the fields that read what people really type: money, phones, nights."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from typing import Any

import phonenumbers
from flask_wtf import FlaskForm
from wtforms import DateField, Field, IntegerField, StringField, TextAreaField, ValidationError
from wtforms.widgets import TextInput

from app.core.money import Rupiah
from app.core.words import gettext as _

LAST_YEAR = 2999
"""No day of ours lies later. At the very end of the calendar there is no day after, and reckoning fails."""

# Not "m": a million to one reader, a milliard to another.
_MONEY = re.compile(r"(\d[\d.,]*)(rb|ribu|k|jt|juta)?")
_LINE_ENDS = re.compile(r"\s*[\n\u2028\u2029]\s*")
_SCALE = {"rb": 1_000, "ribu": 1_000, "k": 1_000, "jt": 1_000_000, "juta": 1_000_000}
MOST_RUPIAH = 10**12


class BaseForm(FlaskForm):
    """A form with CSRF protection whose texts are cleaned before anything looks at them."""

    class Meta(FlaskForm.Meta):
        """Cleans every text field."""

        def bind_field(self, form: Any, unbound_field: Any, options: Any) -> Any:
            """Put the cleaning filter on each text field."""
            kind = unbound_field.field_class
            if issubclass(kind, StringField):
                clean = clean_text if issubclass(kind, TextAreaField) else clean_line
                options["filters"] = [*options.get("filters", []), clean]
            return unbound_field.bind(form=form, **options)


def clean_text(text: Any) -> Any:
    """One Unicode form, no control characters, no NUL; bidirectional overrides go, right-to-left letters stay."""
    if not isinstance(text, str):
        return text
    kept = (char for char in unicodedata.normalize("NFC", text) if char == "\n" or not _is_harmful(char))
    return "".join(kept).strip()


def clean_line(text: Any) -> Any:
    """The same on one line: a name with lines of its own would write paragraphs into letters that we send."""
    return _LINE_ENDS.sub(" ", clean_text(text)) if isinstance(text, str) else text


def _is_harmful(char: str) -> bool:
    return (
        unicodedata.category(char) in {"Cc", "Cs"}
        or char in "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
    )


def parse_money(text: str) -> Rupiah:
    """Rupiah as typed: 150000, 150.000, Rp150.000, 150rb, 1,5 jt. Raises ValueError."""
    compact = re.sub(r"\s|^rp\.?", "", text.strip().lower()).removesuffix(",-")
    match = _MONEY.fullmatch(compact)
    if match is None:
        raise ValueError(text)
    digits, unit = match.groups()
    amount = _scaled(digits, _SCALE[unit]) if unit else _grouped(digits)
    if amount > MOST_RUPIAH:
        raise ValueError(text)
    return amount


def _grouped(digits: str) -> int:
    """Without a unit a mark is for thousands only: 150.000 is a price, 150.5 and 0.150 are mistakes."""
    groups = re.split(r"[.,]", digits)
    is_mixed = "." in digits and "," in digits
    is_odd = (
        not 1 <= len(groups[0]) <= 3 or groups[0][0] == "0" or any(len(group) != 3 for group in groups[1:])
    )
    if len(groups) > 1 and (is_mixed or is_odd):
        raise ValueError(digits)
    return int("".join(groups))


def _scaled(digits: str, scale: int) -> int:
    """With a unit a mark is for the part: 1,5 jt. Three digits after it could be thousands (1.500rb): refused."""
    whole, mark, part = digits.replace(".", ",").partition(",")
    if (mark and not part.isdecimal()) or len(part) > 2:
        raise ValueError(digits)
    return int(whole) * scale + (int(part) * scale // 10 ** len(part) if part else 0)


class MoneyField(Field):
    """Whole rupiah; keeps what was typed when it cannot be read."""

    widget = TextInput()

    def __init__(self, *args: Any, least: Rupiah = 0, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.least = least

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return "" if self.data is None else f"{self.data:,}".replace(",", ".")

    def process_formdata(self, valuelist: Sequence[str]) -> None:
        """Read the amount. Raises ValueError, which WTForms shows beside the field."""
        if not valuelist or not valuelist[0].strip():
            self.data = None
            return
        try:
            self.data = parse_money(valuelist[0])
        except ValueError:
            self.data = None
            raise ValueError(_("This amount could not be read. Example: 150.000 or 150rb")) from None
        if self.data < self.least:
            raise ValueError(_("The amount is too small."))


def normalise_phone(text: str) -> str:
    """A phone number as E.164; 08… and 62… are Indonesian. Raises ValueError with a message for people."""
    digits = re.sub(r"[^\d+]", "", text)
    if digits.startswith("62"):
        digits = "+" + digits
    try:
        number = phonenumbers.parse(digits, "ID")
    except phonenumbers.NumberParseException:
        raise ValueError(_("This number could not be read. Example: 0812 3456 7890")) from None
    if phonenumbers.is_possible_number_with_reason(number) == phonenumbers.ValidationResult.TOO_SHORT:
        raise ValueError(_("That number is too short. Example: 0812 3456 7890"))
    if not phonenumbers.is_possible_number(number):
        raise ValueError(_("This is not a phone number. Example: 0812 3456 7890"))
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


class PhoneField(StringField):
    """A phone number, kept as E.164."""

    def pre_validate(self, form: Any) -> None:
        """Normalise the number. Raises ValidationError."""
        if not self.data:
            return
        try:
            self.data = normalise_phone(self.data)
        except ValueError as error:
            raise ValidationError(str(error)) from None


class CountField(IntegerField):
    """A small whole number with its own words for nonsense."""

    def process_formdata(self, valuelist: Sequence[str]) -> None:
        """Read the number. Raises ValueError, which WTForms shows beside the field."""
        if not valuelist or not str(valuelist[0]).strip():
            return
        text = str(valuelist[0]).strip()
        if not re.fullmatch(r"-?\d{1,9}", text):
            self.data = None
            raise ValueError(_("Please give a whole number."))
        self.data = int(text)


class DayField(DateField):
    """A village date, as a calendar sends it or as people write it: 2027-05-01, 1/5/2027, 1-5-2027, 1.5.2027."""

    def __init__(self, label: Any = None, validators: Any = None, **kwargs: Any) -> None:
        formats = ["%Y-%m-%d", "%d/%m/%Y", "%d-%m-%Y", "%d.%m.%Y"]
        super().__init__(label, validators, format=formats, **kwargs)

    def process_formdata(self, valuelist: list[Any]) -> None:
        """Read the day. Raises ValueError, which WTForms shows beside the field."""
        if not valuelist or not str(valuelist[0]).strip():
            return
        try:
            super().process_formdata([str(valuelist[0]).strip()])
            if self.data is not None and self.data.year > LAST_YEAR:
                raise ValueError(self.data)
        except ValueError:
            self.data = None
            raise ValueError(_("This date could not be read. Example: 31/12/2027")) from None
