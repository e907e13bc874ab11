"""Transfers: guests say that they have sent them, people look, bank statements come in and what no rule can place is
decided upon. Mixed into a machine with guests and money.
"""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, rule

from app.bookings import queries, services
from app.bookings.rules import Decision
from app.payments.queries import find_last_payment
from app.payments.rules import PaymentMethod
from app.users.rules import Scope
from tests.factories.statements import add_file, post_file

EVERYTHING = Scope(everything=True)
AMOUNTS = st.sampled_from(["asked", "asked", "short", "over", "a rupiah"])


class BankActs(RuleBasedStateMachine):
    """Rules over whatever is asked for by transfer; `account` is where it goes."""

    codes: Bundle[str] = Bundle("codes")
    account: str
    user_id: int
    second_id: int
    now: Any
    door: Any
    app: Any

    def __init__(self) -> None:
        super().__init__()
        self.statements: list[list[tuple[int, str]]] = []

    @rule(code=codes, switch=st.booleans())
    def say_it_is_sent(self, code: str, switch: bool) -> None:
        """By who chose to transfer, now and then only now."""
        if switch:
            with self.door():
                services.start_payment(code=code, method=PaymentMethod.TRANSFER)
        with self.door():
            services.claim_transfer(code=code)

    @rule(code=codes)
    def find_nothing(self, code: str) -> None:
        with self.door():
            services.answer_not_found(
                code=code, reason="not on the statement", by_user_id=self.user_id, scope=EVERYTHING
            )

    @rule(code=codes)
    def accept_a_late_transfer(self, code: str) -> None:
        with self.door():
            services.accept_transfer(code=code, reason="on the phone", by_user_id=self.user_id)

    @rule(limit=st.integers(1, 3))
    def alarm_claims(self, limit: int) -> None:
        with self.door():
            services.alarm_claims(limit=limit)

    @rule(code=codes, amount=AMOUNTS, named=st.booleans(), lines=st.integers(1, 2))
    def send_in_a_statement(self, code: str, amount: str, named: bool, lines: int) -> None:
        """The bank's line names the booking, or only its amount tells; perhaps there is one line more than is due."""
        with self.app.app_context():
            payment = find_last_payment(f"booking:{code}", PaymentMethod.TRANSFER)
            booking = queries.find_booking(code)
        assert booking is not None
        asked = payment.amount_with_code if payment else booking.total
        sums = {"asked": asked, "short": asked * 2 // 3, "over": asked + 55_555, "a rupiah": 1}
        texts = [f"TRF {code if named else 'SAMPLE'} {len(self.statements)}-{line}" for line in range(lines)]
        self._post([(max(1, sums[amount]), text) for text in texts])

    @rule(amount=st.integers(1, 900_000))
    def money_of_nobody(self, amount: int) -> None:
        self._post([(amount, f"NOBODY {len(self.statements)}")])

    @rule(which=st.integers(0, 3))
    def send_in_a_statement_again(self, which: int) -> None:
        """The same lines, in another file: posted once and no more, where it is still the same day."""
        if self.statements:
            self._post(self.statements[which % len(self.statements)])

    @rule(which=st.integers(0, 4), decision=st.sampled_from(list(Decision)), code=codes)
    def decide_on_money(self, which: int, decision: Decision, code: str) -> None:
        with self.app.app_context():
            waiting = [one.receipt.id for one in queries.list_reviews(EVERYTHING)]
        if waiting:
            with self.door():
                services.decide_review(
                    receipt_id=waiting[which % len(waiting)],
                    decision=decision,
                    reason="known",
                    by_user_id=self.user_id,
                    scope=EVERYTHING,
                    booking_code=code,
                )

    @rule(which=st.integers(0, 3))
    def send_back_to_nobody(self, which: int) -> None:
        with self.app.app_context():
            waiting = [refund.id for refund, _line in queries.list_line_refunds(EVERYTHING)]
        if waiting:
            with self.door():
                services.send_line_refund(
                    refund_id=waiting[which % len(waiting)],
                    proof="slip 3",
                    by_user_id=self.second_id,
                    scope=EVERYTHING,
                )

    def _post(self, entries: list[tuple[int, str]]) -> None:
        self.statements.append(entries)
        with self.door():
            file = add_file(self.account, self.second_id, *entries)
            post_file(file, self.second_id)
            services.finish_file(file_id=file.id, by_user_id=self.second_id, scope=EVERYTHING)
