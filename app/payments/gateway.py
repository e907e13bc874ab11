"""What we ask of a card payment provider, and the one place where rupiah become what the provider counts.

The provider counts IDR in hundredths: Rp150.000 is 15_000_000 (its own documentation of currencies with two decimals).
Everything on this side of the interface is whole rupiah. No call here may stand inside of a transaction.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from app.core.money import Rupiah

HUNDREDTHS = 100


class SessionState(StrEnum):
    """Where the provider's payment page stands: only an open one can be expired, and only it can still be paid."""

    OPEN = "open"
    COMPLETE = "complete"
    EXPIRED = "expired"


@dataclass(frozen=True, kw_only=True)
class SessionRequest:
    """A payment page to be opened. Sent again after a crash it must be the very same, so all of it is stored first."""

    reference: str
    amount: Rupiah
    description: str
    return_url: str
    expires_at: datetime
    idempotency_key: str


@dataclass(frozen=True, kw_only=True)
class Session:
    """A payment page as the provider tells of it. `paid` is None until something was paid."""

    id: str
    state: SessionState
    url: str | None
    reference: str
    amount: Rupiah
    paid: Rupiah | None
    charge: str | None


class Gateway(Protocol):
    """One provider. Each method is one call over the network and raises Unavailable when there is no answer."""

    def open_session(self, request: SessionRequest) -> Session:
        """Open a payment page; the same key again gives the same page."""

    def expire_session(self, session_id: str) -> Session:
        """Close a page that is open; one that was paid meanwhile comes back as complete, and is to be believed."""

    def retrieve_session(self, session_id: str) -> Session:
        """How a page stands now."""

    def refund(self, *, charge: str, amount: Rupiah, idempotency_key: str) -> str:
        """Send money of a charge back, in part or in full; gives the provider's number of the refund."""


def to_provider(amount: Rupiah) -> int:
    """Rupiah in the provider's hundredths. Raises ValueError for an amount that cannot be charged."""
    if amount <= 0:
        raise ValueError("only an amount above Rp0 can be charged")
    return amount * HUNDREDTHS


def from_provider(hundredths: int) -> Rupiah:
    """The provider's hundredths in rupiah. Raises ValueError for parts of a rupiah: nobody here can owe them."""
    amount, rest = divmod(hundredths, HUNDREDTHS)
    if rest or hundredths < 0:
        raise ValueError(f"{hundredths} hundredths are no whole rupiah")
    return amount
