"""What was received for a night becomes payable at 12:00 village time the day after it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from itertools import groupby

from app.bookings import queries
from app.bookings.models import Booking, LineUnit
from app.bookings.rules import BookingState, UnitState, last_earned_on
from app.core import clock
from app.ledger.queries import unit_balances
from app.ledger.services import Move, post


def complete_services(*, limit: int = 500) -> int:
    """Earn units whose time has come, and complete bookings of which every unit has ended.

    Gives how many units were earned; call again while that equals `limit`.
    """
    rows = queries.lock_units_to_earn(last_on=last_earned_on(clock.now()), limit=limit)
    for (booking, on), group in groupby(rows, key=lambda row: (row[0], row[1].on)):
        _earn(booking, on, [unit for _booking, unit in group])
    for booking in {id(booking): booking for booking, _unit in rows}.values():
        _complete(booking)
    return len(rows)


def _earn(booking: Booking, on: date, units: Sequence[LineUnit]) -> None:
    """An unpaid unit earns nothing; money that comes for it later goes straight to payable."""
    names = [f"unit:{unit.id}" for unit in units]
    moves = [
        Move(row.code, row.code.replace(":pending", ":payable"), row.amount, row.keeper, row.unit, on)
        if row.amount > 0
        else Move(row.code.replace(":pending", ":payable"), row.code, -row.amount, row.keeper, row.unit, on)
        for row in unit_balances(units=names, family="payee", stage="pending")
    ]
    if moves:
        # A booking may earn one date in two steps (a batch ended between its rooms): the first unit tells them apart.
        reference = f"earn:{booking.code}:{on}:{units[0].id}"
        post(reference=reference, kind="earn", subject=booking.reference, moves=moves)
    for unit in units:
        unit.state, unit.earned_at = UnitState.EARNED, clock.now()


def _complete(booking: Booking) -> None:
    if booking.state != BookingState.CONFIRMED or queries.has_units_to_come(booking.id):
        return
    booking.state, booking.ended_at = BookingState.COMPLETED, clock.now()
