"""How long a hold lasts, which ways of paying are open, and what is due when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from app.bookings.rules.states import Plan
from app.core.dates import village_date, village_instant
from app.core.money import BASIS, Rupiah, share_up

LAST_TRANSFER = time(17, 0)
TRANSFER_ENDS = time(18, 0)
ARRIVAL_ENDS = time(20, 0)
ON_ARRIVAL_DAYS = 14
SHORTEST_SESSION = timedelta(minutes=31)
LONGEST_SESSION = timedelta(hours=23)
BALANCE_DAYS = 7
MOST_QRIS: Rupiah = 10_000_000
"""What one payment by QRIS may be at the most, by the central bank's rule."""


def transfer_offered(now: datetime, arrival: date) -> bool:
    """A transfer needs somebody to see it arrive: not later than 17:00 village time the day before arrival."""
    return now <= village_instant(arrival - timedelta(days=1), LAST_TRANSFER)


def qris_takes(amount: Rupiah) -> bool:
    """Whether a sum, in rupiah, can be paid by QRIS at once. When it is offered is what holds for a transfer."""
    return 0 < amount <= MOST_QRIS


def qris_fee(amount: Rupiah, basis_points: int) -> Rupiah:
    """What the QRIS provider keeps of a payment, in rupiah, to the nearest."""
    return (amount * basis_points + BASIS // 2) // BASIS


def transfer_hold_until(now: datetime, arrival: date, hours: int) -> datetime:
    """A hold for a transfer lasts the given hours, never past 18:00 village time the day before arrival."""
    return min(now + timedelta(hours=hours), village_instant(arrival - timedelta(days=1), TRANSFER_ENDS))


def card_hold_until(now: datetime, since: datetime, seconds: int, most_seconds: int) -> datetime:
    """A hold for a card lasts `seconds` from now, and with every new attempt at most `most_seconds` since it began."""
    return min(now + timedelta(seconds=seconds), since + timedelta(seconds=most_seconds))


def session_until(now: datetime, hold_until: datetime | None) -> datetime:
    """When the provider's page ends: with the hold, yet the provider wants 30 minutes at least (and a minute to come
    there); without a hold, for an amount due, after two hours. Its most is 24 hours.
    """
    wanted = hold_until or now + timedelta(hours=2)
    return min(max(wanted, now + SHORTEST_SESSION), now + LONGEST_SESSION)


def on_arrival_offered(now: datetime, arrival: date, *, house_allows: bool) -> bool:
    """Paying wholly on arrival: where the house allows it, at most 14 days ahead, before 20:00 of the day."""
    days_ahead = (arrival - village_date(now)).days
    return house_allows and 0 <= days_ahead <= ON_ARRIVAL_DAYS and now < on_arrival_hold_until(arrival)


def on_arrival_hold_until(arrival: date) -> datetime:
    """A booking paid on arrival is held until 20:00 village time of that day."""
    return village_instant(arrival, ARRIVAL_ENDS)


@dataclass(frozen=True)
class PaymentPlan:
    """What confirms the booking, and the balance by a village date (None where nothing is left)."""

    plan: Plan
    due_now: Rupiah
    balance: Rupiah
    balance_on: date | None


def payment_plan(
    total: Rupiah, *, on_arrival: bool, deposit_basis_points: int, arrival: date, today: date
) -> PaymentPlan:
    """The plan of a booking. A deposit is rounded up; its balance is due a week before arrival, else all is due now."""
    if on_arrival:
        return PaymentPlan(Plan.ON_ARRIVAL, total, 0, None)
    deposit = share_up(total, deposit_basis_points)
    balance_on = arrival - timedelta(days=BALANCE_DAYS)
    if deposit >= total or balance_on <= today:
        return PaymentPlan(Plan.ALL_NOW, total, 0, None)
    return PaymentPlan(Plan.DEPOSIT, deposit, total - deposit, balance_on)
