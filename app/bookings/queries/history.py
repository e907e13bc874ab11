"""What has happened to a booking, as far as others must notice that something has."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from app.bookings.models import Booking
from app.bookings.rules import BookingState
from app.core.audit import AuditEntry
from app.core.db import db


@dataclass(frozen=True)
class History:
    """How many acts a booking has seen, and when the last of them was. Neither ever goes back."""

    acts: int
    last_at: datetime


def history_of(booking: Booking) -> History:
    """Counts the acts written down about a booking: whatever changes one leaves a row there that stays."""
    query = select(func.count(AuditEntry.id), func.max(AuditEntry.at))
    acts, last = db.session.execute(query.where(AuditEntry.subject == booking.reference)).one()
    known = [booking.created_at, booking.confirmed_at, booking.ended_at, last]
    return History(acts, max(at for at in known if at is not None))


HOUSE_ACT = "booking:house_cancelled"
UNPAID_ACT = "booking:unpaid"
_ENDING_ACTS = (HOUSE_ACT, UNPAID_ACT, "booking:cancelled", "booking:line_cancelled")


@dataclass(frozen=True)
class HouseEnds:
    """What of a booking the house took back: the lines by position, and whether it was the house that ended the rest.
    A line that the guest cancelled after the house had ended a part of it is the guest's. `was_unpaid`: somebody let it
    go because its rest was not paid.
    """

    positions: frozenset[int] = frozenset()
    ended_booking: bool = False
    was_unpaid: bool = False


def house_ends_of(booking: Booking) -> HouseEnds:
    """Who cancelled, as it was written down when it happened; asks nothing where nothing has ended."""
    over = booking.state == BookingState.CANCELLED
    parts = any(unit.ended_at for line in booking.lines for unit in line.units)
    lines = any(line.cancelled_at and line.id not in booking.replaced for line in booking.lines)
    if not (over or parts or lines):
        return HouseEnds()
    query = select(AuditEntry.action, AuditEntry.details).where(
        AuditEntry.subject == booking.reference, AuditEntry.action.in_(_ENDING_ACTS)
    )
    positions: set[int] = set()
    last, unpaid = "", False
    for action, details in db.session.execute(query.order_by(AuditEntry.id)):
        last, unpaid = action, unpaid or action == UNPAID_ACT
        if action == HOUSE_ACT:
            positions |= set(details["lines"])
        else:
            positions.discard(details.get("line", -1))
    return HouseEnds(frozenset(positions), over and last == HOUSE_ACT, over and unpaid)
