"""The booking's states, how long a hold lasts, which ways of paying are open, and what is due when. Plain values."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime, time, timedelta
from enum import StrEnum

from app.core.dates import EARN_AT, village_date, village_instant
from app.core.money import Rupiah, share_up
from app.villages.rules import Keeps


class BookingState(StrEnum):
    """Where a booking is. What is missing to the total is an amount due, never a state."""

    REQUESTED = "requested"
    HELD = "held"
    CONFIRMED = "confirmed"
    COMPLETED = "completed"
    EXPIRED = "expired"
    CANCELLED = "cancelled"
    DECLINED = "declined"
    NO_SHOW = "no_show"


_S = BookingState

TRANSITIONS: dict[BookingState, frozenset[BookingState]] = {
    _S.REQUESTED: frozenset({_S.HELD, _S.DECLINED}),
    _S.HELD: frozenset({_S.CONFIRMED, _S.EXPIRED, _S.CANCELLED}),
    _S.CONFIRMED: frozenset({_S.COMPLETED, _S.CANCELLED, _S.NO_SHOW}),
    _S.EXPIRED: frozenset({_S.CONFIRMED}),
    _S.NO_SHOW: frozenset({_S.CONFIRMED}),
    _S.COMPLETED: frozenset(),
    _S.CANCELLED: frozenset(),
    _S.DECLINED: frozenset(),
}


def may_become(current: BookingState, wanted: BookingState) -> bool:
    """Whether the table leads from one state to the other."""
    return wanted in TRANSITIONS[current]


def state_at(state: BookingState, hold_expires_at: datetime | None, now: datetime) -> BookingState:
    """How a stored state reads now: a hold past its time is expired everywhere, whether or not a job has passed."""
    if state == _S.HELD and hold_expires_at is not None and hold_expires_at <= now:
        return _S.EXPIRED
    return state


class UnitState(StrEnum):
    """A night, seat or piece: booked until it is earned, or cancelled; kept where its price, or a part of it, stays
    with the village although the guest cancelled: it is earned on its date all the same.
    """

    BOOKED = "booked"
    EARNED = "earned"
    KEPT = "kept"
    CANCELLED = "cancelled"


class LineKind(StrEnum):
    """What kind of thing a line is."""

    STAY = "stay"
    PACKAGE = "package"
    PRODUCT = "product"


class Plan(StrEnum):
    """When what is paid."""

    ALL_NOW = "all_now"
    DEPOSIT = "deposit"
    ON_ARRIVAL = "on_arrival"


LAST_TRANSFER = time(17, 0)
TRANSFER_ENDS = time(18, 0)
ARRIVAL_ENDS = time(20, 0)
ON_ARRIVAL_DAYS = 14
SHORTEST_SESSION = timedelta(minutes=31)
LONGEST_SESSION = timedelta(hours=23)
BALANCE_DAYS = 7


def transfer_offered(now: datetime, arrival: date) -> bool:
    """A transfer needs somebody to see it arrive: not later than 17:00 village time the day before arrival."""
    return now <= village_instant(arrival - timedelta(days=1), LAST_TRANSFER)


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


def last_earned_on(now: datetime) -> date:
    """The latest service date that is earned by now."""
    yesterday = village_date(now) - timedelta(days=1)
    return yesterday if earned_at(yesterday) <= now else yesterday - timedelta(days=1)


def kept_by_terms(kind: LineKind, keeps: Keeps, prices: Sequence[tuple[date, Rupiah]]) -> Rupiah:
    """What a step of the terms keeps of a line, in rupiah, rounded down; `prices` are its units' dates and prices.

    Where a night would be kept, a package keeps its whole price (design, section 5).
    """
    total = sum(price for _on, price in prices)
    if keeps == Keeps.NOTHING or not prices:
        return 0
    if keeps == Keeps.HALF:
        return total // 2
    if keeps == Keeps.FIRST_NIGHT and kind == LineKind.STAY:
        first = min(on for on, _price in prices)
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


LIVE = frozenset({_S.CONFIRMED, _S.COMPLETED, _S.NO_SHOW})
"""A booking that money is paid for and stays with."""

REVIVABLE = frozenset({_S.HELD, _S.EXPIRED})
"""A booking that money makes certain: in time, or late where the nights are still free."""


def outcome_of(
    *, state: BookingState, state_now: BookingState, arrival_passed: bool, received: Rupiah, due_now: Rupiah
) -> Outcome:
    """What an amount does, of which `received` is what would be paid by then, in rupiah."""
    if state in LIVE:
        return Outcome.BALANCE
    if state not in REVIVABLE or arrival_passed:
        return Outcome.RETURNS
    in_time = state_now == _S.HELD
    if received < due_now:
        return Outcome.PART if in_time else Outcome.TOO_LITTLE_TOO_LATE
    return Outcome.CONFIRMS if in_time else Outcome.LATE


class CheckInWay(StrEnum):
    """How whoever let guests in knew them: by the sealed ticket, or by the booking code."""

    SCAN = "scan"
    CODE = "code"


@dataclass(frozen=True)
class Ticket:
    """What a ticket says: the line of a booking, and the version of the links it was made with."""

    code: str
    position: int
    version: int


TICKET = "SD1"
"""How a ticket's text begins; a later shape has another number."""


def write_ticket(ticket: Ticket) -> str:
    """A ticket as the text that is sealed."""
    return f"{TICKET}.{ticket.code}.{ticket.position}.{ticket.version}"


def is_ticket(text: str) -> bool:
    """Whether a text means to be a ticket, true or false; a booking code has neither dots nor a 1."""
    return text.startswith(TICKET) or "." in text


def read_ticket(text: str) -> Ticket:
    """The ticket that a text stands for. Raises ValueError."""
    begin, *parts = text.split(".")
    if begin != TICKET or len(parts) != len(fields(Ticket)):
        raise ValueError(f"no ticket: {text}")
    code, position, version = parts
    if any(
        not (number.isascii() and number.isdigit() and len(number) < 10) for number in (position, version)
    ):
        raise ValueError(f"no ticket: {text}")
    return Ticket(code, int(position), int(version))


EARLY, LATE = timedelta(hours=3), timedelta(hours=3)


def is_its_day(starts_at: datetime, now: datetime) -> bool:
    """Whether guests of a departure are let in now: on its village date, or near a start that lies about midnight."""
    return village_date(starts_at) == village_date(now) or starts_at - EARLY <= now <= starts_at + LATE


class PaperKind(StrEnum):
    """What a numbered paper in the guest's hands says."""

    RECEIPT = "receipt"
    CREDIT_NOTE = "credit_note"


COMPANY = "pendamping"
"""The issuer of papers for trips over several villages: the assisting company."""


def issuer_of(villages: Collection[str]) -> str:
    """Who issues the papers of a trip through villages (slugs): the BUMDes of the one, else the assisting company."""
    return next(iter(villages)) if len(villages) == 1 else COMPANY


def paper_number(issuer: str, year: int, position: int) -> str:
    """How the number of a paper is written: SARIHAYU-2027-00012. One row of numbers for receipts and credit notes."""
    return f"{issuer.upper()}-{year}-{position:05d}"


def tax_fallen(amounts: Sequence[Rupiah], on_papers: Rupiah, in_books: Rupiah) -> list[Rupiah]:
    """How the tax that a refund took back stands on its credit notes of these amounts, in rupiah, the first one first.

    Afterwards the papers of a booking say as much tax as its books: what they said too much falls, never more than a
    note gives back.
    """
    left, parts = max(0, on_papers - in_books), []
    for amount in amounts:
        parts.append(min(left, amount))
        left -= parts[-1]
    return parts
