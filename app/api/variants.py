"""An object that has one of several shapes, told apart by its `kind`; in the description a choice with a discriminator."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from marshmallow import Schema, ValidationError, fields

from app.api.fields import Worded
from app.core.words import gettext as _
from app.core.words import lazy_gettext as _l

KIND = "kind"


class OneOf(Worded, fields.Field[Any]):
    """An object whose `kind` says which of these shapes it has. What is wrong is named inside of that shape."""

    wrong = _l("This must be an object with named fields.")

    def __init__(self, shapes: Mapping[str, type[Schema]], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.shapes = shapes

    def _deserialize(self, value: Any, attr: Any, data: Any, **_kwargs: Any) -> Any:
        if not isinstance(value, dict):
            raise self.make_error("invalid")
        if KIND not in value:
            raise ValidationError({KIND: [_("This is missing.")]})
        kind = value[KIND]
        if not (isinstance(kind, str) and kind in self.shapes):
            message = _("Choose one of: %(choices)s.", choices=", ".join(self.shapes))
            raise ValidationError({KIND: [message]})
        return self.shapes[kind]().load(value)

    def _serialize(self, value: Any, attr: Any, obj: Any, **_kwargs: Any) -> Any:
        return self.shapes[value[KIND]]().dump(value)


def one_of_properties(converter: Any, field: fields.Field[Any], **_kwargs: Any) -> dict[str, Any]:
    """How a choice of shapes is described; for the converter of the description."""
    if not isinstance(field, OneOf):
        return {}
    refs = {kind: converter.resolve_nested_schema(shape) for kind, shape in field.shapes.items()}
    mapping = {kind: ref["$ref"] for kind, ref in refs.items()}
    return {"oneOf": list(refs.values()), "discriminator": {"propertyName": KIND, "mapping": mapping}}
