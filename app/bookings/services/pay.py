"""A new attempt to pay what is due. A booking has at most one open attempt."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta

from app.bookings import queries
from app.bookings.models import Booking
from app.bookings.rules import (
    BookingState,
    PaymentPlan,
    Plan,
    card_hold_until,
    on_arrival_hold_until,
    on_arrival_offered,
    payment_plan,
    session_until,
    transfer_hold_until,
    transfer_offered,
)
from app.bookings.sellables import SELLABLES
from app.bookings.services import messages
from app.bookings.services.claim import check_not_claimed, latest_of
from app.bookings.services.confirm import claim_sold, confirm_booking
from app.bookings.services.coupons import take_coupons
from app.bookings.services.payment_options import card_offered, qris_offered
from app.core import clock, codes
from app.core.dates import village_instant
from app.core.errors import Invalid, WrongState
from app.core.money import Rupiah
from app.core.settings import settings
from app.core.words import gettext as _
from app.payments.gateway.values import SessionState
from app.payments.models import Payment
from app.payments.queries import find_open_payment
from app.payments.rules import MOST_CODE, CardRequest, PaymentMethod
from app.payments.services import cancel_open_payments, create_card_payment, create_payment
from app.villages.queries import get_receiving_account


def start_payment(*, code: str, method: PaymentMethod) -> Payment | None:
    """A new attempt for a held booking, or for an amount due of a confirmed one; the old open one is cancelled.

    A held booking may change its way of paying, which moves the end of its hold; paying on arrival needs no attempt.
    Where what was paid in part covers what the new way asks now, the booking is certain and there is no attempt.
    Raises NotFound, WrongState when nothing can be paid, Invalid when the way is not open, SoldOut.
    """
    booking = queries.lock_booking(code)
    check_not_charged(booking=booking)
    check_not_claimed(booking=booking)
    state = booking.state_now
    if state == BookingState.HELD:
        _change_method(booking, method)
        amount = booking.due_now - booking.covered
        if amount <= 0:
            claim_sold(booking=booking)
            confirm_booking(booking=booking)
    elif state == BookingState.CONFIRMED and booking.amount_due > 0:
        _check_balance_method(booking, method)
        amount = booking.amount_due
    else:
        raise WrongState(_("There is nothing to pay for this booking."))
    cancel_open_payments(reference=booking.reference)
    if method == PaymentMethod.CASH or amount <= 0:
        return None
    return open_payment(booking=booking, method=method, amount=amount)


def payment_methods(*, booking: Booking) -> list[PaymentMethod]:
    """The ways of paying that are open for a booking now; none when nothing is due."""
    is_held = booking.state_now == BookingState.HELD
    asked = _due_ahead(booking) if is_held else booking.amount_due
    card = [PaymentMethod.CARD] if card_offered(amount=asked) else []
    if booking.state_now == BookingState.CONFIRMED and booking.amount_due > 0:
        return [*card, *_seen_by_people(booking, asked)]
    if not is_held:
        return []
    now = clock.now()
    by_transfer = transfer_offered(now, booking.arrival) or queries.transfer_is_accepted(booking.id)
    offered = [*card, *_seen_by_people(booking, asked)] if by_transfer else card
    if on_arrival_offered(now, booking.arrival, house_allows=booking.pay_on_arrival):
        offered.append(PaymentMethod.CASH)
    return offered


def way_again(*, booking: Booking, asked: Payment) -> PaymentMethod:
    """The way in which a guest was asked, where it is open for what is missing now; else a transfer, where that is."""
    ways = payment_methods(booking=booking)
    is_open = asked.method in ways or PaymentMethod.TRANSFER not in ways
    return asked.method if is_open else PaymentMethod.TRANSFER


def _seen_by_people(booking: Booking, asked: Rupiah) -> list[PaymentMethod]:
    """A transfer, and QRIS where whoever receives it has a sheet: somebody has to see that the money came."""
    villages = {line.village_id for line in booking.living_lines}
    qris = [PaymentMethod.QRIS] if qris_offered(amount=asked, villages=villages) else []
    return [PaymentMethod.TRANSFER, *qris]


def _due_ahead(booking: Booking) -> Rupiah:
    """What a held booking would ask to be paid ahead now, in rupiah: less than all where a deposit is enough."""
    return _plan(booking, PaymentMethod.CARD).due_now - booking.covered


def open_payment(*, booking: Booking, method: PaymentMethod, amount: Rupiah) -> Payment:
    """Write the attempt: where the money goes, how much with which unique code, until when. A card attempt is opened
    at the provider afterwards, outside of the transaction (`payments.calls`).
    """
    if method == PaymentMethod.CARD:
        return create_card_payment(
            reference=booking.reference,
            amount=amount,
            due_at=booking.hold_expires_at if booking.state == BookingState.HELD else None,
            request=_card_request(booking),
        )
    villages = {line.village_id for line in booking.living_lines}
    account = get_receiving_account(villages, settings().collecting_account)
    return create_payment(
        reference=booking.reference,
        method=method,
        amount=amount,
        account=account.code,
        due_at=_due_at(booking),
        code_from=secrets.randbelow(MOST_CODE) + 1,
    )


def claims_until(*, method: PaymentMethod, hold_until: datetime) -> datetime:
    """Until when a hold keeps its places. With a card the provider may take the money in the last second: the places
    stay for the time it takes to ask.
    """
    if method != PaymentMethod.CARD:
        return hold_until
    return hold_until + timedelta(seconds=settings().payment_grace_seconds)


def _card_request(booking: Booking) -> CardRequest:
    """What the provider will be told: no more of the guest than where the receipt goes."""
    hold_until = booking.hold_expires_at if booking.state == BookingState.HELD else None
    page = f"{settings().base_url}/bookings/{booking.code}/return"
    return CardRequest(
        description=f"{settings().site_name} {booking.code}",
        language=booking.language,
        return_url=page,
        cancel_url=f"{page}?left=1",
        expires_at=session_until(clock.now(), hold_until),
        key=f"payment:{codes.new_token()}",
        email=booking.guest_email,
    )


def _due_at(booking: Booking) -> datetime | None:
    if booking.state == BookingState.HELD:
        return booking.hold_expires_at
    if booking.balance_on is None:
        return None
    return village_instant(booking.balance_on, datetime.max.time().replace(microsecond=0))


def check_not_charged(*, booking: Booking) -> None:
    """Refuse to ask again while a person looks at what a card was charged: nobody pays twice. Raises WrongState."""
    payment = find_open_payment(booking.reference)
    if payment is not None and payment.session_state == SessionState.COMPLETE:
        raise WrongState(
            _(
                "Something about this payment has to be looked at by a person. Do not pay again: we write to you."
            )
        )


def _check_balance_method(booking: Booking, method: PaymentMethod) -> None:
    if method not in payment_methods(booking=booking):
        message = _("Pay the rest in another way, or in cash at the desk.")
        raise Invalid(message, errors=[("method", message)])


def _change_method(booking: Booking, method: PaymentMethod) -> None:
    if method == booking.method and method != PaymentMethod.CARD:
        return
    until = _hold_until(booking, method)
    plan = _plan(booking, method)
    for kind, sellable in SELLABLES.items():
        if lines := [line for line in booking.living_lines if line.kind == kind]:
            sellable.extend(lines, claims_until(method=method, hold_until=until))
    take_coupons(booking=booking, until=claims_until(method=method, hold_until=until))
    booking.method, booking.plan, booking.due_now = method, plan.plan, plan.due_now
    booking.balance_on, booking.hold_expires_at = plan.balance_on, until
    if plan.plan == Plan.ON_ARRIVAL:
        messages.tell_hosts(booking=booking)


def _plan(booking: Booking, method: PaymentMethod) -> PaymentPlan:
    return payment_plan(
        booking.total,
        on_arrival=method == PaymentMethod.CASH,
        deposit_basis_points=booking.deposit_basis_points,
        arrival=booking.arrival,
        today=clock.today(),
    )


def _hold_until(booking: Booking, method: PaymentMethod) -> datetime:
    """Until when a held booking would be kept for another way of paying. Raises Invalid when that is not open."""
    if method not in payment_methods(booking=booking):
        message = _("This way of paying is not open for these dates.")
        raise Invalid(message, errors=[("method", message)])
    if method == PaymentMethod.CASH:
        return on_arrival_hold_until(booking.arrival)
    if method == PaymentMethod.CARD:
        return _card_hold_until(booking)
    if not transfer_offered(clock.now(), booking.arrival):  # the desk accepts it although it is late
        accepted_until = clock.now() + timedelta(hours=settings().transfer_hold_hours)
        return max(booking.hold_expires_at or accepted_until, min(accepted_until, latest_of(booking=booking)))
    # From one way to another and back nobody keeps a room for longer than from the beginning.
    since = clock.now() if booking.method == PaymentMethod.CASH else booking.created_at
    until = transfer_hold_until(since, booking.arrival, settings().transfer_hold_hours)
    return max(until, booking.hold_expires_at or until)


def _card_hold_until(booking: Booking) -> datetime:
    """With every attempt by card the hold grows, up to its most since it began; what lasts longer already, lasts."""
    seconds, most = settings().hold_seconds, settings().hold_max_seconds
    grown = card_hold_until(clock.now(), booking.created_at, seconds, most)
    if booking.method != PaymentMethod.CARD:
        return max(grown, min(booking.hold_expires_at or grown, clock.now() + timedelta(seconds=seconds)))
    return max(grown, booking.hold_expires_at or grown)
