"""What makes a booking certain: its nights are sold, whether it still held them or not, and everybody is told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from app.bookings.models import Booking, BookingLine
from app.bookings.rules import BookingState
from app.bookings.sellables import SELLABLES
from app.bookings.services import messages
from app.bookings.services.coupons import keep_coupons, spend_credit
from app.core import clock
from app.core.db import db, savepoint
from app.core.errors import SoldOut


def claim_sold(*, booking: Booking) -> None:
    """Make the nights sold: the very units that were held, else other free ones of the same type. Raises SoldOut."""
    with savepoint():
        for kind, sellable in SELLABLES.items():
            lines = [line for line in booking.living_lines if line.kind == kind]
            if not lines:
                continue
            try:
                sellable.confirm(lines)
            except SoldOut:
                _move_to_other_units(lines, sellable.confirm_elsewhere(lines))
        keep_coupons(booking=booking)


def _move_to_other_units(lines: Sequence[BookingLine], units: Mapping[int, tuple[int, ...]]) -> None:
    for line in lines:
        if line.id not in units:
            continue  # what is counted has no single units
        chosen = units[line.id]
        there = (unit for unit in line.units if not unit.is_given_up)
        for position, unit in enumerate(there):
            unit.unit_id = chosen[position % line.quantity]
    db.session.flush()


def confirm_booking(*, booking: Booking) -> None:
    """Its nights are sold: the booking is certain, its credit is spent, and guest and hosts hear of it."""
    spend_credit(booking=booking)
    booking.become(BookingState.CONFIRMED)
    booking.confirmed_at = clock.now()
    db.session.flush()
    messages.tell_confirmed(booking=booking)
    messages.tell_hosts(booking=booking)
