"""What has happened to a booking, as far as others must notice that something has."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from app.bookings.models import Booking
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
