"""What was scanned without network: for the service that takes it in, and for those who look through it afterwards."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, func, or_, select

from app.bookings.models import Booking, BookingLine, OfflineScan
from app.bookings.queries.check_ins import Doors
from app.bookings.rules import LineKind, ScanOutcome
from app.core.db import db
from app.users.models import User


@dataclass(frozen=True)
class SeenScan:
    """A scan with what it was for, and who scanned it."""

    scan: OfflineScan
    line: BookingLine
    booking: Booking
    by: str


def find_scan(by_user_id: int, key: str) -> OfflineScan | None:
    """A scan that a person's phone told of before."""
    query = select(OfflineScan).where(OfflineScan.by_user_id == by_user_id, OfflineScan.key == key)
    return db.session.scalars(query).one_or_none()


def first_handed_out(line_id: int) -> datetime | None:
    """When a product was handed out by a list without network, for the first time that reached us."""
    query = select(OfflineScan.at).where(
        OfflineScan.line_id == line_id, OfflineScan.outcome == ScanOutcome.LET_IN
    )
    return db.session.scalars(query.order_by(OfflineScan.id).limit(1)).one_or_none()


def list_scans(doors: Doors, *, since: datetime, limit: int = 200) -> list[SeenScan]:
    """What somebody should look at of the doors' own: let in although it ought not, and shown twice; newest first."""
    query = (
        select(OfflineScan, BookingLine, Booking, User.name)
        .join(BookingLine, BookingLine.id == OfflineScan.line_id)
        .join(Booking, Booking.id == BookingLine.booking_id)
        .join(User, User.id == OfflineScan.by_user_id)
        .where(OfflineScan.received_at >= since, _is_odd, _within(doors))
        .order_by(OfflineScan.received_at.desc(), OfflineScan.id.desc())
        .limit(limit)
    )
    return [SeenScan(*row) for row in db.session.execute(query)]


def count_let_in_although(doors: Doors, *, since: datetime) -> int:
    """How many parties were let in, or handed something, by a list without network although they ought not."""
    query = select(func.count(OfflineScan.id)).join(BookingLine, BookingLine.id == OfflineScan.line_id)
    return db.session.scalar(query.where(OfflineScan.received_at >= since, _although, _within(doors))) or 0


def list_refused(by_user_id: int, *, since: datetime, limit: int = 200) -> Sequence[OfflineScan]:
    """What a person let in that is nothing of their doors', newest first: only they and the audit know of it."""
    query = select(OfflineScan).where(
        OfflineScan.by_user_id == by_user_id,
        OfflineScan.outcome == ScanOutcome.REFUSED,
        OfflineScan.received_at >= since,
    )
    return db.session.scalars(query.order_by(OfflineScan.id.desc()).limit(limit)).all()


_although = and_(OfflineScan.outcome == ScanOutcome.LET_IN, OfflineScan.obstacle.is_not(None))
_is_odd = or_(_although, OfflineScan.outcome == ScanOutcome.DOUBLE)


def _within(doors: Doors) -> ColumnElement[bool]:
    runs, pickups = doors.departures, doors.pickups
    is_run, is_pickup = BookingLine.kind == LineKind.PACKAGE, BookingLine.kind == LineKind.PRODUCT
    if not runs.everything:
        of_mine = or_(BookingLine.village_id.in_(runs.villages), BookingLine.payee_id.in_(runs.payees))
        is_run = and_(is_run, of_mine)
    if not pickups.everything:
        is_pickup = and_(is_pickup, BookingLine.village_id.in_(pickups.villages))
    return or_(is_run, is_pickup)
