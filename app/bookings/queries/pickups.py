"""Products that wait at a Balkondes for their guests."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import Select, and_, func, or_, select
from sqlalchemy.orm import joinedload

from app.bookings.models import Booking, BookingLine
from app.bookings.queries.bookings import whole_bookings
from app.bookings.rules import BookingState
from app.core.db import db
from app.showcase.models import Product, Stock
from app.users.rules import Scope


def reaches_pickup(line: BookingLine, scope: Scope) -> bool:
    """Whether a scope reaches the Balkondes where a product waits."""
    village_id = db.session.scalar(select(Stock.village_id).where(Stock.id == line.stock_id))
    return village_id is not None and scope.has_village(village_id)


def list_pickups(
    scope: Scope, *, handed_over: bool = False, limit: int = 100
) -> Sequence[tuple[Booking, BookingLine, Stock]]:
    """Products of certain bookings at the scope's villages, and what was put aside before its booking was cancelled.

    Those that wait, by pickup day; or those that were handed over, newest first. With product, maker and the
    Balkondes, whose names need no guest's language.
    """
    named = joinedload(Stock.village), joinedload(Stock.product).joinedload(Product.maker)
    query = _within(whole_bookings().add_columns(BookingLine, Stock).options(*named), scope).limit(limit)
    if handed_over:
        query = query.where(BookingLine.handed_over_at.is_not(None))
        query = query.order_by(BookingLine.handed_over_at.desc(), BookingLine.id)
    else:
        query = query.where(BookingLine.handed_over_at.is_(None), or_(_is_certain, _is_left))
        query = query.order_by(BookingLine.arrival, Booking.id, BookingLine.position)
    return [tuple(row) for row in db.session.execute(query)]


def count_to_put_aside(scope: Scope, until: date) -> int:
    """How many things are to be put aside for guests who fetch them by a day, that day included."""
    query = _within(select(func.count(BookingLine.id)).select_from(Booking), scope).where(
        BookingLine.ready_at.is_(None),
        BookingLine.handed_over_at.is_(None),
        BookingLine.arrival <= until,
        _is_certain,
    )
    return db.session.scalar(query) or 0


_is_certain = and_(
    Booking.state.in_([BookingState.CONFIRMED, BookingState.NO_SHOW]), BookingLine.cancelled_at.is_(None)
)
_is_left = and_(Booking.state == BookingState.CANCELLED, BookingLine.ready_at.is_not(None))


def _within(query: Select[Any], scope: Scope) -> Select[Any]:
    query = query.join(BookingLine, BookingLine.booking_id == Booking.id)
    query = query.join(Stock, Stock.id == BookingLine.stock_id)
    return query if scope.everything else query.where(Stock.village_id.in_(scope.villages))
