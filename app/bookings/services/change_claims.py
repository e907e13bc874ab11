"""Places are taken in the place of others, through the gate that sells: all at once, or the old ones are kept."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from app.bookings.models import Booking, BookingLine
from app.bookings.rules import LineKind
from app.bookings.sellables import SELLABLES, Draft
from app.core.dates import Nights
from app.core.errors import SoldOut
from app.core.words import gettext as _
from app.homestays import inventory as nights
from app.tours import inventory as seats

CHANGEABLE = frozenset({LineKind.STAY, LineKind.PACKAGE})
"""What has dates. A product is picked up when the guest comes."""


def left_for(*, line: BookingLine, draft: Draft) -> int:
    """How many of what is wanted instead of a line are free now; what the line has itself is free for it."""
    if line.kind == LineKind.STAY:
        return nights.units_left(draft.choice, line.id)
    return seats.units_left(draft.choice)


def move_claims(
    *, booking: Booking, line: BookingLine, new: BookingLine, until: datetime | None
) -> tuple[int, ...] | None:
    """Take what a new line needs in the place of what another one has: for good (`until` None), or until a time, until
    which all else of the trip is kept then too. Gives the units where it lies, None where they are only counted.

    In the order in which a trip takes its claims. Raises SoldOut naming the line; then the old places are kept.
    """
    units: tuple[int, ...] | None = None
    others = [one for one in booking.living_lines if one not in (line, new)]
    try:
        for kind, sellable in SELLABLES.items():
            along = [one for one in others if one.kind == kind] if until is not None else []
            if kind == line.kind:
                units = _move(line, new, along, until)
            elif along and until is not None:
                sellable.extend(along, until)
    except SoldOut as full:
        left = full.extra.get("lines", {}).get(new.id, 0)
        raise full_for(line=line, left=left) from full
    return units


def _move(
    line: BookingLine, new: BookingLine, along: Sequence[BookingLine], until: datetime | None
) -> tuple[int, ...] | None:
    if new.room_type_id is not None:
        claim = nights.Claim(new.id, new.room_type_id, Nights(new.arrival, new.departure), new.quantity)
        return nights.move(claim, line.id, [one.id for one in along], until)[new.id]
    wanted, *others = (seats.Claim(one.id, one.departure_id or 0, one.quantity) for one in (new, *along))
    seats.move(wanted, line.id, others, until)
    return None


def full_for(*, line: BookingLine, left: int) -> SoldOut:
    """What is raised where other dates of a line are full: named as the guest knows it, by its place in the trip."""
    lost = {"line": line.position, "title": line.title, "detail": line.detail, "left": left}
    return SoldOut(_("There is no room on these dates. Nothing was changed: you keep yours."), lines=[lost])
