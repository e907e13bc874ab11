"""What was received for a night becomes payable at 12:00 village time the day after it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from itertools import groupby

from app.bookings import queries
from app.bookings.models import Booking, LineUnit
from app.bookings.rules import BookingState, UnitState, last_earned_on
from app.core import clock
from app.core.db import db
from app.ledger.queries import unit_balances
from app.ledger.services import Move, moved, open_accounts, post


def complete_services(*, limit: int = 500) -> int:
    """Earn units whose time has come, and complete bookings of which every unit has ended.

    Gives how many units were earned; call again while that equals `limit`.
    """
    rows = queries.lock_units_to_earn(last_on=last_earned_on(clock.now()), limit=limit)
    moves = _moves_of([unit for _booking, unit in rows])
    open_accounts(
        codes=[code for unit in moves.values() for move in unit for code in (move.source, move.target)]
    )
    for (booking, on), group in groupby(rows, key=lambda row: (row[0], row[1].on)):
        _earn(booking, on, [unit for _booking, unit in group], moves)
    for booking in {id(booking): booking for booking, _unit in rows}.values():
        complete_if_over(booking=booking)
    return len(rows)


def earn_units(*, booking: Booking, units: Sequence[LineUnit]) -> None:
    """Make units payable now, whatever the date: what was picked up is done. Completes the booking if all is."""
    _earn(booking, units[0].on, units, _moves_of(units))
    db.session.flush()
    complete_if_over(booking=booking)


def _moves_of(units: Sequence[LineUnit]) -> dict[str, list[Move]]:
    """What makes each unit's shares payable, by the unit's name in the books. An unpaid unit earns nothing; money that
    comes for it later goes straight to payable."""
    moves: dict[str, list[Move]] = defaultdict(list)
    dates = {f"unit:{unit.id}": unit.on for unit in units}
    for row in unit_balances(units=list(dates), family="payee", stage="pending"):
        payable = row.code.replace(":pending", ":payable")
        move = moved(
            source=row.code,
            target=payable,
            amount=row.amount,
            keeper=row.keeper,
            unit=row.unit,
            service_on=dates[row.unit],
        )
        if move is not None:
            moves[row.unit].append(move)
    return moves


def _earn(booking: Booking, on: date, units: Sequence[LineUnit], moves: Mapping[str, list[Move]]) -> None:
    mine = [move for unit in units for move in moves.get(f"unit:{unit.id}", ())]
    if mine:
        # A booking may earn one date in two steps (a batch ended between its rooms): the first unit tells them apart.
        reference = f"earn:{booking.code}:{on}:{units[0].id}"
        post(reference=reference, kind="earn", subject=booking.reference, moves=mine)
    for unit in units:
        unit.state, unit.earned_at = UnitState.EARNED, clock.now()


def complete_if_over(*, booking: Booking) -> None:
    """Complete a confirmed booking of which nothing is still to come."""
    if booking.state != BookingState.CONFIRMED or queries.has_units_to_come(booking.id):
        return
    booking.become(BookingState.COMPLETED, ended_at=clock.now())
