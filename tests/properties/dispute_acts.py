"""Guests have their bank take card payments back, wholly or in part, before or after refunds, and banks decide; a
refund that had arrived comes back. The provider tells of it in any order. Mixed into a machine that invents its words.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, precondition, rule
from sqlalchemy import select

from app.bookings import services
from app.core.db import db
from app.payments.gateway import EventKind, ProviderRefund, ProviderRefundState, Session
from app.payments.gateway.values import DisputeMovement, ProviderDispute, ProviderDisputeState
from app.payments.models import Refund
from app.payments.queries import get_receipt
from app.payments.rules import CARD_KEEPER, RefundState

FEE = 70_001
ENDS = ("won", "won", "won, money later", "lost", "lost", "answered", "closed")


class DisputeActs(RuleBasedStateMachine):
    """Rules over whatever charges there are; `disputes` is how each stands with the provider."""

    codes: Bundle[str] = Bundle("codes")
    events: list[Any]
    now: Any
    door: Any
    app: Any
    _event: Any
    tell_again: Any
    open_page: Any
    pay_by_card: Any

    def __init__(self) -> None:
        super().__init__()
        self.disputes: dict[str, ProviderDispute] = {}

    @rule(
        code=codes,
        percent=st.sampled_from([1, 20, 33, 50, 80, 100, 100]),
        inquiry=st.sampled_from([False, False, False, True]),
    )
    def take_back_by_bank(self, code: str, percent: int, inquiry: bool) -> None:
        """Never more than was charged, in all disputes together."""
        for page in self._paid_pages(code)[-1:]:
            asked, charge = int(page.paid or 0), str(page.charge)
            taken = sum(
                int(one.amount or 0) for one in self.disputes.values() if one.charge == charge and one.taken
            )
            amount = min(max(1, asked * percent // 100), asked - taken)
            if amount > 0:
                self._tell_dispute(self._opened(charge, amount, inquiry=inquiry))

    @rule(code=codes, how=st.sampled_from(ENDS[1:5]))
    def dispute_and_decide(self, code: str, how: str) -> None:
        """A part of a charge, decided at once."""
        before = len(self.disputes)
        self.take_back_by_bank(code=code, percent=33, inquiry=False)
        if len(self.disputes) > before:
            self.decide(which=0, how=how)

    @rule(code=codes, percent=st.sampled_from([40, 100]))
    def hear_of_the_dispute_first(self, code: str, percent: int) -> None:
        """The dispute is told before the payment that it is about."""
        self.open_page(code=code, crash=False)
        known = len(self.events)
        with self.door():
            self._note_paid(code)
        if len(self.events) > known:
            self.take_back_by_bank(code=code, percent=percent, inquiry=False)
            self.tell_again(which=known)

    @precondition(lambda self: self.disputes)
    @rule(which=st.integers(0, 3), how=st.sampled_from(ENDS))
    def decide(self, which: int, how: str) -> None:
        """The bank decides on one that is open, the newest first; an inquiry is closed, or taken up."""
        open_ones = [one for one in self.disputes.values() if not one.state.is_over]
        if not open_ones:
            return
        told = open_ones[-1 - which % len(open_ones)]
        if told.taken is None:
            is_closed = how == "closed"
            told = replace(told, state=ProviderDisputeState.CLOSED if is_closed else told.state)
            self._tell_dispute(told if is_closed else replace(told, taken=self._taken(told)))
            return
        states = {
            "lost": ProviderDisputeState.LOST,
            "answered": ProviderDisputeState.ANSWERED,
            "closed": ProviderDisputeState.ANSWERED,
        }
        state = states.get(how, ProviderDisputeState.WON)
        returned = self._returned(told) if how == "won" else None
        self._tell_dispute(replace(told, state=state, returned=returned))

    @precondition(lambda self: self.disputes)
    @rule(which=st.integers(0, 3))
    def give_back_what_was_won(self, which: int) -> None:
        """What was decided for us some time ago is on our account again."""
        waiting = [
            one
            for one in self.disputes.values()
            if one.state == ProviderDisputeState.WON and one.returned is None
        ]
        if waiting:
            told = waiting[which % len(waiting)]
            self._tell_dispute(replace(told, returned=self._returned(told)))

    @rule(which=st.integers(0, 3))
    def a_refund_comes_back(self, which: int) -> None:
        """The guest's bank gives back what had arrived at the card."""
        with self.app.app_context():
            arrived = [one for one in self._arrived() if one.provider_id == f"re_{one.id}"]
            answers = [self._failed(one) for one in arrived]
        if answers:
            answer = answers[which % len(answers)]
            self.events.append(self._event(EventKind.REFUND_CHANGED, refund=answer))
            self.tell_again(which=-1)

    @rule(limit=st.integers(1, 3))
    def take_up_disputes(self, limit: int) -> None:
        """The job, for what was told before its charge."""
        with self.door():
            services.take_up_disputes(limit=limit)

    def _paid_pages(self, code: str) -> list[Session]:
        """Of this booking; where nothing of it was paid by card, of any."""
        told = [event.session for event in self.events if event.kind == EventKind.SESSION_COMPLETED]
        return [page for page in told if page.reference == f"booking:{code}"] or told

    def _note_paid(self, code: str) -> None:
        """The guest pays on a page, and nobody is told yet."""
        raise NotImplementedError

    def _opened(self, charge: str, amount: int, *, inquiry: bool) -> ProviderDispute:
        told = ProviderDispute(
            id=f"du_{len(self.disputes) + 1}",
            charge=charge,
            amount=amount,
            currency="idr",
            state=ProviderDisputeState.NEEDS_ANSWER,
            reason="fraudulent",
            due_at=None,
            created_at=self.now,
            taken=None,
            returned=None,
        )
        return told if inquiry else replace(told, taken=self._taken(told))

    def _taken(self, told: ProviderDispute) -> DisputeMovement:
        """Its fee is a part of it, and changing money loses or wins a little."""
        amount = int(told.amount or 0)
        return DisputeMovement(id=f"txn_{told.id}", net=amount + FEE + amount % 5 - 2, fee=FEE)

    def _returned(self, told: ProviderDispute) -> DisputeMovement:
        """Now and then its fee comes back as well."""
        amount = int(told.amount or 0)
        fee = FEE * (amount % 2)
        return DisputeMovement(id=f"txn_back_{told.id}", net=amount - fee - amount % 3, fee=-fee)

    def _tell_dispute(self, told: ProviderDispute) -> None:
        self.disputes[told.id] = told
        self.events.append(self._event(EventKind.DISPUTE_CHANGED, dispute=told))
        self.tell_again(which=-1)

    def _arrived(self) -> list[Refund]:
        is_theirs = Refund.keeper == CARD_KEEPER, Refund.sent_by_id.is_(None), Refund.credit_id.is_(None)
        query = select(Refund).where(Refund.state == RefundState.SENT, *is_theirs)
        return list(db.session.scalars(query.order_by(Refund.id)))

    def _failed(self, refund: Refund) -> ProviderRefund:
        return ProviderRefund(
            id=str(refund.provider_id),
            charge=str(get_receipt(refund.receipt_id).charge),
            amount=refund.amount,
            currency="idr",
            state=ProviderRefundState.FAILED,
            refund_id=refund.id,
        )
