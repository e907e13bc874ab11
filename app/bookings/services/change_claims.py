"""Places are taken in the place of others, through the gate that sells: all at once, or the old ones are kept."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from app.bookings.models import Booking, BookingLine
from app.bookings.rules import LineKind
from app.bookings.sellables import SELLABLES, Draft
from app.core import clock
from app.core.dates import Nights
from app.core.errors import SoldOut
from app.core.words import gettext as _
from app.homestays import inventory as nights
from app.homestays.queries import get_room_type_by_id
from app.tours import inventory as seats
from app.tours.queries import departures_by_ids
from app.tours.rules import MOST_DAYS

CHANGEABLE = frozenset({LineKind.STAY, LineKind.PACKAGE})
"""What has dates. A product is picked up when the guest comes."""

LOOKED_AHEAD = timedelta(days=MOST_DAYS)
MOST_RUNS = 40
"""So far ahead, and so many of them, other departures are offered."""


def left_for(*, line: BookingLine, draft: Draft) -> int:
    """How many of what is wanted instead of a line are free now; what the line has itself is free for it."""
    if line.kind == LineKind.STAY:
        return nights.units_left(draft.choice, line.id)
    return seats.units_left(draft.choice)


def nights_near(*, line: BookingLine, wanted: Nights) -> list[Nights]:
    """The nearest other nights on which a stay could be, where those wanted are full; none of other things."""
    if line.room_type_id is None:
        return []
    room = get_room_type_by_id(line.room_type_id).public_id
    choice = nights.StayChoice(room, wanted, line.quantity, line.adults, line.children)
    return [
        near for near in nights.free_near(choice, line.id) if near != Nights(line.arrival, line.departure)
    ]


def runs_for(*, line: BookingLine) -> list[seats.DepartureOffer]:
    """The departures of a line's package that can be booked, soonest first, without its own. None of other things."""
    if line.departure_id is None:
        return []
    own = departures_by_ids({line.departure_id})[line.departure_id]
    today = clock.today()
    search = seats.DepartureSearch(
        today, today + LOOKED_AHEAD, line.adults + line.children, package=own.package.slug
    )
    return [offer for offer in seats.find_running(search, limit=MOST_RUNS) if offer.departure.id != own.id]


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
