"""Products that wait at a Balkondes for their guests."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select

from app.bookings.models import Booking, BookingLine
from app.bookings.queries.bookings import whole_bookings
from app.bookings.rules import BookingState
from app.core.db import db
from app.showcase.models import Stock
from app.users.rules import Scope


def reaches_pickup(line: BookingLine, scope: Scope) -> bool:
    """Whether a scope reaches the Balkondes where a product waits."""
    village_id = db.session.scalar(select(Stock.village_id).where(Stock.id == line.stock_id))
    return village_id is not None and scope.has_village(village_id)


def list_pickups(
    scope: Scope, *, handed_over: bool = False, limit: int = 100
) -> Sequence[tuple[Booking, BookingLine, Stock]]:
    """Products of certain bookings at the scope's villages: those that wait, by pickup day; or those that were handed
    over, newest first.
    """
    query = (
        whole_bookings()
        .add_columns(BookingLine, Stock)
        .join(BookingLine, BookingLine.booking_id == Booking.id)
        .join(Stock, Stock.id == BookingLine.stock_id)
        .limit(limit)
    )
    if not scope.everything:
        query = query.where(Stock.village_id.in_(scope.villages))
    if handed_over:
        query = query.where(BookingLine.handed_over_at.is_not(None))
        query = query.order_by(BookingLine.handed_over_at.desc(), BookingLine.id)
    else:
        is_certain = Booking.state.in_([BookingState.CONFIRMED, BookingState.NO_SHOW])
        query = query.where(BookingLine.handed_over_at.is_(None), is_certain)
        query = query.order_by(BookingLine.arrival, Booking.id, BookingLine.position)
    return [tuple(row) for row in db.session.execute(query)]
