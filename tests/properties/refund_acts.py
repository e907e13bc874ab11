"""Refunds that people send: asked about, given by the guest or for them, approved by a second person, sent, proved, or
come back. Mixed into a machine with guests and money.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, rule

from app.bookings import queries, services
from app.bookings.rules import HandRoute, HandState
from app.payments.models import Refund
from app.payments.queries import list_open_refunds, lock_refund
from app.users.rules import Scope
from tests.factories import ACCOUNT, make_transferred

EVERYTHING = Scope(everything=True)
MOVABLE = (HandState.ASKED, HandState.GIVEN, HandState.APPROVED, HandState.SENT)
WHICH = st.integers(0, 4)


class RefundActs(RuleBasedStateMachine):
    """Rules over whatever is owed back; `user_id` and `second_id` are two persons, the second a manager."""

    codes: Bundle[str] = Bundle("codes")
    user_id: int
    second_id: int
    now: Any
    door: Any
    app: Any

    @rule(which=WHICH, cash=st.booleans(), by_desk=st.booleans(), steps=st.integers(1, 4))
    def carry_a_refund(self, which: int, cash: bool, by_desk: bool, steps: int) -> None:
        """From where one stands so many steps on: given, approved, sent, proved; each by its own person."""
        refund_id = self._one_of(MOVABLE, which)
        for _step in range(steps if refund_id else 0):
            with self.door():
                self._move(int(refund_id or 0), cash=cash, by_desk=by_desk)

    @rule(code=codes, cash=st.booleans())
    def say_where_to(self, code: str, cash: bool) -> None:
        """The guest gives an account, or says otherwise as long as nobody has approved it."""
        with self.door():
            services.give_account(code=code, account=None if cash else ACCOUNT)

    @rule(which=WHICH, stale=st.booleans(), own=st.booleans())
    def approve_wrongly(self, which: int, stale: bool, own: bool) -> None:
        """An older account, or the sender as the second person."""
        refund_id = self._one_of([HandState.GIVEN], which)
        if refund_id is None:
            return
        with self.door():
            services.approve_refund(
                refund_id=refund_id,
                version=self._version(refund_id) - stale,
                note="known",
                by_user_id=self.user_id if own else self.second_id,
                scope=EVERYTHING,
            )

    @rule(which=WHICH, sent=st.booleans())
    def ask_the_guest_anew(self, which: int, sent: bool) -> None:
        """What was given cannot be right, or the bank gave the transfer back."""
        wanted = [HandState.SENT] if sent else [HandState.GIVEN, HandState.APPROVED]
        refund_id = self._one_of(wanted, which)
        if refund_id is not None:
            with self.door():
                services.ask_anew(
                    refund_id=refund_id, reason="no such account", by_user_id=self.user_id, scope=EVERYTHING
                )

    @rule(which=WHICH)
    def remind_of_a_refund(self, which: int) -> None:
        refund_id = self._one_of([HandState.ASKED], which)
        if refund_id is not None:
            with self.door():
                services.remind_of_refund(refund_id=refund_id, by_user_id=self.user_id, scope=EVERYTHING)

    @rule(limit=st.integers(1, 5))
    def ask_for_accounts(self, limit: int) -> None:
        with self.door():
            services.ask_for_accounts(limit=limit)

    def forget_accounts(self) -> None:
        """The job of every night."""
        with self.door():
            services.forget_accounts()

    def _move(self, refund_id: int, *, cash: bool, by_desk: bool) -> None:
        """One step; raises what a service raises."""
        hand = queries.find_hand(refund_id)
        booking = queries.get_booking(_code(refund_id), EVERYTHING)
        if hand is None or hand.state == HandState.ASKED:
            services.give_account(
                code=booking.code,
                account=None if cash else ACCOUNT,
                by_user_id=self.user_id if by_desk else None,
            )
        elif hand.state == HandState.GIVEN:
            services.approve_refund(
                refund_id=refund_id,
                version=hand.version,
                note="known",
                by_user_id=self.second_id,
                scope=EVERYTHING,
            )
        elif hand.state == HandState.SENT:
            services.confirm_refund(
                refund_id=refund_id, proof="line 7", by_user_id=self.user_id, scope=EVERYTHING
            )
        elif hand.route == HandRoute.CASH:
            services.hand_over_cash(
                refund_id=refund_id,
                village=booking.lines[0].village.slug,
                receiver="Guest",
                by_user_id=self.user_id,
                scope=EVERYTHING,
            )
        elif hand.state == HandState.APPROVED:
            make_transferred(refund_id, by_user_id=self.user_id)

    def _one_of(self, states: Sequence[HandState], which: int) -> int | None:
        """A refund that a person sends and that stands so; one that nobody was asked about counts as asked."""
        with self.app.app_context():
            found = [refund.id for refund in self._by_hand() if _stands(refund) in states]
        return found[which % len(found)] if found else None

    def _by_hand(self) -> list[Refund]:
        ours = [one for one in list_open_refunds() if one.reference.startswith("booking:")]
        return [one for one in ours if queries.is_by_hand(one)]

    def _version(self, refund_id: int) -> int:
        with self.app.app_context():
            hand = queries.find_hand(refund_id)
        return hand.version if hand else 0


def _stands(refund: Refund) -> HandState:
    hand = queries.find_hand(refund.id)
    return hand.state if hand else HandState.ASKED


def _code(refund_id: int) -> str:
    return lock_refund(refund_id).reference.partition(":")[2]
