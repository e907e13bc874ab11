"""States of payments and refunds, and how a received amount is read. Plain values only."""

from __future__ import annotations

from collections.abc import Set
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from app.core.money import Rupiah

MOST_CODE = 499
"""A transfer's unique code is Rp 1–499 (the JSON contract)."""


class PaymentMethod(StrEnum):
    """How a guest pays."""

    CARD = "card"
    TRANSFER = "transfer"
    QRIS = "qris"
    CASH = "cash"
    CREDIT = "credit"


CHOSEN = (PaymentMethod.CARD, PaymentMethod.TRANSFER, PaymentMethod.QRIS, PaymentMethod.CASH)
"""The ways of paying that a guest chooses from; a credit is spent by itself."""


class PaymentState(StrEnum):
    """created → pending → succeeded | failed | expired | cancelled; expired → succeeded when money came late."""

    CREATED = "created"
    PENDING = "pending"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    EXPIRED = "expired"
    CANCELLED = "cancelled"


OPEN_STATES = frozenset({PaymentState.CREATED, PaymentState.PENDING})


class EventOutcome(StrEnum):
    """What an event of the provider led to: work, nothing, or a person who must look."""

    DONE = "done"
    IGNORED = "ignored"
    REVIEW = "review"


class Doubt(StrEnum):
    """Why a person must look at what the provider told. Its words stand where they are shown."""

    UNKNOWN_PAGE = "unknown_page"
    NO_BOOKING = "no_booking"
    OTHER_MODE = "other_mode"
    OTHER_CURRENCY = "other_currency"
    OTHER_AMOUNT = "other_amount"
    OTHER_BOOKING = "other_booking"
    UNKNOWN_REFUND = "unknown_refund"
    REFUND_AMOUNT = "refund_amount"
    REFUND_CAME_BACK = "refund_came_back"
    REFUND_TWICE = "refund_twice"
    DISPUTED = "disputed"
    PAYOUT_PARTS = "payout_parts"
    PAYOUT_FAILED = "payout_failed"


CARD_KEEPER = "card"
"""Who holds money paid by card until the provider has paid it out: the ledger's account `held:card`."""


@dataclass(frozen=True, kw_only=True)
class CardRequest:
    """What the provider is asked for. Kept with the attempt: under the same key the same must be asked again."""

    description: str
    language: str
    return_url: str
    cancel_url: str
    expires_at: datetime
    key: str
    email: str | None

    def to_data(self) -> dict[str, Any]:
        """As JSON for the attempt."""
        return asdict(self) | {"expires_at": self.expires_at.isoformat()}

    @classmethod
    def from_data(cls, kept: dict[str, Any]) -> CardRequest:
        """From the attempt's JSON."""
        return cls(**(kept | {"expires_at": datetime.fromisoformat(kept["expires_at"])}))


class PayoutState(StrEnum):
    """told → booked | review, where a person must look."""

    TOLD = "told"
    BOOKED = "booked"
    REVIEW = "review"


@dataclass(frozen=True)
class PayoutLine:
    """A movement in a payout: whose row here it is, which of its columns (`mark`) says in which payout it was, and what
    it is worth in our books, in rupiah, below 0 where money left; None while it is not in the books.
    """

    row: Any
    mark: str
    net: Rupiah | None

    @property
    def payout_id(self) -> int | None:
        """The payout that had it before."""
        return getattr(self.row, self.mark)  # type: ignore[no-any-return]


class RefundState(StrEnum):
    """created → sent | pending | failed; pending (the provider has it) → sent | failed; failed → sent by hand.

    sent → returned when the guest's bank gives it back: it is owed again by a refund of its own. created or failed →
    parted when the guest's bank has taken a part of it: that part and the rest are refunds of their own.
    """

    CREATED = "created"
    PENDING = "pending"
    SENT = "sent"
    FAILED = "failed"
    RETURNED = "returned"
    PARTED = "parted"


MOVED_ON = frozenset({RefundState.RETURNED, RefundState.PARTED})
"""The amount is owed by other refunds now: these stand only for what was."""


@dataclass(frozen=True)
class Reading:
    """What a received amount is made of, in rupiah: paid for the booking, the unique code, and too much."""

    applied: Rupiah
    code: Rupiah
    excess: Rupiah


def read_amount(received: Rupiah, outstanding: Rupiah, code: int) -> Reading:
    """Read a received amount: first what is outstanding, then the unique code if exactly that is left, else excess.

    Raises ValueError when nothing was received or less than nothing is outstanding.
    """
    if received <= 0 or outstanding < 0:
        raise ValueError("a receipt needs an amount > 0 and an outstanding amount ≥ 0")
    applied = min(received, outstanding)
    rest = received - applied
    return Reading(applied, rest, 0) if rest and rest == code else Reading(applied, 0, rest)


def read_deposit(received: Rupiah, due_now: Rupiah, outstanding: Rupiah, code: int) -> Reading:
    """Like `read_amount`, for an attempt that asked for a part: the asked amount with its code is read exactly."""
    if code and received == due_now + code and due_now <= outstanding:
        return Reading(due_now, code, 0)
    return read_amount(received, outstanding, code)


def free_code(start: int, taken: Set[int]) -> int:
    """The first unique code from `start` that no open payment of the same amount has; `start` again if all do.

    A tie goes to the person who matches, it never refuses a booking.
    """
    for step in range(MOST_CODE):
        code = (start - 1 + step) % MOST_CODE + 1
        if code not in taken:
            return code
    return (start - 1) % MOST_CODE + 1
