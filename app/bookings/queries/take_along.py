"""What somebody takes along who will stand at the door without network."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, or_, select
from sqlalchemy.orm import contains_eager, joinedload, selectinload

from app.bookings.models import Booking, BookingLine
from app.bookings.queries.bookings import reads_as
from app.bookings.queries.manifests import COMING
from app.bookings.rules import BookingState
from app.core.db import db
from app.showcase.models import Stock
from app.tours.models import Departure, Package
from app.users.rules import Scope

Joined = tuple[Booking, BookingLine, Departure]
Fetched = tuple[Booking, BookingLine, Stock]

MOST = 1000
"""Lines of one list; nobody stands at more doors in two days."""


def list_joined(scope: Scope, start: date, end: date) -> list[Joined]:
    """Lines of departures from `start` to `end`, both included, by start and name; what was cancelled among them."""
    query = (
        _known(select(Booking, BookingLine, Departure))
        .join(Departure, Departure.id == BookingLine.departure_id)
        .join(Package, Package.id == Departure.package_id)
        .options(contains_eager(Departure.package))
        .where(Departure.on >= start, Departure.on <= end)
        .order_by(Departure.starts_at, Departure.id, Booking.guest_name, BookingLine.id)
    )
    if not scope.everything:
        query = query.where(or_(Package.village_id.in_(scope.villages), Package.payee_id.in_(scope.payees)))
    return [tuple(row) for row in db.session.execute(query)]


def list_fetched(scope: Scope, start: date, end: date) -> list[Fetched]:
    """Products that are fetched from `start` to `end`, both included, and what waits from before."""
    is_left: ColumnElement[bool] = and_(
        BookingLine.arrival < start,
        BookingLine.handed_over_at.is_(None),
        BookingLine.cancelled_at.is_(None),
        Booking.state.in_([BookingState.CONFIRMED, BookingState.NO_SHOW]),
    )
    query = (
        _known(select(Booking, BookingLine, Stock))
        .join(Stock, Stock.id == BookingLine.stock_id)
        .options(joinedload(Stock.product))
        .where(or_(BookingLine.arrival.between(start, end), is_left))
        .order_by(BookingLine.arrival, Booking.guest_name, BookingLine.id)
    )
    if not scope.everything:
        query = query.where(Stock.village_id.in_(scope.villages))
    return [tuple(row) for row in db.session.execute(query)]


def _known(query: Select[*tuple[Any, ...]]) -> Select[*tuple[Any, ...]]:
    """Lines with their units, of bookings that are certain, kept now, or were cancelled."""
    return (
        query.join(BookingLine, BookingLine.booking_id == Booking.id)
        .options(selectinload(BookingLine.units))
        .where(or_(reads_as(COMING), Booking.state == BookingState.CANCELLED))
        .limit(MOST)
    )
