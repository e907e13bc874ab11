"""Vouchers that several guests want, gifts that were paid for, credits instead of refunds, all used for new trips and
stopped. Mixed into a machine with guests and money.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, multiple, precondition, rule

from app.bookings import queries, services
from app.bookings.services import VoucherTerms
from app.core.dates import village_date
from app.payments.queries import list_open_refunds
from app.payments.rules import PaymentMethod
from app.revenue.queries import find_payee
from app.revenue.rules import PayeeKind
from app.users.rules import Scope
from tests.factories import make_guest

EVERYTHING = Scope(everything=True)
CARD, TRANSFER = PaymentMethod.CARD, PaymentMethod.TRANSFER


class CouponActs(RuleBasedStateMachine):
    """Rules over whatever codes there are; `village_id` is the village whose BUMDes bears vouchers."""

    codes: Bundle[str] = Bundle("codes")
    village_id: int
    second_id: int
    now: Any
    door: Any
    app: Any

    def __init__(self) -> None:
        super().__init__()
        self.coupons: list[str] = []
        """Codes of vouchers and credits, the newest last."""

    @rule(
        amount=st.sampled_from([None, 1, 9_999, 400_000]), percent=st.integers(1, 30), uses=st.integers(1, 2)
    )
    def make_a_voucher(self, amount: int | None, percent: int, uses: int) -> None:
        """An amount, or so many percent with a most."""
        today = village_date(self.now)
        made = None
        with self.door():
            bearer = find_payee(kind=PayeeKind.BUMDES, village_id=self.village_id)
            assert bearer is not None
            terms = VoucherTerms(
                payee_id=bearer.id,
                amount=amount,
                basis_points=None if amount else percent * 99,
                most=None if amount else 44_444,
                valid_from=today,
                valid_until=today + timedelta(days=30),
                uses=uses,
            )
            made = services.make_voucher(
                terms=terms, code=None, reason="sample", by_user_id=self.second_id, scope=EVERYTHING
            ).code
        self._keep(made)

    @rule(
        amount=st.sampled_from([1, 30_000, 250_001, 2_000_000]), cash=st.booleans(), days=st.integers(5, 40)
    )
    def sell_a_gift(self, amount: int, cash: bool, days: int) -> None:
        made = None
        with self.door():
            made = services.sell_gift(
                amount=amount,
                keeper="cash:sarihayu" if cash else "bank:sarihayu",
                holder="Sample",
                valid_until=village_date(self.now) + timedelta(days=days),
                village_id=None,
                reason="sample",
                by_user_id=self.second_id,
            ).code
        self._keep(made)

    @rule(which=st.integers(0, 4))
    def take_credit_instead(self, which: int) -> None:
        """The guest keeps what is owed back for another trip."""
        made = None
        with self.app.app_context():
            owed = [one.id for one in list_open_refunds() if queries.is_by_hand(one)]
        if not owed:
            return
        with self.door():
            made = services.credit_instead_of_refund(
                refund_id=owed[which % len(owed)],
                valid_until=None,
                reason="wants to come again",
                by_user_id=self.second_id,
                scope=EVERYTHING,
            ).code
        self._keep(made)

    @precondition(lambda self: self.coupons)
    @rule(
        target=codes,
        which=st.integers(0, 2),
        kinds=st.sampled_from(["stay", "stay", "product", "stay product"]),
        method=st.sampled_from([CARD, TRANSFER]),
    )
    def hold_with_a_code(self, which: int, kinds: str, method: PaymentMethod) -> Any:
        """Of the newest codes, so that two trips want the same rupiah."""
        code = None
        with self.door():
            code = services.hold_trip(
                choices=self.later_choices(kinds.split()),
                guest=make_guest(),
                method=method,
                expected_total=None,
                source="web",
                address=None,
                voucher=self.coupons[-1 - which % len(self.coupons)],
            ).code
        with self.app.app_context():
            is_there = code is not None and queries.find_booking(code) is not None
        return code if is_there else multiple()

    @precondition(lambda self: self.coupons)
    @rule(which=st.integers(0, 2))
    def stop_a_code(self, which: int) -> None:
        by = {"reason": "lost", "by_user_id": self.second_id, "scope": EVERYTHING}
        code = self.coupons[-1 - which % len(self.coupons)]
        with self.door():
            if (voucher := queries.find_voucher(code)) is not None:
                services.stop_voucher(voucher_id=voucher.id, **by)  # type: ignore[arg-type]
            elif (credit := queries.find_credit(code)) is not None:
                services.stop_credit(credit_id=credit.id, **by)  # type: ignore[arg-type]

    def later_choices(self, kinds: list[str]) -> list[Any]:
        """What the machine sells of these kinds, some days from now."""
        raise NotImplementedError

    def _keep(self, made: str | None) -> None:
        """What the machine undid after all, a crash, is not known."""
        with self.app.app_context():
            is_there = made and (queries.find_voucher(made) or queries.find_credit(made))
        if made and is_there:
            self.coupons.append(made)
