"""Bookings by month of the service: what was received for a month, what each booking brought, what a payee has of each.

`received_in_month` is worked out from the bookings alone, so that it can be held against what the books divided.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Select, and_, or_, select

from app.bookings.models import Booking, BookingLine, LineUnit
from app.bookings.queries.bookings import whole_bookings
from app.bookings.queries.shares import sold_units
from app.bookings.rules import BookingState, LineKind, Plan, UnitState
from app.core import clock
from app.core.dates import month_of, next_month
from app.core.db import db
from app.core.money import Rupiah
from app.revenue.queries import UnitEarning, unit_earnings
from app.revenue.rules import allocate


@dataclass(frozen=True)
class BookingMonth:
    """A booking's part in a village's month: how many units fell into it and what was received for them, in rupiah."""

    booking: Booking
    units: int
    price: Rupiah
    received: Rupiah


@dataclass(frozen=True)
class MonthReceived:
    """A village's month as its bookings tell it: how many, how many units, what was received for them in rupiah."""

    bookings: int
    units: int
    received: Rupiah


@dataclass(frozen=True)
class BookingEarning:
    """What a payee has of a booking within some days, in rupiah."""

    code: str
    guest_name: str
    kind: LineKind
    arrival: date
    departure: date
    title: str
    units: int
    earned: Rupiah
    held: Rupiah


def received_in_month(village_ids: Collection[int] | None, month: date) -> dict[int, MonthReceived]:
    """Bookings of a month, and what guests paid and did not get back for its units, by village; None: all villages."""
    rows: dict[int, list[_Filled]] = defaultdict(list)
    for row in _filled_rows(village_ids, month):
        rows[row.village_id].append(row)
    return {
        village_id: MonthReceived(
            len({row.booking_id for row in mine}), len(mine), sum(row.received for row in mine)
        )
        for village_id, mine in rows.items()
    }


def list_month_bookings(village_id: int, month: date) -> list[BookingMonth]:
    """The bookings with units in a village's month that are certain or were paid for, by arrival."""
    by_booking: dict[int, list[_Filled]] = defaultdict(list)
    for row in _filled_rows([village_id], month):
        by_booking[row.booking_id].append(row)
    bookings = {b.id: b for b in db.session.scalars(whole_bookings().where(Booking.id.in_(by_booking)))}
    found = [
        BookingMonth(
            bookings[booking_id],
            len(rows),
            sum(row.price for row in rows),
            sum(row.received for row in rows),
        )
        for booking_id, rows in by_booking.items()
    ]
    return sorted(found, key=lambda one: (one.booking.arrival, one.booking.id))


@dataclass(frozen=True)
class _Filled:
    booking_id: int
    village_id: int
    price: Rupiah
    received: Rupiah


def _filled_rows(village_ids: Collection[int] | None, month: date) -> list[_Filled]:
    """Every unit of the month that money came for or is to come for, filled in the order of its whole booking; what is
    kept of something cancelled lies on its units already.
    """
    start, end = month_of(month), next_month(month)
    left: dict[int, Rupiah] = {}
    found = []
    rows = db.session.execute(_units_of_bookings_in(village_ids, start, end)).all()
    for row in rows:
        left[row.booking_id] = left.get(row.booking_id, row.received) - (row.kept or 0)
    for row in rows:
        filled = min(left[row.booking_id], row.price) if row.kept is None else row.kept
        left[row.booking_id] -= filled if row.kept is None else 0
        wanted = village_ids is None or row.village_id in village_ids
        if wanted and start <= row.on < end and (filled or row.state in _COUNTED):
            found.append(_Filled(row.booking_id, row.village_id, row.price, filled))
    return found


_COUNTED = frozenset({BookingState.CONFIRMED, BookingState.COMPLETED, BookingState.NO_SHOW})


def _units_of_bookings_in(
    village_ids: Collection[int] | None, start: date, end: date
) -> Select[int, Rupiah, BookingState, int, date, Rupiah, Rupiah | None]:
    """All units, in filling order, of bookings that have one within the days in one of the villages."""
    inside = _has_unit_within(start, end)
    if village_ids is not None:
        inside = inside.where(BookingLine.village_id.in_(village_ids))
    matters = or_(Booking.state.in_(_COUNTED), Booking.paid > Booking.refunded)
    return (
        select(
            Booking.id.label("booking_id"),
            (Booking.paid - Booking.refunded).label("received"),
            Booking.state,
            BookingLine.village_id,
            LineUnit.on,
            LineUnit.price,
            LineUnit.kept,
        )
        .join(BookingLine, BookingLine.booking_id == Booking.id)
        .join(LineUnit, LineUnit.line_id == BookingLine.id)
        .where(matters, inside.exists())
        .where(LineUnit.state != UnitState.CANCELLED)
        .order_by(Booking.id, BookingLine.position, LineUnit.position)
    )


def _has_unit_within(start: date, end: date) -> Select[int]:
    """To be asked of a booking whether one of its units is of these days: a night, a seat on a departure, or a piece
    that was sold then, whenever it is fetched.
    """
    wanted = select(LineUnit.id).join(BookingLine, BookingLine.id == LineUnit.line_id)
    wanted = wanted.where(BookingLine.booking_id == Booking.id, LineUnit.on >= start, LineUnit.on < end)
    return wanted.correlate(Booking)


def earnings_by_booking(payee_ids: Collection[int], start: date, end: date) -> list[BookingEarning]:
    """What payees have of each booking with units on start ≤ day < end, by arrival."""
    earnings: dict[int, list[UnitEarning]] = defaultdict(list)
    for row in unit_earnings(payee_ids, start, end):
        earnings[row.unit_id].append(row)
    query = (
        select(LineUnit.id, BookingLine, Booking)
        .join(BookingLine, BookingLine.id == LineUnit.line_id)
        .join(Booking, Booking.id == BookingLine.booking_id)
        .where(LineUnit.id.in_(earnings))
        .order_by(Booking.arrival, Booking.id, BookingLine.position)
    )
    by_line: dict[int, tuple[BookingLine, Booking, list[int]]] = {}
    for unit_id, line, booking in db.session.execute(query):
        by_line.setdefault(line.id, (line, booking, []))[2].append(unit_id)
    return [
        BookingEarning(
            code=booking.code,
            guest_name=booking.guest_name,
            arrival=line.arrival,
            departure=line.departure,
            kind=line.kind,
            title=line.title,
            units=len(unit_ids),
            earned=sum(row.earned for unit_id in unit_ids for row in earnings[unit_id]),
            held=sum(row.held for unit_id in unit_ids for row in earnings[unit_id]),
        )
        for line, booking, unit_ids in by_line.values()
    ]


def expected_earnings(payee_ids: Collection[int], start: date, end: date) -> dict[date, Rupiah]:
    """What payees will have once guests pay what is still due, in rupiah by month of the service, start ≤ day < end:
    of confirmed bookings, and of those that are kept until the guest pays at the door.
    """
    accounts = {f"payee:{payee_id}" for payee_id in payee_ids}
    sums: dict[date, Rupiah] = defaultdict(int)
    for booking in _unpaid_bookings(payee_ids, start, end):
        units, _rows = sold_units(booking)
        for part in allocate(units, booking.received - booking.kept, booking.amount_due):
            if part.account in accounts and start <= part.on < end:
                sums[month_of(part.on)] += part.amount
    return dict(sums)


def _unpaid_bookings(payee_ids: Collection[int], start: date, end: date) -> Sequence[Booking]:
    mine = _has_unit_within(start, end).where(BookingLine.payee_id.in_(payee_ids))
    at_door = and_(
        Booking.state == BookingState.HELD,
        Booking.plan == Plan.ON_ARRIVAL,
        Booking.hold_expires_at > clock.now(),
    )
    query = whole_bookings().where(
        mine.exists(),
        Booking.total > Booking.paid - Booking.refunded,
        or_(Booking.state == BookingState.CONFIRMED, at_door),
    )
    return db.session.scalars(query).all()
