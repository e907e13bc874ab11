"""Claims against bookings: every night sold or held belongs to somebody, and everybody has their nights."""

from __future__ import annotations

from datetime import date

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select

from app.bookings.models import Booking, BookingLine, LineUnit
from app.bookings.queries.checks.base import is_given_up, verdict
from app.bookings.rules import LIVE, BookingState
from app.core import clock
from app.core.db import db
from app.homestays.models import RoomNight, Unit, UnitRoom
from app.homestays.rules import NightState
from app.ledger.queries import Check


def night_checks() -> list[Check]:
    """Nights of bookings, of holds, of nobody."""
    return [
        _certain_nights_are_sold(),
        _sold_nights_are_booked(),
        _running_holds_are_kept(),
        _kept_nights_are_held(),
        _ended_bookings_have_no_nights(),
        _blocked_nights_have_no_guest(),
        _units_are_of_the_type_sold(),
    ]


def _certain_nights_are_sold() -> Check:
    """Each night of each room of a certain booking is sold to its very line."""
    has_row = RoomNight.state == NightState.SOLD
    wrong = _missing(Booking.state.in_(LIVE), has_row)
    return verdict("every certain night is sold in its rooms", _count_wanted(Booking.state.in_(LIVE)), wrong)


def _running_holds_are_kept() -> Check:
    """Each night of each room of a running hold is held for its very line, as long as the hold lasts."""
    running = and_(Booking.state == BookingState.HELD, Booking.hold_expires_at > clock.now())
    has_row = and_(RoomNight.state == NightState.HELD, RoomNight.expires_at >= Booking.hold_expires_at)
    return verdict(
        "every night of a running hold is kept", _count_wanted(running), _missing(running, has_row)
    )


def _wanted(condition: ColumnElement[bool]) -> Select[str, int, date]:
    """What bookings should have: code, room and night of each unit."""
    return (
        select(Booking.code, UnitRoom.room_id, LineUnit.on)
        .join(BookingLine, BookingLine.booking_id == Booking.id)
        .join(LineUnit, LineUnit.line_id == BookingLine.id)
        .join(UnitRoom, UnitRoom.unit_id == LineUnit.unit_id)
        .where(condition, BookingLine.cancelled_at.is_(None), ~is_given_up())
    )


def _count_wanted(condition: ColumnElement[bool]) -> str:
    count = db.session.scalar(select(func.count()).select_from(_wanted(condition).subquery())) or 0
    return f"{count} room nights"


def _missing(condition: ColumnElement[bool], has_row: ColumnElement[bool]) -> list[str]:
    mine = and_(
        RoomNight.room_id == UnitRoom.room_id,
        RoomNight.night == LineUnit.on,
        RoomNight.booking_line_id == BookingLine.id,
        has_row,
    )
    rows = db.session.execute(
        _wanted(condition).where(~exists(select(RoomNight.night).where(mine)).correlate(*_OUTER))
    )
    return [f"{code}: room {room_id} on {night}" for code, room_id, night in rows]


_OUTER = (UnitRoom, LineUnit, BookingLine, Booking)


def _sold_nights_are_booked() -> Check:
    """Each sold night is a night of a certain booking, in a room of the unit that its line has."""
    stray = _stray(RoomNight.state == NightState.SOLD, Booking.state.in_(LIVE))
    return verdict("every sold night belongs to a certain booking", _count(NightState.SOLD), stray)


def _kept_nights_are_held() -> Check:
    """Each night that is still held is a night of a booking that is held, in a room of the unit that its line has."""
    running = and_(RoomNight.state == NightState.HELD, RoomNight.expires_at > clock.now())
    stray = _stray(running, Booking.state == BookingState.HELD)
    return verdict("every night held belongs to a hold", _count(NightState.HELD), stray)


def _stray(nights: ColumnElement[bool], bookings: ColumnElement[bool]) -> list[str]:
    """Room nights whose line has no such night in that room, or whose booking is in another state."""
    owner = (
        select(LineUnit.id)
        .join(UnitRoom, UnitRoom.unit_id == LineUnit.unit_id)
        .join(BookingLine, BookingLine.id == LineUnit.line_id)
        .join(Booking, Booking.id == BookingLine.booking_id)
        .where(
            BookingLine.id == RoomNight.booking_line_id,
            LineUnit.on == RoomNight.night,
            UnitRoom.room_id == RoomNight.room_id,
            BookingLine.cancelled_at.is_(None),
            ~is_given_up(),
            bookings,
        )
    )
    rows = db.session.execute(
        select(RoomNight.room_id, RoomNight.night, RoomNight.booking_line_id)
        .where(nights, ~exists(owner).correlate(RoomNight))
        .order_by(RoomNight.room_id, RoomNight.night)
    )
    return [f"room {room_id} on {night}: line {line_id}" for room_id, night, line_id in rows]


def _count(state: NightState) -> str:
    count = (
        db.session.scalar(select(func.count()).select_from(RoomNight).where(RoomNight.state == state)) or 0
    )
    return f"{count} room nights"


def _ended_bookings_have_no_nights() -> Check:
    """What expired, was cancelled or declined keeps no room."""
    over = Booking.state.in_([BookingState.EXPIRED, BookingState.CANCELLED, BookingState.DECLINED])
    rows = db.session.execute(
        select(Booking.code, RoomNight.room_id, RoomNight.night)
        .join(BookingLine, BookingLine.id == RoomNight.booking_line_id)
        .join(Booking, Booking.id == BookingLine.booking_id)
        .where(or_(over, BookingLine.cancelled_at.is_not(None)))
        .order_by(Booking.id, RoomNight.night)
    )
    count = db.session.scalar(select(func.count(Booking.id)).where(over)) or 0
    breaches = [f"{code}: room {room_id} on {night}" for code, room_id, night in rows]
    return verdict("ended bookings have no nights", f"{count} bookings", breaches)


def _blocked_nights_have_no_guest() -> Check:
    """A blocked night has no line; every other one has."""
    is_blocked, has_line = RoomNight.state == NightState.BLOCKED, RoomNight.booking_line_id.is_not(None)
    odd = or_(and_(is_blocked, has_line), and_(~is_blocked, ~has_line))
    rows = db.session.execute(select(RoomNight.room_id, RoomNight.night).where(odd))
    breaches = [f"room {room_id} on {night}" for room_id, night in rows]
    return verdict("blocked nights have no guest, others have", _count(NightState.BLOCKED), breaches)


def _units_are_of_the_type_sold() -> Check:
    """A line's nights are in units of the room type that the guest booked."""
    rows = db.session.execute(
        select(BookingLine.id, LineUnit.unit_id)
        .join(LineUnit, LineUnit.line_id == BookingLine.id)
        .outerjoin(Unit, Unit.id == LineUnit.unit_id)
        .where(
            BookingLine.room_type_id.is_not(None),
            Unit.room_type_id.is_distinct_from(BookingLine.room_type_id),
        )
        .distinct()
    )
    count = db.session.scalar(select(func.count(LineUnit.id))) or 0
    breaches = [f"line {line_id}: unit {unit_id}" for line_id, unit_id in rows]
    return verdict("nights are in units of the type sold", f"{count} units", breaches)
