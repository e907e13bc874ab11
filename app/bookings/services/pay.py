"""A new attempt to pay what is due. A booking has at most one open attempt."""

from __future__ import annotations

import secrets
from datetime import datetime

from app.bookings import queries
from app.bookings.models import Booking
from app.bookings.rules import (
    BookingState,
    Plan,
    on_arrival_hold_until,
    on_arrival_offered,
    payment_plan,
    transfer_hold_until,
    transfer_offered,
)
from app.bookings.sellables import SELLABLES
from app.bookings.services import messages
from app.bookings.services.confirm import claim_sold, confirm_booking
from app.core import clock
from app.core.dates import village_instant
from app.core.errors import Invalid, WrongState
from app.core.money import Rupiah
from app.core.settings import settings
from app.core.words import gettext as _
from app.payments.models import Payment
from app.payments.rules import MOST_CODE, PaymentMethod
from app.payments.services import cancel_open_payments, create_payment
from app.villages.queries import get_receiving_account


def start_payment(*, code: str, method: PaymentMethod) -> Payment | None:
    """A new attempt for a held booking, or for an amount due of a confirmed one; the old open one is cancelled.

    A held booking may change its way of paying, which moves the end of its hold; paying on arrival needs no attempt.
    Where what was paid in part covers what the new way asks now, the booking is certain and there is no attempt.
    Raises NotFound, WrongState when nothing can be paid, Invalid when the way is not open, SoldOut.
    """
    booking = queries.lock_booking(code)
    state = booking.state_now
    if state == BookingState.HELD:
        _change_method(booking, method)
        amount = booking.due_now - booking.received
        if amount <= 0:
            claim_sold(booking=booking)
            confirm_booking(booking=booking)
    elif state == BookingState.CONFIRMED and booking.amount_due > 0:
        _check_balance_method(method)
        amount = booking.amount_due
    else:
        raise WrongState(_("There is nothing to pay for this booking."))
    cancel_open_payments(reference=booking.reference)
    if method == PaymentMethod.CASH or amount <= 0:
        return None
    return open_payment(booking=booking, method=method, amount=amount)


def payment_methods(*, booking: Booking) -> list[PaymentMethod]:
    """The ways of paying that are open for a booking now; none when nothing is due."""
    if booking.state_now == BookingState.CONFIRMED and booking.amount_due > 0:
        return [PaymentMethod.TRANSFER]
    if booking.state_now != BookingState.HELD:
        return []
    now = clock.now()
    offered = [PaymentMethod.TRANSFER] if transfer_offered(now, booking.arrival) else []
    if on_arrival_offered(now, booking.arrival, house_allows=booking.pay_on_arrival):
        offered.append(PaymentMethod.CASH)
    return offered


def open_payment(*, booking: Booking, method: PaymentMethod, amount: Rupiah) -> Payment:
    """Write the attempt: where the money goes, how much with which unique code, until when."""
    villages = {line.village_id for line in booking.lines}
    account = get_receiving_account(villages, settings().collecting_account)
    return create_payment(
        reference=booking.reference,
        method=method,
        amount=amount,
        account=account.code,
        due_at=_due_at(booking),
        code_from=secrets.randbelow(MOST_CODE) + 1,
    )


def _due_at(booking: Booking) -> datetime | None:
    if booking.state == BookingState.HELD:
        return booking.hold_expires_at
    if booking.balance_on is None:
        return None
    return village_instant(booking.balance_on, datetime.max.time().replace(microsecond=0))


def _check_balance_method(method: PaymentMethod) -> None:
    if method != PaymentMethod.TRANSFER:
        message = _("Pay the rest by bank transfer, or in cash at the desk.")
        raise Invalid(message, errors=[("method", message)])


def _change_method(booking: Booking, method: PaymentMethod) -> None:
    if method == booking.method:
        return
    until = _hold_until(booking, method)
    plan = payment_plan(
        booking.total,
        on_arrival=method == PaymentMethod.CASH,
        deposit_basis_points=booking.deposit_basis_points,
        arrival=booking.arrival,
        today=clock.today(),
    )
    for kind, sellable in SELLABLES.items():
        if lines := [line for line in booking.lines if line.kind == kind]:
            sellable.extend(lines, until)
    booking.method, booking.plan, booking.due_now = method, plan.plan, plan.due_now
    booking.balance_on, booking.hold_expires_at = plan.balance_on, until
    if plan.plan == Plan.ON_ARRIVAL:
        messages.tell_hosts(booking=booking)


def _hold_until(booking: Booking, method: PaymentMethod) -> datetime:
    """Until when a held booking would be kept for another way of paying. Raises Invalid when that is not open."""
    if method not in payment_methods(booking=booking):
        message = _("This way of paying is not open for these dates.")
        raise Invalid(message, errors=[("method", message)])
    if method == PaymentMethod.CASH:
        return on_arrival_hold_until(booking.arrival)
    return transfer_hold_until(clock.now(), booking.arrival, settings().transfer_hold_hours)
