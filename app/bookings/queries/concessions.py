"""Money that is given back after a stay: asked for, agreed, given."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import func, select

from app.bookings.models import Booking, BookingLine, Concession
from app.core.db import db
from app.core.errors import NotFound
from app.core.money import Rupiah
from app.core.words import gettext as _
from app.users.rules import Scope


def given_back_of(line_id: int) -> Rupiah:
    """How much of a line was given back after the stay so far, in rupiah."""
    query = select(func.sum(Concession.amount)).where(
        Concession.line_id == line_id, Concession.done_at.is_not(None)
    )
    return int(db.session.scalar(query) or 0)


def list_concessions(line_ids: Collection[int]) -> list[Concession]:
    """What was asked for of some lines, oldest first, dropped ones left out."""
    query = select(Concession).where(Concession.line_id.in_(line_ids), Concession.dropped_at.is_(None))
    return list(db.session.scalars(query.order_by(Concession.id)))


def code_of_concession(concession_id: int, scope: Scope) -> str:
    """The code of the booking that a concession is about. Raises NotFound outside of the scope."""
    query = (
        select(Booking.code, BookingLine.payee_id, BookingLine.village_id)
        .join(BookingLine, BookingLine.booking_id == Booking.id)
        .join(Concession, Concession.line_id == BookingLine.id)
        .where(Concession.id == concession_id)
    )
    row = db.session.execute(query).one_or_none()
    if row is None or not scope.has_payee(row.payee_id, row.village_id):
        raise NotFound(_("Nobody asked for this here."))
    return str(row.code)
