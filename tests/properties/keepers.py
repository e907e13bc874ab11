"""Money between the hands that hold it, in any order with all else: QRIS sent on, cash handed over, bank fees."""

from __future__ import annotations

from hypothesis import strategies as st
from hypothesis.stateful import rule

from app.bookings import services
from app.bookings.queries.cash import cash_held, list_handovers
from app.bookings.services import Taker
from app.core import clock
from app.ledger.queries import balance
from tests.properties.season import EVERYTHING, Season

PARTS = st.sampled_from([1, 40, 100, 101])
"""Percent of what is there; one more than that is refused."""


class Keepers(Season):
    """A village whose account has a QRIS sheet, a cash box, and somebody who counts what another gave."""

    other_id: int

    @rule(percent=PARTS)
    def send_on_from_qris(self, percent: int) -> None:
        with self.door():
            services.settle_qris(
                account="sarihayu",
                amount=-balance("held:qris:sarihayu") * percent // 100,
                arrived_on=clock.today(),
                reference=f"S{self.now.timestamp()}",
                by_user_id=self.user_id,
            )

    @rule(percent=PARTS)
    def give_cash(self, percent: int) -> None:
        with self.door():
            services.hand_cash(
                village="sarihayu",
                receiver="bank:sarihayu",
                amount=cash_held("sarihayu") * percent // 100,
                handed_on=clock.today(),
                reference="slip",
                by_user_id=self.user_id,
                scope=EVERYTHING,
            )

    @rule(missing=st.sampled_from([0, 0, 1, -1]), drop=st.booleans())
    def take_cash(self, missing: int, drop: bool) -> None:
        with self.door():
            for one in list_handovers(EVERYTHING, limit=1):
                if drop and missing:
                    services.drop_handover(
                        handover_id=one.id, reason="rain", by_user_id=self.other_id, scope=EVERYTHING
                    )
                    return
                services.take_cash(
                    handover_id=one.id,
                    counted=one.amount - missing,
                    reason="counted" if missing else "",
                    taker=Taker(self.other_id, EVERYTHING, EVERYTHING, EVERYTHING),
                )

    @rule(keeper=st.sampled_from(["bank:sarihayu", "bank:bersama", "qris:sarihayu"]))
    def keep_a_fee(self, keeper: str) -> None:
        with self.door():
            services.book_bank_fee(
                keeper=keeper,
                amount=750,
                booked_on=clock.today(),
                reason="BIAYA ADM",
                by_user_id=self.user_id,
                scope=EVERYTHING,
            )
