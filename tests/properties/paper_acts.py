"""What moves no money: receipts that are corrected, addresses that were wrong, holds that are kept for longer, and
events of the provider that nobody took in time. Mixed into a machine with guests and money.
"""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, rule

from app import jobs
from app.bookings import queries, services
from app.bookings.rules import PaperKind
from app.core import clock
from app.users.rules import Scope

EVERYTHING = Scope(everything=True)


class PaperActs(RuleBasedStateMachine):
    """Rules over whatever bookings there are."""

    codes: Bundle[str] = Bundle("codes")
    user_id: int
    second_id: int
    now: Any
    door: Any
    app: Any
    numbers: int = 0

    @rule(code=codes, which=st.integers(0, 2))
    def correct_a_receipt(self, code: str, which: int) -> None:
        with self.door():
            booking = queries.get_booking(code, EVERYTHING)
            papers = [one for one in queries.list_papers(booking.id) if one.kind == PaperKind.RECEIPT]
            if papers:
                services.correct_receipt(
                    code=code,
                    number=papers[-1 - which % len(papers)].number,
                    name=f"PT Sample {self._next()}",
                    reason="the company pays",
                    by_user_id=self.user_id,
                )

    @rule(code=codes)
    def correct_an_address(self, code: str) -> None:
        with self.door():
            services.correct_contact(
                code=code,
                email=f"right{self._next()}@sample.example",
                phone=None,
                reason="a letter was wrong",
                by_user_id=self.user_id,
                scope=EVERYTHING,
            )

    @rule(code=codes)
    def keep_it_longer(self, code: str) -> None:
        with self.door():
            services.extend_hold(code=code)

    @rule()
    def hear_what_was_missed(self) -> None:
        """The job, outside of any transaction."""
        with self.app.app_context(), clock.shifted(self.now):
            jobs.JOBS["hear-missed-events"].run()

    def _next(self) -> int:
        self.numbers += 1
        return self.numbers
