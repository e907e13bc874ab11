"""Units of a booking end, or bring less, while the rest lives: its price falls, and what is too much goes back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from app.bookings.models import Booking, BookingLine, LineUnit
from app.bookings.rules import UnitState, fill
from app.bookings.services.cancel_line import days_of, due_now_of
from app.bookings.services.coupons import settle_credit
from app.bookings.services.give_back import give_back
from app.bookings.services.set_aside import set_aside
from app.core import clock
from app.core.db import db
from app.core.money import Rupiah
from app.ledger.queries import list_entries
from app.payments.models import Refund
from app.revenue.rules import spread


def end_units_alone(
    *,
    booking: Booking,
    line: BookingLine,
    keeps: Mapping[int, Rupiah],
    reason: str,
    codes: bool = False,
) -> list[Refund]:
    """Let units of a line keep only so much (by unit id, in rupiah) from now on. What was paid for them and is not kept
    first pays what is still missing for the rest of the trip; the rest is owed to the guest.

    A unit that was not earned is over; one that was stays earned with less. Claims are the caller's to give back.
    """
    units = [unit for unit in line.units if unit.id in keeps]
    fallen = sum(worth_of(unit=unit) - keeps[unit.id] for unit in units)
    booking.total -= fallen
    wanted = _wanted(booking, keeps)
    booking.due_now = min(booking.due_now, due_now_of(booking=booking, total=booking.total))
    step = f"{line.position}:{len(list_entries(booking.reference))}"
    # Before anything goes back: its papers say what is left.
    for unit in units:
        # What was given up stays so, also where less is kept of it later; what was earned ends after that.
        now = clock.now()
        unit.kept, unit.ended_at = keeps[unit.id], unit.ended_at or max(now, unit.earned_at or now)
        if unit.state == UnitState.BOOKED:
            unit.state = UnitState.KEPT if unit.kept else UnitState.CANCELLED
    db.session.flush()
    refunds = give_back(booking=booking, kept=wanted, reason=reason, part=step, codes=codes, ending=keeps)
    set_aside(booking=booking, reference=f"ended:{booking.code}:{step}")
    settle_credit(booking=booking)
    return refunds


def _wanted(booking: Booking, keeps: Mapping[int, Rupiah]) -> dict[int, Rupiah]:
    """What each unit is to have when the booking costs what it does now: what is kept, and the rest filled anew."""
    units = [unit for line in booking.lines for unit in line.units]
    wanted = {unit.id: unit.kept or 0 for unit in units} | dict(keeps)
    rest = [(unit.id, unit.price) for unit in units if unit.kept is None and unit.id not in keeps]
    left = min(booking.received, booking.total)
    return wanted | fill(left - sum(wanted.values()), rest)


def worth_of(*, unit: LineUnit) -> Rupiah:
    """What a unit counts in its booking's price, in rupiah."""
    return unit.price if unit.kept is None else unit.kept


def nights_left(*, line: BookingLine, first: date) -> list[LineUnit]:
    """The nights of a stay from a day on that have not ended."""
    return [unit for unit in line.units if unit.on >= first and unit.kept is None]


def leave_on(*, booking: Booking, line: BookingLine, day: date) -> None:
    """A stay ends on another day than it was booked for. Its nights beyond are the caller's to give back or to take."""
    line.departure = day
    booking.arrival, booking.departure = days_of(booking=booking)
    db.session.flush()


def spread_over(
    *, amount: Rupiah, units: Sequence[LineUnit], filled: Mapping[int, Rupiah]
) -> dict[int, Rupiah]:
    """An amount over units by what each is filled with, and no more than that; in rupiah by unit id."""
    parts = spread(amount, [filled.get(unit.id, 0) for unit in units])
    return {unit.id: part for unit, part in zip(units, parts, strict=True)}
