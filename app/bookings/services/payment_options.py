"""Which ways of paying are open for a trip now, how long each holds, and what is due when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from app.bookings.rules import (
    PaymentPlan,
    card_hold_until,
    on_arrival_hold_until,
    on_arrival_offered,
    payment_plan,
    qris_takes,
    transfer_hold_until,
    transfer_offered,
)
from app.core.dates import village_date
from app.core.money import Rupiah
from app.core.settings import settings
from app.payments.rules import PaymentMethod
from app.villages.queries import find_receiving_sheet

QUOTE_LASTS = timedelta(minutes=15)


@dataclass(frozen=True)
class PaymentOption:
    """A way of paying that is open for this trip now: how long it holds, and what is due when."""

    method: PaymentMethod
    hold_until: datetime
    plan: PaymentPlan


@dataclass(frozen=True, kw_only=True)
class Payable:
    """What a trip is as far as paying goes. Amounts in rupiah; `credit` is what a guest's credit pays of the total."""

    arrival: date
    total: Rupiah
    credit: Rupiah
    deposit_basis_points: int
    pay_on_arrival: bool
    villages: frozenset[int]


def card_offered(*, amount: Rupiah) -> bool:
    """Whether an amount, in rupiah, can be paid by card here: the provider has given us a key, and takes such amounts.

    Nothing left to pay asks nothing of it.
    """
    has_provider = settings().stripe_secret_key is not None
    return has_provider and (amount <= 0 or settings().card_least <= amount <= settings().card_most)


def qris_offered(*, amount: Rupiah, villages: set[int] | frozenset[int]) -> bool:
    """Whether an amount, in rupiah, of a trip to some villages (their ids) can be paid by QRIS: whoever receives it has
    a sheet in force.
    """
    return (
        qris_takes(amount) and find_receiving_sheet(set(villages), settings().collecting_account) is not None
    )


def list_options(*, trip: Payable, now: datetime) -> list[PaymentOption]:
    """The ways of paying that are open now, in the order in which they are shown."""
    hours, plan = settings().transfer_hold_hours, _plan(trip, now, on_arrival=False)
    missing = max(0, plan.due_now - trip.credit)
    options = []
    if card_offered(amount=missing):
        until = card_hold_until(now, now, settings().hold_seconds, settings().hold_max_seconds)
        options.append(PaymentOption(PaymentMethod.CARD, until, plan))
    is_early = transfer_offered(now, trip.arrival)
    if is_early or not missing:
        # With nothing to pay there is nothing to wait for: the trip is certain at once.
        until = transfer_hold_until(now, trip.arrival, hours) if missing else now + QUOTE_LASTS
        options.append(PaymentOption(PaymentMethod.TRANSFER, until, plan))
    if is_early and qris_offered(amount=missing, villages=trip.villages):
        until = transfer_hold_until(now, trip.arrival, hours)
        options.append(PaymentOption(PaymentMethod.QRIS, until, plan))
    if on_arrival_offered(now, trip.arrival, house_allows=trip.pay_on_arrival):
        at_the_door = _plan(trip, now, on_arrival=True)
        options.append(PaymentOption(PaymentMethod.CASH, on_arrival_hold_until(trip.arrival), at_the_door))
    return options


def _plan(trip: Payable, now: datetime, *, on_arrival: bool) -> PaymentPlan:
    return payment_plan(
        trip.total,
        on_arrival=on_arrival,
        deposit_basis_points=trip.deposit_basis_points,
        arrival=trip.arrival,
        today=village_date(now),
    )
