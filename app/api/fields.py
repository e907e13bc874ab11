"""What programs may send, field by field: read strictly, refused in words of the reader's language."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from flask_babel import LazyString
from marshmallow import EXCLUDE, RAISE, Schema, ValidationError, fields, validate

from app.bookings.forms import check_email, countries
from app.core.forms import clean_line, normalise_phone
from app.core.words import gettext as _
from app.core.words import lazy_gettext as _l

MOST_NUMBER = 10**15
"""Larger than any figure here, and still exact in every reader of JSON."""


class Request(Schema):
    """What is sent: a name that is not asked for is refused, so that a typing error is not silently ignored."""

    error_messages = {
        "unknown": _l("There is no such field here."),
        "type": _l("This must be an object with named fields."),
    }

    class Meta:
        """Also where a library would let unknown names pass."""

        unknown = RAISE


class Answer(Schema):
    """What is given: every name is always there, and more may be added."""

    class Meta:
        """Nothing here is read from outside; the description leaves room for additions."""

        unknown = EXCLUDE

    def on_bind_field(self, field_name: str, field_obj: Any) -> None:
        """Say in the description that the field is always there."""
        field_obj.required = True


class Worded:
    """Says what is wrong in our own words."""

    wrong: LazyString = _l("This could not be read.")

    def make_error(self, key: str, **_kwargs: Any) -> ValidationError:
        """The error for a value that is missing, empty or of another kind."""
        text = {"required": _("This is missing."), "null": _("This may not be empty.")}.get(key)
        return ValidationError(text or str(self.wrong))


class Between(validate.Range):
    """A range in our own words."""

    def _format_error(self, value: Any, message: str) -> str:
        return _("Give a number from %(least)s to %(most)s.", least=self.min, most=self.max)


class Size(validate.Length):
    """How long a text or a list may be, in our own words."""

    def _format_error(self, value: Any, message: str) -> str:
        if isinstance(value, list):
            return _("Give %(least)d to %(most)d of these.", least=self.min or 0, most=self.max or 0)
        if not value:
            return _("This may not be empty.")
        return _("Give %(least)d to %(most)d characters.", least=self.min or 0, most=self.max or 0)


class Choice(validate.OneOf):
    """One of a list, in our own words."""

    def _format_error(self, value: Any) -> str:
        return _("Choose one of: %(choices)s.", choices=", ".join(str(choice) for choice in self.choices))


class Text(Worded, fields.String):
    """A line of text as people write it: any script, emoji too; control characters go, a NUL is refused."""

    wrong = _l("This must be a text.")

    def __init__(self, *, least: int = 1, most: int = 120, **kwargs: Any) -> None:
        super().__init__(validate=Size(least, most), **kwargs)

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> str:
        text = super()._deserialize(value, *args, **kwargs)
        if "\0" in text:
            raise ValidationError(_("This contains a character that no text has."))
        return str(clean_line(text))


class Code(Worded, fields.String):
    """An opaque name of ours, such as a room type or a slug."""

    wrong = _l("This must be a text.")
    shape = re.compile(r"[A-Za-z0-9_-]+", re.ASCII)

    def __init__(self, *, most: int = 80, among: Sequence[str] = (), **kwargs: Any) -> None:
        super().__init__(validate=Choice(among) if among else Size(1, most), **kwargs)

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> str:
        text = super()._deserialize(value, *args, **kwargs)
        if not self.shape.fullmatch(text):
            raise ValidationError(_("There is nothing of that name here."))
        return text


class Whole(Worded, fields.Integer):
    """A whole number as JSON has it: no text, no fraction."""

    wrong = _l("Please give a whole number.")

    def __init__(self, least: int, most: int = MOST_NUMBER, **kwargs: Any) -> None:
        super().__init__(strict=True, validate=Between(least, most), **kwargs)


class Digits(Worded, fields.Integer):
    """A whole number as an address has it: digits, perhaps with a minus before them."""

    wrong = _l("Please give a whole number.")

    def __init__(self, least: int, most: int = MOST_NUMBER, **kwargs: Any) -> None:
        super().__init__(validate=Between(least, most), **kwargs)

    def _validated(self, value: Any) -> int:
        if not (isinstance(value, str) and re.fullmatch(r"-?[0-9]{1,15}", value)):
            raise self.make_error("invalid")
        return int(value)


class Day(Worded, fields.Date):
    """A village date, YYYY-MM-DD and nothing else."""

    wrong = _l("Give a date as YYYY-MM-DD.")

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> date:
        if not (isinstance(value, str) and re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value)):
            raise self.make_error("invalid")
        try:
            return date.fromisoformat(value)
        except ValueError:
            raise self.make_error("invalid") from None


class Month(Worded, fields.String):
    """A month, YYYY-MM, of this century."""

    wrong = _l("Give a month as YYYY-MM.")

    def __init__(self, **kwargs: Any) -> None:
        metadata = {"pattern": "^20[0-9]{2}-(0[1-9]|1[0-2])$", **kwargs.pop("metadata", {})}
        super().__init__(metadata=metadata, **kwargs)

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> str:
        if not (isinstance(value, str) and re.fullmatch(r"20[0-9]{2}-(0[1-9]|1[0-2])", value)):
            raise self.make_error("invalid")
        return value


class Email(Text):
    """An e-mail address; its domain is not asked whether it exists."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(most=254, **kwargs)

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> str:
        return _worded(check_email, super()._deserialize(value, *args, **kwargs))


class Phone(Text):
    """A phone number as people write it; 08… is Indonesian."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(most=30, **kwargs)

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> str:
        return _worded(normalise_phone, super()._deserialize(value, *args, **kwargs))


class Country(Worded, fields.String):
    """A country as two letters (ISO 3166-1 alpha-2)."""

    wrong = _l("Give a country as two letters, such as ID.")

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> str:
        text = str(super()._deserialize(value, *args, **kwargs)).upper()
        if text not in dict(countries()):
            raise self.make_error("invalid")
        return text


class Moment(fields.AwareDateTime):
    """An instant as it is given: ISO 8601 with offset, to the second."""

    def _serialize(self, value: Any, *_args: Any, **_kwargs: Any) -> str | None:
        return None if value is None else str(value.isoformat(timespec="seconds"))


class Parts(Worded, fields.List[Any]):
    """A list."""

    wrong = _l("This must be a list.")


class Part(Worded, fields.Nested):
    """An object inside."""

    wrong = _l("This must be an object with named fields.")


class OneKind(Worded, fields.Field[Any]):
    """An object of one of several kinds, each with fields of its own; its `kind` says which."""

    wrong = _l("This must be an object with named fields.")

    def __init__(self, kinds: Mapping[str, type[Schema]], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.kinds = {kind: schema() for kind, schema in kinds.items()}

    def _serialize(self, value: Any, *_args: Any, **_kwargs: Any) -> Any:
        return self.kinds[value["kind"]].dump(value)

    def _deserialize(self, value: Any, *_args: Any, **_kwargs: Any) -> Any:
        if not isinstance(value, dict):
            raise self.make_error("invalid")
        kind = value.get("kind")
        if kind is None:
            missing = _("This may not be empty.") if "kind" in value else _("This is missing.")
            raise ValidationError({"kind": [missing]})
        if not isinstance(kind, str) or kind not in self.kinds:
            raise ValidationError({"kind": [_("Choose one of: %(choices)s.", choices=", ".join(self.kinds))]})
        return self.kinds[kind].load(value)


class NotYet(fields.Raw):
    """What the contract has a name for and nobody offers yet: better refused than silently not done."""

    def __init__(self, *, wrong: LazyString, **kwargs: Any) -> None:
        told = {"description": "Not offered yet: leave it out, or empty."}
        super().__init__(load_default=None, allow_none=True, metadata=told, **kwargs)
        self.wrong = wrong

    def _deserialize(self, value: Any, *_args: Any, **_kwargs: Any) -> None:
        if value not in ("", [], {}) or value is False:
            raise ValidationError(str(self.wrong))


class KeyHeader(Request):
    """What makes a repeated request the same one."""

    key = Text(
        most=200,
        required=True,
        data_key="Idempotency-Key",
        metadata={"description": "The same key with the same body gives the first answer again."},
    )


def _worded(read: Any, text: str) -> str:
    try:
        return str(read(text))
    except ValueError as error:
        raise ValidationError(str(error)) from None
