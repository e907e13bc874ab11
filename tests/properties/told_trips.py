"""Trips of all three kinds, paid by card or otherwise, told of twice and in any order, cancelled, picked up, in any
order and at any time: after each history the books, the nights and the counters hold.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from flask import Flask
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, multiple, rule

from app.bookings import queries, services
from app.bookings.queries.checks import check_books, check_inventory
from app.core import clock
from app.core.dates import village_date
from app.core.db import db, transaction
from app.core.errors import DomainError
from app.payments.gateway import (
    EventKind,
    ProviderEvent,
    ProviderRefund,
    ProviderRefundState,
    Session,
    SessionState,
)
from app.payments.models import Payment
from app.payments.queries import get_receipt, has_open_dispute, list_open_refunds, list_payments
from app.payments.rules import CARD_KEEPER, PaymentMethod, RefundState
from app.payments.services import note_asking, note_session
from app.users.rules import Scope
from app.webhooks.services import take_event
from tests.bookings.cards import KINDS, Shop
from tests.factories import (
    ARRIVAL,
    NOW,
    make_choice,
    make_guest,
)
from tests.properties.bank_acts import BankActs
from tests.properties.coupon_acts import CouponActs
from tests.properties.dispute_acts import DisputeActs
from tests.properties.house_acts import HouseActs
from tests.properties.paper_acts import PaperActs
from tests.properties.purses import check_purses, count_acts
from tests.properties.refund_acts import RefundActs

EVERYTHING = Scope(everything=True)
SOME_KINDS = st.sets(st.sampled_from(KINDS), min_size=1)
METHODS = st.sampled_from([PaymentMethod.CARD, PaymentMethod.CARD, PaymentMethod.TRANSFER])


@dataclass
class Away:
    """The provider's name and mode; what it says is made up by the history."""

    live: bool = False
    missed: list[ProviderEvent] = field(default_factory=list)

    def missed_events(self) -> list[ProviderEvent]:
        """What it tried to tell."""
        return self.missed


class Trips(HouseActs, DisputeActs, RefundActs, CouponActs, BankActs, PaperActs, RuleBasedStateMachine):
    """Two rooms, seven seats, thirteen pieces, and guests who all want them. Undone at the end of each history."""

    app: Flask
    away: Away
    shop: Shop
    user_id: int
    steps: int
    acted: Counter[str]

    codes: Bundle[str] = Bundle("codes")

    def __init__(self) -> None:
        super().__init__()
        self.now, self.told, self.events = NOW, 0, []  # type: ignore[var-annotated]
        self.away.missed = self.events
        with self.app.app_context():
            self.undo = db.sessionmaker.kw["bind"].begin_nested()

    def teardown(self) -> None:
        try:
            self.forget_accounts()
            with self.app.app_context(), clock.shifted(self.now):
                wrong = [check for check in (*check_books(), *check_inventory()) if not check.holds]
                assert not wrong, wrong
                check_purses()
                type(self).acted.update(count_acts())
        finally:
            self.undo.rollback()

    @invariant()
    def count(self) -> None:
        type(self).steps += 1

    @contextmanager
    def door(self) -> Iterator[None]:
        """A transaction at the time it is now; what cannot be done is refused with a word, and nothing happens."""
        self.now += timedelta(seconds=1)
        with self.app.app_context(), clock.shifted(self.now):
            try:
                with transaction():
                    yield
            except DomainError:
                return

    @initialize(target=codes, trips=st.lists(st.tuples(SOME_KINDS, METHODS), min_size=2, max_size=3))
    def begin(self, trips: list[tuple[set[str], PaymentMethod]]) -> Any:
        """A few trips that are paid for, by card or by transfer."""
        held = []
        for kinds, method in trips:
            is_card = method == PaymentMethod.CARD
            code = self.hold_and_pay(kinds, False) if is_card else self.hold(kinds, method)
            if isinstance(code, str):
                held.append(code)
                if not is_card:
                    self.pay_by_transfer(code, 100)
        return multiple(*held)

    @rule(target=codes, kinds=SOME_KINDS, late=st.booleans())
    def hold_and_pay(self, kinds: set[str], late: bool) -> Any:
        """The usual way, now and then told of only when the hold is over."""
        code = self.hold(kinds, PaymentMethod.CARD)
        if not isinstance(code, str):
            return code
        self.open_page(code, crash=False)
        if late:
            self.now += timedelta(minutes=50)
        self.pay_by_card(code, newest=True, twice=False)
        return code

    @rule(target=codes, kinds=SOME_KINDS, method=METHODS)
    def hold(self, kinds: set[str], method: PaymentMethod) -> Any:
        with self.door():
            return services.hold_trip(
                choices=self.later_choices(sorted(kinds)),
                guest=make_guest(),
                method=method,
                expected_total=None,
                source="web",
                address=None,
            ).code
        return multiple()

    @rule(code=codes, method=METHODS)
    def pay_otherwise(self, code: str, method: PaymentMethod) -> None:
        with self.door():
            services.start_payment(code=code, method=method)

    @rule(code=codes, part=st.integers(1, 100))
    def pay_by_transfer(self, code: str, part: int) -> None:
        with self.door():
            amount = max(1, queries.lock_booking(code).total * part // 100)
            services.receive_payment(
                code=code, method=PaymentMethod.TRANSFER, amount=amount, by_user_id=self.user_id
            )

    @rule(code=codes, crash=st.booleans())
    def open_page(self, code: str, crash: bool) -> None:
        """The page is opened; now and then its answer is never written down."""
        with self.door():
            for payment in self._attempts(code):
                note_asking(payment=payment)
                if not crash and payment.session_state is None:
                    note_session(payment=payment, session=self._page(payment, SessionState.OPEN))

    @rule(code=codes, newest=st.booleans(), twice=st.booleans())
    def pay_by_card(self, code: str, newest: bool, twice: bool) -> None:
        """A page that is open is paid, also an old one; the provider tells once or twice."""
        with self.door():
            attempts = [one for one in self._attempts(code) if one.asked_at is not None]
            if attempts:
                page = self._page(attempts[-1 if newest else 0], SessionState.COMPLETE)
                self.events.append(self._event(EventKind.SESSION_COMPLETED, session=page))
        for _ in range(1 + twice):
            self.tell_again(-1)

    @rule(code=codes)
    def lapse_page(self, code: str) -> None:
        with self.door():
            for payment in self._attempts(code)[:1]:
                page = self._page(payment, SessionState.EXPIRED)
                self.events.append(self._event(EventKind.SESSION_EXPIRED, session=page))
        self.tell_again(-1)

    @rule(which=st.integers(0, 20))
    def tell_again(self, which: int) -> None:
        """Something told before, or the same under another number, as when we ask."""
        if self.events:
            event = self.events[which % len(self.events)]
            for told in (event, replace(event, id=f"{event.id}-asked")):
                with self.door():
                    take_event(event=told)

    @rule(code=codes)
    def cancel(self, code: str) -> None:
        with self.door():
            services.cancel_booking(code=code, reason="sample")

    @rule(code=codes, order=st.permutations([0, 1, 2]), many=st.integers(1, 3))
    def cancel_lines(self, code: str, order: list[int], many: int) -> None:
        """Line by line, in any order; what comes back is what was said before."""
        for position in order[:many]:
            with self.door():
                booking = queries.lock_booking(code)
                is_last = len(booking.living_lines) == 1
                answer = services.line_cancellation_of(booking=booking, position=position)
                before = booking.received
                services.cancel_line(code=code, position=position, reason="sample")
                booking = queries.lock_booking(code)
                if not is_last:
                    assert before - booking.received == answer.refund
                    assert booking.amount_due == answer.amount_due

    @rule(code=codes, position=st.integers(0, 2), ready=st.booleans())
    def pick_up(self, code: str, position: int, ready: bool) -> None:
        act = services.mark_ready if ready else services.hand_over
        with self.door():
            act(code=code, position=position, by_user_id=self.user_id, scope=EVERYTHING)

    @rule(state=st.sampled_from(list(ProviderRefundState)))
    def send_refunds(self, state: ProviderRefundState) -> None:
        with self.door():
            for refund in list_open_refunds():
                is_stopped = refund.state != RefundState.PENDING and has_open_dispute(refund.receipt_id)
                if refund.keeper == CARD_KEEPER and not is_stopped:
                    charge = str(get_receipt(refund.receipt_id).charge)
                    answer = ProviderRefund(
                        id=f"re_{refund.id}",
                        charge=charge,
                        amount=refund.amount,
                        currency="idr",
                        state=state,
                        refund_id=refund.id,
                    )
                    self.events.append(self._event(EventKind.REFUND_CHANGED, refund=answer))
        self.tell_again(-1)

    @rule(minutes=st.sampled_from([10, 36, 50, 24 * 60 + 1, 12 * 24 * 60]))
    def time_passes(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)

    @rule()
    def jobs_run(self) -> None:
        with self.door():
            services.expire_holds(limit=10)
        with self.door():
            services.complete_services(limit=20)

    def later_choices(self, kinds: list[str]) -> list[Any]:
        """Stays begin some days from now; once the package has departed, they are taken in its stead."""
        today = village_date(self.now)
        arrival = today + timedelta(days=6 + self.told % 5 * 2)
        every = dict(zip(KINDS, self.shop.choices(*KINDS), strict=True))
        every["stay"] = make_choice(self.shop.house.room, arrival=arrival)
        wanted = {"stay" if kind == "package" and today >= ARRIVAL else kind for kind in kinds}
        return [every[kind] for kind in sorted(wanted)]

    def _note_paid(self, code: str) -> None:
        for payment in self._attempts(code)[-1:]:
            page = self._page(payment, SessionState.COMPLETE)
            self.events.append(self._event(EventKind.SESSION_COMPLETED, session=page))

    def _attempts(self, code: str) -> list[Payment]:
        return [one for one in list_payments(f"booking:{code}") if one.method == PaymentMethod.CARD]

    def _page(self, payment: Payment, state: SessionState) -> Session:
        paid = state == SessionState.COMPLETE
        return Session(
            id=f"cs_{payment.id}",
            state=state,
            url="https://pay.example" if state == SessionState.OPEN else None,
            reference=payment.reference,
            payment_id=payment.id,
            asked=payment.amount,
            paid=payment.amount if paid else None,
            currency="idr",
            charge=f"pi_{payment.id}" if paid else None,
            live=False,
            created_at=self.now,
            expires_at=self.now,
        )

    def _event(self, kind: EventKind, **about: Any) -> ProviderEvent:
        self.told += 1
        given = {"session": None, "refund": None} | about
        return ProviderEvent(
            id=f"evt_{self.told}", kind=kind, type=kind.value, live=False, created_at=self.now, **given
        )
