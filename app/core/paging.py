"""Places in a list, as opaque text that goes out to a caller and comes back."""

from __future__ import annotations

import base64
import json
from typing import Any

from app.core.errors import Invalid
from app.core.words import gettext as _


def encode_cursor(*values: Any) -> str:
    """An opaque place in a list, stable under inserts."""
    return base64.urlsafe_b64encode(json.dumps(values, default=str).encode()).rstrip(b"=").decode()


def decode_cursor(cursor: str) -> list[Any]:
    """The values of a cursor. Raises Invalid."""
    try:
        values = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (ValueError, RecursionError):
        raise Invalid(
            _("This cursor is not one of ours."), errors=[("cursor", _("unknown cursor"))]
        ) from None
    if not isinstance(values, list):
        raise Invalid(_("This cursor is not one of ours."), errors=[("cursor", _("unknown cursor"))])
    return values
