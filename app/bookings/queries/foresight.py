"""How a received amount is read, and what recording it would do. The service acts on the same answers."""

from __future__ import annotations

from dataclasses import dataclass

from app.bookings.models import Booking
from app.bookings.rules import LIVE, REVIVABLE, Outcome, outcome_of
from app.core.money import Rupiah
from app.payments.models import Payment
from app.payments.queries import find_last_payment, find_open_payment
from app.payments.rules import PaymentMethod, Reading, read_deposit


@dataclass(frozen=True)
class Foresight:
    """What an amount would be read as and lead to. `missing` is what would still be due in all, in rupiah."""

    payment: Payment | None
    reading: Reading
    outcome: Outcome
    missing: Rupiah


def read_receipt(booking: Booking, method: PaymentMethod, amount: Rupiah) -> tuple[Payment | None, Reading]:
    """The attempt that an amount belongs to, and what it is made of. For a booking that ended all of it counts as paid
    for it, and goes back as such.
    """
    payment = find_open_payment(booking.reference)
    if payment is None or payment.method != method:
        payment = find_last_payment(booking.reference, method)
    if booking.state not in LIVE | REVIVABLE:
        return payment, Reading(amount, 0, 0)
    outstanding = booking.total - booking.covered
    asked, code = (payment.amount, payment.unique_code) if payment else (outstanding, 0)
    return payment, read_deposit(amount, asked, outstanding, code)


def foresee_receipt(booking: Booking, method: PaymentMethod, amount: Rupiah) -> Foresight:
    """What recording an amount, in rupiah, would do now."""
    payment, reading = read_receipt(booking, method, amount)
    received = booking.covered + reading.applied
    outcome = outcome_of(
        state=booking.state,
        state_now=booking.state_now,
        arrival_passed=booking.arrival_passed,
        received=received,
        due_now=booking.due_now,
    )
    return Foresight(payment, reading, outcome, max(0, booking.total - received))
