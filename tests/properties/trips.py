"""What happens on top of a season of houses: trips of all three kinds, cards, a provider that is heard twice or late,
cancelling, handing over, and processes that die on the way."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import initialize, multiple, precondition, rule

from app import jobs
from app.bookings import services
from app.core import clock
from app.payments import calls
from app.payments.gateway.values import ProviderRefundState
from app.payments.models import Payment
from app.payments.queries import find_last_payment
from app.payments.rules import PaymentMethod
from app.showcase import services as showcase
from app.tours import services as tours
from app.tours.inventory import PackageChoice
from tests.factories import Goods, make_product_choice
from tests.properties.agreeing import compare_with
from tests.properties.keepers import Keepers
from tests.properties.season import EVERYTHING, Season
from tests.properties.till import SIGNATURE, Till

CARD = PaymentMethod.CARD
KINDS = ("stay", "package", "product", "package product", "stay product package")
Trip = tuple[str, int, int, int, PaymentMethod]
TRIPS = st.tuples(
    st.sampled_from(KINDS),
    st.integers(0, 2),
    st.integers(1, 3),
    st.integers(1, 3),
    st.sampled_from([CARD, CARD, CARD, PaymentMethod.TRANSFER]),
)
"""Kinds, which departure, how many seats, how many pieces, how it is to be paid."""

FATES = st.sampled_from(["page open", "page lost", "paid", "paid", "cancelled"])
TROUBLE = st.sampled_from(["away", "lost", "dead"])
MINUTES = st.sampled_from([None, None, -1, 0, 1, 9, 11, 30])
"""After the end of a hold; the provider is waited for during ten."""

AHEAD = (2, 6, 16)
"""In how many days the package departs."""


class Trips(Keepers):
    """A package with a few departures of three seats, and a product of which there are four."""

    departures: tuple[tuple[str, int], ...]
    goods: Goods

    codes = Season.codes

    def __init__(self) -> None:
        super().__init__()
        self.till = Till(self.now)
        self.heard: set[str] = set()
        self.app.extensions["gateway"] = self.till

    def teardown(self) -> None:
        try:
            self.settle()
        finally:
            super().teardown()

    def outside(self) -> Any:
        """As everywhere, and the provider's clock goes with ours."""
        self.till.now = self.now + timedelta(seconds=1)
        return super().outside()

    # Guests

    @initialize(
        target=codes,
        trips=st.lists(st.tuples(TRIPS, FATES), min_size=2, max_size=4),
        troubles=st.lists(TROUBLE, max_size=2),
    )
    def begin(self, trips: list[tuple[Trip, str]], troubles: list[str]) -> Any:
        """A few trips to begin with, some of them paid for, some of those cancelled; and then, perhaps, trouble."""
        held = []
        for trip, fate in trips:
            self.till.trouble = ["lost"] if fate == "page lost" else []
            code = self.hold_a_trip(*trip)
            if isinstance(code, str):
                held.append(code)
                self._let_come(code, fate)
        self.till.trouble = troubles
        return multiple(*held)

    def _let_come(self, code: str, fate: str) -> None:
        pages = [page for page in self.till.open_pages() if page.reference == f"booking:{code}"]
        if fate in {"paid", "cancelled"} and pages:
            self.till.pay(pages[0].id)
            self._deliver(list(self.till.told)[-1])
        if fate == "cancelled":
            self.cancel(code)

    @rule(target=codes, trip=TRIPS)
    def hold_another(self, trip: Trip) -> Any:
        return self.hold_a_trip(*trip)

    def hold_a_trip(self, kinds: str, run: int, seats: int, pieces: int, method: PaymentMethod) -> Any:
        """A trip of some kinds; whoever pays by card is led to the page."""
        every = {
            "stay": lambda: self._choice("deposit" if pieces == 3 else "small", AHEAD[run] - 1, 2, 1),
            "package": lambda: PackageChoice(self.departures[run][0], seats),
            "product": lambda: make_product_choice(self.goods, quantity=pieces),
        }
        code = self._hold([every[kind]() for kind in kinds.split()], method)
        if isinstance(code, str) and method == CARD:
            self.open_the_page(code)
        return code

    @rule(code=codes, again=st.booleans())
    def try_the_card(self, code: str, again: bool) -> None:
        """A new attempt, by which the hold grows; or only the page of the last one, as the door leads to it."""
        if again:
            with self.door():
                services.start_payment(code=code, method=CARD)
        self.open_the_page(code)

    def open_the_page(self, code: str) -> None:
        """As the door does after its transaction."""
        with self.outside():
            if (payment := self._attempt(code)) is not None:
                calls.open_session(payment.id)

    @precondition(lambda self: self.till.open_pages())
    @rule(at=st.integers(0, 2), late=MINUTES, then=st.sampled_from(["told", "told", "back", "nothing"]))
    def pay_on_a_page(self, at: int, late: int | None, then: str) -> None:
        """On any page that is open, an older one too, now or about when the hold ends; then the provider tells, or the
        guest comes back, or neither."""
        pages = self.till.open_pages()
        page = pages[at % len(pages)]
        code = page.reference.removeprefix("booking:")
        if late is not None:
            self.come_near_the_end(code, late)
        self.till.now = self.now
        if not self.till.pay(page.id) or then == "nothing":
            return
        if then == "told":
            self._deliver(list(self.till.told)[-1])
        else:
            self.come_back(code)

    @rule(code=codes)
    def come_back(self, code: str) -> None:
        with self.outside():
            if (payment := self._attempt(code)) is not None:
                calls.ask_session(payment.id, hear=services.hear_session)

    @rule(code=codes)
    def cancel(self, code: str) -> None:
        with self.door():
            services.cancel_booking(code=code, reason="changed plans")

    @rule(code=codes, position=st.integers(0, 2))
    def cancel_a_line(self, code: str, position: int) -> None:
        with self.door():
            services.cancel_line(code=code, position=position, reason="changed plans")

    # The provider

    @precondition(lambda self: self.till.told)
    @rule(back=st.integers(0, 4), times=st.integers(1, 3))
    def be_told(self, back: int, times: int) -> None:
        """One of the last things the provider told, for the first time or again."""
        name = list(self.till.told)[-1 - back % len(self.till.told)]
        for _time in range(times):
            self._deliver(name)

    @rule(
        troubles=st.lists(TROUBLE, max_size=2),
        statements=st.integers(0, 60),
    )
    def have_trouble(self, troubles: list[str], statements: int) -> None:
        """With the provider in the next calls; or we ourselves die when so much more was said to the database."""
        self.till.trouble = troubles
        self.fuse = None if troubles else statements

    @precondition(lambda self: self.till.refunds)
    @rule(
        at=st.integers(0, 3),
        state=st.sampled_from([ProviderRefundState.SUCCEEDED, ProviderRefundState.FAILED]),
    )
    def move_a_refund(self, at: int, state: ProviderRefundState) -> None:
        self.till.now = self.now
        self.till.finish(list(self.till.refunds)[at % len(self.till.refunds)], state)

    @precondition(lambda self: self.till.paid_at)
    @rule(at=st.integers(0, 3), all_of_it=st.booleans())
    def say_fees_or_pay_out(self, at: int, all_of_it: bool) -> None:
        """The provider says that a fee is known, or sends what it holds to the bank; both are told some time later."""
        self.till.now = self.now
        if not (all_of_it and self.till.pay_out()):
            self.till.say_fee(list(self.till.paid_at)[at % len(self.till.paid_at)])

    def _deliver(self, name: str) -> None:
        """Through the door. Where the process dies in it, nothing is answered, and it is told again one day."""
        self.now += timedelta(seconds=1)
        self.till.now, self.changed = self.now, True
        was_doomed = self.fuse is not None
        with clock.shifted(self.now):
            answer = self.app.test_client().post(
                "/webhooks/stripe", data=name, headers={"Stripe-Signature": SIGNATURE}
            )
        if was_doomed and self.fuse is None:
            return
        assert answer.status_code == 200, answer.text
        self.heard.add(name)

    # The desk, hosts, time and jobs

    @rule(code=codes, position=st.integers(0, 2), hand=st.booleans())
    def put_aside_or_hand_over(self, code: str, position: int, hand: bool) -> None:
        act = services.hand_over if hand else services.mark_ready
        with self.door():
            act(code=code, position=position, by_user_id=self.user_id, scope=EVERYTHING)

    @rule(run=st.integers(0, 2), left=st.integers(0, 4), what=st.sampled_from(["seats", "pieces"]))
    def change_capacity(self, run: int, left: int, what: str) -> None:
        with self.door():
            if what == "seats":
                tours.set_seats(departure_id=self.departures[run][1], seats=left)
            else:
                who = self.user_id
                showcase.correct_stock(
                    stock_id=self.goods.stock_id, pieces_left=left, reason="counted", by_user_id=who
                )

    @rule(code=codes, minutes=MINUTES.filter(lambda minutes: minutes is not None))
    def come_near_the_end(self, code: str, minutes: int) -> None:
        """Around the end of a hold, and around the end of the time in which the provider is asked."""
        with self.app.app_context():
            ends = self._booking(code).hold_expires_at
        if ends is not None:
            self.now = max(self.now, ends + timedelta(minutes=minutes))

    @rule(job=st.sampled_from(["expire-holds", "reconcile-payments"]))
    def run_a_job(self, job: str) -> None:
        with self.outside():
            jobs.JOBS[job].run()

    def _attempt(self, code: str) -> Payment | None:
        return find_last_payment(f"booking:{code}", CARD)

    # In the end

    def settle(self) -> None:
        """Whatever trouble is left has its way; then the provider answers again and tells all that was not taken, the
        jobs run, and everything fits."""
        for _round in range(4):
            # Long enough for the job to ask again, too short for a page to close by itself.
            self.now += timedelta(minutes=7)
            self.till.now = self.now
            self.till.lapse()
            for name in [name for name in self.till.told if name not in self.heard]:
                self._deliver(name)
            for job in ("reconcile-payments", "expire-holds"):
                self.run_a_job(job)
                self.nothing_is_wrong()
            self.fuse, self.till.trouble = None, []
        with self.app.app_context(), clock.shifted(self.now):
            compare_with(self.till)
