"""What we ask of a provider and what it answers, in our own words: whole rupiah, aware instants, our numbers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from app.core.money import Rupiah


class SessionState(StrEnum):
    """Where the provider's payment page stands: only an open one can be expired, and only it can still be paid."""

    OPEN = "open"
    COMPLETE = "complete"
    EXPIRED = "expired"


class ProviderRefundState(StrEnum):
    """How far the provider is with a refund. One that succeeded may still fail days later."""

    PENDING = "pending"
    SUCCEEDED = "succeeded"
    FAILED = "failed"


class ProviderDisputeState(StrEnum):
    """Where a dispute stands. CLOSED was only an inquiry: no money was taken for it."""

    NEEDS_ANSWER = "needs_answer"
    ANSWERED = "answered"
    WON = "won"
    LOST = "lost"
    CLOSED = "closed"

    @property
    def is_over(self) -> bool:
        """Whether it is decided, for good."""
        return self in {self.WON, self.LOST, self.CLOSED}

    def may_become(self, told: ProviderDisputeState) -> bool:
        """Whether what is told is news: it is told in any order, and what is decided stays decided."""
        return not self.is_over and (told.is_over or told == self.ANSWERED)


class EventKind(StrEnum):
    """What an event is to us; everything that nobody here waits for is OTHER."""

    SESSION_COMPLETED = "session_completed"
    SESSION_EXPIRED = "session_expired"
    REFUND_CHANGED = "refund_changed"
    CHARGE_CHANGED = "charge_changed"
    DISPUTE_CHANGED = "dispute_changed"
    PAYOUT_PAID = "payout_paid"
    PAYOUT_FAILED = "payout_failed"
    OTHER = "other"


@dataclass(frozen=True, kw_only=True)
class SessionRequest:
    """A payment page to be opened. Sent again after a crash it must be the very same, so all of it is stored first."""

    reference: str
    payment_id: int
    amount: Rupiah
    description: str
    language: str
    return_url: str
    cancel_url: str
    expires_at: datetime
    idempotency_key: str
    email: str | None = None


@dataclass(frozen=True, kw_only=True)
class Session:
    """A payment page as the provider tells of it.

    `asked` is None where the provider's amount is no whole number of rupiah (`currency` says of which money it is);
    `paid` is None until it was paid, and for the same reason. `charge` is the number refunds are asked for with.
    """

    id: str
    state: SessionState
    url: str | None
    reference: str
    payment_id: int | None
    asked: Rupiah | None
    paid: Rupiah | None
    currency: str
    charge: str | None
    live: bool
    created_at: datetime
    expires_at: datetime


@dataclass(frozen=True, kw_only=True)
class ProviderRefund:
    """Money on its way back, as the provider tells of it. `refund_id` is our number, None if we did not ask for it."""

    id: str
    charge: str
    amount: Rupiah | None
    currency: str
    state: ProviderRefundState
    refund_id: int | None


@dataclass(frozen=True, kw_only=True)
class ChargeFee:
    """What became of a charge at the provider, in rupiah: what the guest paid, what it kept, what it owes us for it.

    Where it counts in another money, fee and net are that money at the charge's own rate; what the three then differ
    by is `exchange`, above 0 for a loss.
    """

    charge: str
    amount: Rupiah
    fee: Rupiah
    net: Rupiah

    @property
    def exchange(self) -> Rupiah:
        """What was lost by changing and rounding, in rupiah; below 0 when it was won."""
        return self.amount - self.fee - self.net


@dataclass(frozen=True, kw_only=True)
class DisputeMovement:
    """What a dispute moved on our account there, in rupiah: `net` left it (or came back), `fee` is a part of that (or
    was given back with it, below 0 if another one was kept). `id` is the movement's number.
    """

    id: str
    net: Rupiah
    fee: Rupiah


@dataclass(frozen=True, kw_only=True)
class ProviderDispute:
    """A payment that a guest has their bank take back, as the provider tells of it at some time.

    `amount` is None where it is no whole number of rupiah. `due_at` is until when the provider takes our evidence.
    """

    id: str
    charge: str
    amount: Rupiah | None
    currency: str
    state: ProviderDisputeState
    reason: str
    due_at: datetime | None
    created_at: datetime
    taken: DisputeMovement | None
    returned: DisputeMovement | None


@dataclass(frozen=True)
class PayoutPart:
    """One of the movements that a payout sent to the bank: a charge's, a refund's (by the provider's numbers; `kind`
    says whether it left or came back), a dispute's (`movement` is its own number), or of another kind.
    """

    kind: str
    charge: str | None
    refund: str | None
    movement: str | None = None


@dataclass(frozen=True, kw_only=True)
class ProviderEvent:
    """Something the provider tells of its own accord. `type` is its own name for it; `live` if about real money.

    `charge` and `payout` are the numbers of what it is about, where nothing else of it is needed.
    """

    id: str
    kind: EventKind
    type: str
    live: bool
    created_at: datetime
    session: Session | None
    refund: ProviderRefund | None
    charge: str | None = None
    payout: str | None = None
    dispute: ProviderDispute | None = None


class BadSignature(Exception):
    """The sender cannot be proved, the signature is too old or from the future, or the body is no event."""


class Refused(Exception):
    """The provider understood and said no: asking the same again gives the same answer. `code` is its own."""

    def __init__(self, message: str, *, code: str) -> None:
        super().__init__(message)
        self.code = code


class Gateway(Protocol):
    """One provider. Every call over the network raises Unavailable when there is no answer, Refused when it is no."""

    @property
    def live(self) -> bool:
        """Whether our key moves real money."""

    def open_session(self, request: SessionRequest) -> Session:
        """Open a payment page; the same key again gives the same page."""

    def expire_session(self, session_id: str) -> Session:
        """Close a page that is open; one that was paid meanwhile comes back as complete, and is to be believed."""

    def retrieve_session(self, session_id: str) -> Session:
        """How a page stands now."""

    def refund(self, *, charge: str, amount: Rupiah, refund_id: int, idempotency_key: str) -> ProviderRefund:
        """Send money of a charge back, in part or in full."""

    def find_refund(self, *, charge: str, refund_id: int) -> ProviderRefund | None:
        """The provider's refund for our number, if there is one; of several, one that has not failed."""

    def find_session(
        self, *, reference: str, payment_id: int, since: datetime, until: datetime
    ) -> Session | None:
        """The page that was opened for our attempt between two instants, if there is one."""

    def charge_fee(self, charge: str) -> ChargeFee | None:
        """What the provider kept of a charge; None while it does not know."""

    def payout_parts(self, payout: str) -> list[PayoutPart]:
        """Everything that a payout sent to the bank."""

    def missed_events(self) -> list[ProviderEvent]:
        """What it told of the last thirty days and nobody took, oldest first. Raises Unavailable, Refused."""
        ...

    def read_event(self, payload: bytes, signature: str) -> ProviderEvent:
        """What the provider tells, proved by its signature. Raises BadSignature."""
