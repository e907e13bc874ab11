"""A card provider inside of this process, by the same rules as the simulator: for tests that ask it thousands of times.

It stands in for the outside, not for any of our own code. test_till.py holds it against the simulator.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import count
from typing import Any, TypeVar

from app.core.errors import Unavailable
from app.core.money import Rupiah
from app.payments.gateway.values import (
    BadSignature,
    ChargeFee,
    EventKind,
    PayoutPart,
    ProviderEvent,
    ProviderRefund,
    ProviderRefundState,
    Refused,
    Session,
    SessionRequest,
    SessionState,
)

KEYS_KEPT = timedelta(hours=24)
SHORTEST, LONGEST = timedelta(minutes=30), timedelta(hours=24)
LEAST = 8_000
FEE_AFTER = timedelta(minutes=1)
SIGNATURE = "till"


T = TypeVar("T")


class Crash(Exception):
    """The process dies here: nothing that comes after it is done, and nobody is told."""


@dataclass
class Till:
    """Pages, charges, refunds, and everything that was told. `now` is set by whoever owns the clock.

    `trouble` is what befalls the next calls, the first of it the next one: `away` (nothing is done), `lost` (it is
    done and the answer is not heard), `dead` (it is done and the one who asked is gone).
    """

    now: datetime
    live: bool = False
    trouble: list[str] = field(default_factory=list)
    pages: dict[str, Session] = field(default_factory=dict)
    refunds: dict[str, ProviderRefund] = field(default_factory=dict)
    told: dict[str, ProviderEvent] = field(default_factory=dict)
    payouts: dict[str, list[PayoutPart]] = field(default_factory=dict)
    paid_at: dict[str, datetime] = field(default_factory=dict)
    _keys: dict[str, tuple[object, Any, datetime]] = field(default_factory=dict)
    _numbers: count[int] = field(default_factory=lambda: count(1))

    # What our side asks for

    def open_session(self, request: SessionRequest) -> Session:
        """Open a page; the same key again gives the same answer, as long as the key is remembered."""
        after = self._come()
        if (known := self._remembered(request.idempotency_key, request)) is not None:
            return self._give(known, after)
        if not SHORTEST <= request.expires_at - self.now <= LONGEST or request.amount < LEAST:
            raise Refused("the page cannot be opened", code="parameter_invalid")
        name = f"cs_{next(self._numbers)}"
        self.pages[name] = Session(
            id=name,
            state=SessionState.OPEN,
            url=f"https://till.example/{name}",
            reference=request.reference,
            payment_id=request.payment_id,
            asked=request.amount,
            paid=None,
            currency="idr",
            charge=None,
            live=self.live,
            created_at=self.now,
            expires_at=request.expires_at,
        )
        self._keys[request.idempotency_key] = request, self.pages[name], self.now
        return self._give(self.pages[name], after)

    def expire_session(self, session_id: str) -> Session:
        """Close a page; one that is not open says how it is."""
        after = self._come()
        if self.pages[session_id].state == SessionState.OPEN:
            self._close(session_id)
        return self._give(self.pages[session_id], after)

    def retrieve_session(self, session_id: str) -> Session:
        """How a page stands."""
        after = self._come()
        return self._give(self.pages[session_id], after)

    def find_session(
        self, *, reference: str, payment_id: int, since: datetime, until: datetime
    ) -> Session | None:
        """The page of an attempt, opened in between."""
        after = self._come()
        ours = [
            page
            for page in self.pages.values()
            if (page.reference, page.payment_id) == (reference, payment_id)
            and since <= page.created_at <= until
        ]
        return self._give(ours[-1] if ours else None, after)

    def refund(self, *, charge: str, amount: Rupiah, refund_id: int, idempotency_key: str) -> ProviderRefund:
        """Send money back, no more than is left of the charge."""
        after = self._come()
        asked = charge, amount, refund_id
        if (known := self._remembered(idempotency_key, asked)) is not None:
            return self._give(known, after)
        if amount > self.left_of(charge):
            raise Refused("more than is left", code="charge_already_refunded")
        name = f"re_{next(self._numbers)}"
        self.refunds[name] = ProviderRefund(
            id=name,
            charge=charge,
            amount=amount,
            currency="idr",
            state=ProviderRefundState.PENDING,
            refund_id=refund_id,
        )
        self._tell(EventKind.REFUND_CHANGED, refund=self.refunds[name])
        if next(self._numbers) % 3:  # most arrive at once, some take their time
            self.finish(name, ProviderRefundState.SUCCEEDED)
        self._keys[idempotency_key] = asked, self.refunds[name], self.now
        return self._give(self.refunds[name], after)

    def find_refund(self, *, charge: str, refund_id: int) -> ProviderRefund | None:
        """The refund for our number, one that has not failed before any other."""
        after = self._come()
        ours = [one for one in self.refunds.values() if (one.charge, one.refund_id) == (charge, refund_id)]
        ours.sort(key=lambda one: one.state == ProviderRefundState.FAILED)
        return self._give(next(iter(ours), None), after)

    def charge_fee(self, charge: str) -> ChargeFee | None:
        """What it kept of a charge: known a minute later, and a few rupiah lost or won by changing."""
        after = self._come()
        is_known = self.now >= self.paid_at[charge] + FEE_AFTER
        return self._give(self.fee_of(charge) if is_known else None, after)

    def payout_parts(self, payout: str) -> list[PayoutPart]:
        """Charges and refunds that went to the bank together."""
        after = self._come()
        return self._give(self.payouts[payout], after)

    def read_event(self, payload: bytes, signature: str) -> ProviderEvent:
        """What was told under this number."""
        if signature != SIGNATURE:
            raise BadSignature("not from the till")
        return self.told[payload.decode()]

    # What guests and banks do

    def pay(self, session_id: str) -> bool:
        """The guest pays on the page; whether it was still open."""
        self.lapse()
        page = self.pages[session_id]
        if page.state != SessionState.OPEN:
            return False
        paid = replace(
            page, state=SessionState.COMPLETE, paid=page.asked, charge=f"pi_{session_id}", url=None
        )
        self.pages[session_id] = paid
        self.paid_at[str(paid.charge)] = self.now
        self._tell(EventKind.SESSION_COMPLETED, session=paid)
        return True

    def fee_of(self, charge: str) -> ChargeFee:
        """What a charge costs: a share, something fixed, and what changing loses (−3 to 3 rupiah)."""
        (amount,) = (page.paid or 0 for page in self.pages.values() if page.charge == charge)
        fee, lost = amount * 39 // 1000 + 6_098, amount % 7 - 3
        return ChargeFee(charge=charge, amount=amount, fee=fee, net=amount - fee - lost)

    def pay_out(self) -> bool:
        """All that no payout has sent yet goes to the bank; whether there was anything."""
        gone = {(part.charge, part.refund) for parts in self.payouts.values() for part in parts}
        every = [PayoutPart("charge", charge, None) for charge in self.paid_at]
        every += [PayoutPart("refund", None, one) for one in self.refunds]
        parts = [part for part in every if (part.charge, part.refund) not in gone]
        if parts:
            name = f"po_{next(self._numbers)}"
            self.payouts[name] = parts
            self._tell(EventKind.PAYOUT_PAID, payout=name)
        return bool(parts)

    def say_fee(self, charge: str) -> None:
        """It tells that something about a charge is new."""
        self._tell(EventKind.CHARGE_CHANGED, charge=charge)

    def open_pages(self) -> list[Session]:
        """Pages that can still be paid on, the newest first."""
        self.lapse()
        return [page for page in reversed(self.pages.values()) if page.state == SessionState.OPEN]

    def finish(self, refund: str, state: ProviderRefundState) -> None:
        """A refund arrives, or comes back; one that has failed does not move any more."""
        if self.refunds[refund].state not in {state, ProviderRefundState.FAILED}:
            self.refunds[refund] = replace(self.refunds[refund], state=state)
            self._tell(EventKind.REFUND_CHANGED, refund=self.refunds[refund])

    def lapse(self) -> None:
        """Pages whose time is over close by themselves."""
        for name, page in list(self.pages.items()):
            if page.state == SessionState.OPEN and page.expires_at <= self.now:
                self._close(name)

    def left_of(self, charge: str) -> Rupiah:
        """What of a charge has not gone back, in rupiah."""
        (paid,) = (page.paid or 0 for page in self.pages.values() if page.charge == charge)
        return paid - self.returned_of(charge)

    def returned_of(self, charge: str) -> Rupiah:
        """What of a charge went back and stayed gone, in rupiah."""
        gone = (
            one.amount or 0
            for one in self.refunds.values()
            if one.state != ProviderRefundState.FAILED and one.charge == charge
        )
        return sum(gone)

    # How it does it

    def _come(self) -> str | None:
        """What will befall the answer."""
        self.lapse()
        after = self.trouble.pop(0) if self.trouble else None
        if after == "away":
            raise Unavailable("away")
        return after

    def _give(self, answer: T, after: str | None) -> T:
        if after == "lost":
            raise Unavailable("no answer")
        if after == "dead":
            raise Crash
        return answer

    def _remembered(self, key: str, asked: object) -> Any:
        """What was answered under a key; None where it is not known, or not any more."""
        before, answer, at = self._keys.get(key, (None, None, self.now))
        if before is None or at <= self.now - KEYS_KEPT:
            return None
        if before != asked:
            raise Refused("the same key, and another wish", code="idempotency_error")
        return answer

    def _close(self, session_id: str) -> None:
        closed = replace(self.pages[session_id], state=SessionState.EXPIRED, url=None)
        self.pages[session_id] = closed
        self._tell(EventKind.SESSION_EXPIRED, session=closed)

    def _tell(
        self,
        kind: EventKind,
        session: Session | None = None,
        refund: ProviderRefund | None = None,
        charge: str | None = None,
        payout: str | None = None,
    ) -> None:
        name = f"evt_{next(self._numbers)}"
        self.told[name] = ProviderEvent(
            id=name,
            kind=kind,
            type=kind.value,
            live=self.live,
            created_at=self.now,
            session=session,
            refund=refund,
            charge=charge,
            payout=payout,
        )
