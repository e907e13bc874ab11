"""When units are earned, what terms keep, how money fills units, and what money that came does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from enum import StrEnum

from app.bookings.rules.states import LIVE, REVIVABLE, BookingState, LineKind, UnitState
from app.core.dates import EARN_AT, village_date, village_instant
from app.core.money import Rupiah
from app.villages.rules import Keeps


def earned_at(on: date) -> datetime:
    """A night or departure is earned at 12:00 village time the day after its date."""
    return village_instant(on + timedelta(days=1), EARN_AT)


def earns_by_time(kind: LineKind) -> bool:
    """Whether a unit is earned when its date is over. A product is earned when it is handed over, and not before."""
    return kind != LineKind.PRODUCT


def account_at(account: str, *, state: UnitState, kind: LineKind, on: date, now: datetime) -> str:
    """A party's account at the stage of a unit. The job may have earned the unit while a step waited for the booking,
    with a later time in hand: what is earned is asked of the unit too. The tax has no stages.
    """
    if not account.startswith("payee:"):
        return account
    is_earned = state == UnitState.EARNED or (earns_by_time(kind) and earned_at(on) <= now)
    return f"{account}:{'payable' if is_earned else 'pending'}"


def fill(amount: Rupiah, prices: Sequence[tuple[int, Rupiah]]) -> dict[int, Rupiah]:
    """How an amount fills units in their order, in rupiah by the unit's key; `prices` are keys and prices."""
    filled = {}
    for key, price in prices:
        filled[key] = min(amount, price)
        amount -= filled[key]
    return filled


def drain(amount: Rupiah, filled: Mapping[int, Rupiah]) -> dict[int, Rupiah]:
    """What is left in units, in rupiah by the unit's key, when an amount goes out of the last ones first."""
    left = {}
    for key, rupiah in list(filled.items())[::-1]:
        part = min(amount, rupiah)
        left[key] = rupiah - part
        amount -= part
    return left


def last_earned_on(now: datetime) -> date:
    """The latest service date that is earned by now."""
    yesterday = village_date(now) - timedelta(days=1)
    return yesterday if earned_at(yesterday) <= now else yesterday - timedelta(days=1)


def kept_by_terms(
    kind: LineKind, keeps: Keeps, prices: Sequence[tuple[date, Rupiah]], first: date | None = None
) -> Rupiah:
    """What a step of the terms keeps of what goes of a line, in rupiah, rounded down; `prices` are the dates and prices
    of the units that go. The first night is `first` where not all of the line goes: it is kept as far as it goes.

    Where a night would be kept, a package keeps its whole price (design, section 5).
    """
    total = sum(price for _on, price in prices)
    if keeps == Keeps.NOTHING or not prices:
        return 0
    if keeps == Keeps.HALF:
        return total // 2
    if keeps == Keeps.FIRST_NIGHT and kind == LineKind.STAY:
        first = first or min(on for on, _price in prices)
        return sum(price for on, price in prices if on == first)
    return total


class Outcome(StrEnum):
    """What recording a received amount leads to."""

    CONFIRMS = "confirms"
    PART = "part"
    BALANCE = "balance"
    LATE = "late"
    TOO_LITTLE_TOO_LATE = "too_little_too_late"
    RETURNS = "returns"


def outcome_of(
    *, state: BookingState, state_now: BookingState, arrival_passed: bool, received: Rupiah, due_now: Rupiah
) -> Outcome:
    """What an amount does, of which `received` is what would be paid by then, in rupiah."""
    if state in LIVE:
        return Outcome.BALANCE
    if state not in REVIVABLE or arrival_passed:
        return Outcome.RETURNS
    in_time = state_now == BookingState.HELD
    if received < due_now:
        return Outcome.PART if in_time else Outcome.TOO_LITTLE_TOO_LATE
    return Outcome.CONFIRMS if in_time else Outcome.LATE
