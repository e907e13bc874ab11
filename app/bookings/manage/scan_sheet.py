"""What a phone sends that let guests in without network: is it well-formed?"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from app.bookings.services import ToldScan
from app.core.errors import Invalid
from app.core.words import gettext as _

MOST_SCANS = 100
"""Scans of one sheet; a phone with more sends several."""

MOST_SHOWN = 200
"""Characters of a ticket or code: a ticket has some 130."""

_KEY = re.compile(r"[\w-]{8,64}", re.ASCII)
_FIRST, _LAST = (int(datetime(year, 1, 1, tzinfo=UTC).timestamp() * 1000) for year in (1990, 2080))


@dataclass(frozen=True)
class Sheet:
    """Scans in the phone's order, and what its clock showed when it sent them."""

    device_now: datetime
    scans: list[ToldScan]


def read_sheet(sent: Any) -> Sheet:
    """A sheet as JSON: `device_now` in milliseconds, `scans` with `id`, `at`, `shown` and perhaps `position`.

    Raises Invalid.
    """
    try:
        scans = sent["scans"]
        if not isinstance(scans, list) or not 0 < len(scans) <= MOST_SCANS:
            raise ValueError(scans)
        return Sheet(_instant(sent["device_now"]), [_scan(one) for one in scans])
    except (KeyError, TypeError, ValueError):
        raise Invalid(_("This list of scans could not be read.")) from None


def _scan(one: Any) -> ToldScan:
    key, shown, position = one["id"], one["shown"], one.get("position")
    if not (isinstance(key, str) and _KEY.fullmatch(key)):
        raise ValueError(key)
    if not (isinstance(shown, str) and 0 < len(shown) <= MOST_SHOWN and shown.isprintable()):
        raise ValueError(shown)
    if position is not None and not (type(position) is int and 0 <= position < 10**6):
        raise ValueError(position)
    return ToldScan(key, _instant(one["at"]), shown, position)


def _instant(milliseconds: Any) -> datetime:
    if type(milliseconds) is not int or not _FIRST <= milliseconds < _LAST:
        raise ValueError(milliseconds)
    return datetime.fromtimestamp(milliseconds / 1000, UTC)
