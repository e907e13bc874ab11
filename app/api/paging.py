"""Lists by cursor: the place of the last item seen, so that what is added before it moves nothing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from app.api.fields import Code, Digits, Request
from app.core.errors import Invalid
from app.core.paging import decode_cursor, encode_cursor
from app.core.words import gettext as _

T = TypeVar("T")
LIMIT, MOST = 20, 100

Place = tuple[Any, ...]


class PageQuery(Request):
    """Which part of a list."""

    limit = Digits(1, MOST, load_default=LIMIT, metadata={"description": "How many at most."})
    cursor = Code(
        load_default=None,
        most=400,
        metadata={"description": "The `next` of the page before; opaque."},
    )


def cut(
    items: Sequence[T], *, place: Callable[[T], Place], limit: int, after: Place | None, pinned: Place = ()
) -> dict[str, Any]:
    """A page of items that are in the order of their `place`, and the cursor of the next one.

    `pinned` is what the order depends on and what the cursor therefore carries. Raises Invalid for a forged cursor.
    """
    rest = [item for item in items if after is None or _is_after(place(item), after)]
    page = rest[:limit]
    more = len(rest) > limit
    return {"items": page, "next": encode_cursor(*pinned, *place(page[-1])) if more else None}


def read_cursor(cursor: str | None) -> Place | None:
    """The place in a cursor. Raises Invalid."""
    return None if cursor is None else tuple(decode_cursor(cursor))


def _is_after(place: Place, after: Place) -> bool:
    if [type(part) for part in place] != [type(part) for part in after]:
        raise bad_cursor()
    return place > after


def bad_cursor() -> Invalid:
    """A cursor that was not made here, or for another list."""
    return Invalid(_("This cursor is not one of ours."), errors=[("cursor", _("unknown cursor"))])
