"""Where a booking, its units and its money are to stand: kinds, states, and what may follow what."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum


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

LIVE = frozenset({_S.CONFIRMED, _S.COMPLETED, _S.NO_SHOW})
"""A booking that money is paid for and stays with."""

REVIVABLE = frozenset({_S.HELD, _S.EXPIRED})
"""A booking that money makes certain: in time, or late where the nights are still free."""


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
