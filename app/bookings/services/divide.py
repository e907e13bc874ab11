"""Money that was received is divided among the parties, in the hands of whoever keeps it."""

from __future__ import annotations

from app.bookings import queries
from app.bookings.models import Booking
from app.bookings.rules import account_at
from app.bookings.services.issue import issue_receipt
from app.core import clock
from app.ledger.services import Move, moved, post
from app.payments.models import Receipt
from app.revenue.rules import TAX, allocate


def divide_receipt(*, booking: Booking, receipt: Receipt) -> None:
    """Divide what was received: A(before + received) − A(before), unit by unit, in the receipt's keeper's hands; the
    guest gets a receipt for it. What was cancelled out of the trip has what it keeps, and takes nothing more.
    """
    units, rows = queries.sold_units(booking)
    kinds = {unit.id: line.kind for line in booking.lines for unit in line.units}
    parts = allocate(units, booking.received - booking.kept - receipt.applied, receipt.applied)
    now = clock.now()
    moves: list[Move | None] = [
        moved(
            source=booking.reference,
            target=account_at(
                part.account, state=rows[part.unit].state, kind=kinds[part.unit], on=part.on, now=now
            ),
            amount=part.amount,
            keeper=receipt.keeper,
            unit=f"unit:{rows[part.unit].id}",
            service_on=part.on,
        )
        for part in parts
    ]
    if any(moves):
        post(
            reference=f"allocate:receipt:{receipt.id}",
            kind="allocate",
            subject=booking.reference,
            moves=[move for move in moves if move],
        )
    tax = sum(part.amount for part in parts if part.kind == TAX)
    issue_receipt(booking=booking, receipt=receipt, tax=tax)
