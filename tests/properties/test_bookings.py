"""Guests, money and time in any order, through the real services: after each step the books and the nights hold."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from flask import Flask
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)

from app.bookings import queries, services
from app.bookings.models import Booking
from app.bookings.queries.checks import check_books, check_inventory
from app.bookings.rules import REVIVABLE, TRANSITIONS, BookingState, earned_at
from app.core import clock
from app.core.dates import Nights, village_date
from app.core.db import db, transaction
from app.core.errors import DomainError
from app.homestays import inventory
from app.homestays import services as homestays
from app.ledger.queries import balance
from app.payments.queries import find_open_payment, list_open_refunds
from app.payments.rules import PaymentMethod
from app.users.rules import Role, Scope
from tests.factories import (
    NOW,
    House,
    make_agreement,
    make_choice,
    make_guest,
    make_house,
    make_user,
    make_village,
)

EVERYTHING = Scope(everything=True)
METHODS = st.sampled_from([PaymentMethod.TRANSFER, PaymentMethod.CASH])
HOUSES = ("small", "whole", "deposit", "other village")


class Season(RuleBasedStateMachine):
    """A few houses, and whatever people and jobs may do. Each example is undone at its end."""

    app: Flask
    houses: dict[str, House]
    user_id: int

    codes: Bundle[str] = Bundle("codes")

    def __init__(self) -> None:
        super().__init__()
        self.now = NOW
        self.seen: dict[str, tuple[BookingState, Any]] = {}
        self.agreed_until = village_date(NOW)
        self.changed = True
        with self.app.app_context():
            self.undo = db.sessionmaker.kw["bind"].begin_nested()

    def teardown(self) -> None:
        self.undo.rollback()

    @contextmanager
    def door(self) -> Any:
        """A transaction at the time it is now; what cannot be done is refused with a word, and nothing happens."""
        self.now += timedelta(seconds=1)
        with self.app.app_context(), clock.shifted(self.now):
            try:
                with transaction():
                    yield
            except DomainError:
                return
            self.changed = True

    # Guests

    @rule(target=codes, house=st.sampled_from(HOUSES), ahead=st.integers(0, 20), nights=st.integers(1, 3))
    def hold(self, house: str, ahead: int, nights: int) -> Any:
        return self._hold([self._choice(house, ahead, nights, 1)], PaymentMethod.TRANSFER)

    @rule(target=codes, ahead=st.integers(8, 20), rooms=st.integers(1, 2))
    def hold_with_a_deposit(self, ahead: int, rooms: int) -> Any:
        return self._hold([self._choice("deposit", ahead, 2, rooms)], PaymentMethod.TRANSFER)

    @rule(target=codes, ahead=st.integers(0, 14), nights=st.integers(1, 3))
    def hold_and_pay_at_the_door(self, ahead: int, nights: int) -> Any:
        return self._hold([self._choice("deposit", ahead, nights, 1)], PaymentMethod.CASH)

    @rule(target=codes, ahead=st.integers(2, 20))
    def hold_in_two_villages(self, ahead: int) -> Any:
        trip = [
            self._choice(house, ahead + step, 2, 1) for step, house in enumerate(("small", "other village"))
        ]
        return self._hold(trip, PaymentMethod.TRANSFER)

    def _choice(self, house: str, ahead: int, nights: int, rooms: int) -> Any:
        room = self.houses[house].whole if house == "whole" else self.houses[house].room
        assert room is not None
        arrival = village_date(self.now) + timedelta(days=ahead)
        return make_choice(
            room, arrival=arrival, nights=nights, rooms=1 if house == "whole" else rooms, adults=2
        )

    def _hold(self, choices: list[Any], method: PaymentMethod) -> Any:
        with self.door():
            booking = services.hold_trip(
                choices=choices,
                guest=make_guest(),
                method=method,
                expected_total=None,
                source="web",
                address=None,
            )
            return booking.code
        return multiple()

    @rule(code=codes)
    def let_go(self, code: str) -> None:
        with self.door():
            services.release_hold(code=code)

    @rule(code=codes, method=METHODS)
    def pay_otherwise(self, code: str, method: PaymentMethod) -> None:
        with self.door():
            services.start_payment(code=code, method=method)

    # Money

    @rule(code=codes, method=METHODS)
    def pay_as_asked(self, code: str, method: PaymentMethod) -> None:
        with self.door():
            booking = self._booking(code)
            payment = find_open_payment(booking.reference)
            asked = payment.amount_with_code if payment else booking.due_now - booking.received
            self._receive(code, max(1, asked), method)

    @rule(code=codes, amount=st.integers(1, 1_500_000), method=METHODS)
    def pay_something(self, code: str, amount: int, method: PaymentMethod) -> None:
        with self.door():
            self._receive(code, amount, method)

    @rule(code=codes, part=st.integers(1, 99), method=METHODS)
    def pay_a_part(self, code: str, part: int, method: PaymentMethod) -> None:
        with self.door():
            self._receive(code, max(1, self._booking(code).total * part // 100), method)

    def _receive(self, code: str, amount: int, method: PaymentMethod) -> None:
        services.receive_payment(code=code, method=method, amount=amount, by_user_id=self.user_id)

    @rule(code=codes, minutes=st.integers(0, 3 * 24 * 60), short=st.sampled_from([0, 0, 1]))
    def pay_late(self, code: str, minutes: int, short: int) -> None:
        """The money for a hold comes when its time is over, now and then a rupiah short."""
        with self.app.app_context():
            booking = self._booking(code)
        if booking.state not in REVIVABLE or booking.hold_expires_at is None:
            return
        self.now = max(self.now, booking.hold_expires_at + timedelta(minutes=minutes))
        with self.door():
            booking = self._booking(code)
            self._receive(code, booking.due_now - booking.received - short or 1, booking.method)

    @rule(code=codes, limit=st.integers(1, 5))
    def sleep_there(self, code: str, limit: int) -> None:
        """Noon after the first night of a booking, and the job has run."""
        with self.app.app_context():
            arrival = self._booking(code).arrival
        self.now = max(self.now, earned_at(arrival))
        with self.door():
            services.complete_services(limit=limit)

    @rule(code=codes)
    def vouch(self, code: str) -> None:
        with self.door():
            services.vouch_booking(code=code, reason="known", by_user_id=self.user_id)

    @rule()
    def send_refunds(self) -> None:
        with self.door():
            for refund in list_open_refunds():
                services.send_refund(
                    refund_id=refund.id, proof="slip", by_user_id=self.user_id, scope=EVERYTHING
                )

    # Hosts, agreements, time and jobs

    @rule(house=st.sampled_from(HOUSES), room=st.integers(0, 1), ahead=st.integers(0, 20))
    def close_a_night(self, house: str, room: int, ahead: int) -> None:
        night = village_date(self.now) + timedelta(days=ahead)
        with self.door():
            inventory.block([self.houses[house].room_ids[room]], Nights(night, night + timedelta(days=1)))

    @rule(price=st.integers(1, 3_000_000))
    def change_rates(self, price: int) -> None:
        with self.door():
            homestays.change_rates(
                room_type_id=self.houses["small"].room_type_id,
                weekday=price,
                saturday=price + 1,
                holiday=price + 2,
                by_user_id=None,
            )

    @rule(
        host=st.integers(1, 9000), fee=st.one_of(st.none(), st.integers(1, 400_000)), ahead=st.integers(1, 5)
    )
    def agree_anew(self, host: int, fee: int | None, ahead: int) -> None:
        self.agreed_until = max(self.agreed_until, village_date(self.now)) + timedelta(days=ahead)
        with self.door():
            shares = (host, 9500 - host, 300, 200)
            make_agreement(make_village(), in_force_from=self.agreed_until, shares=shares, host_fee=fee)

    @rule(minutes=st.integers(1, 24 * 60))
    def hours_pass(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)

    @rule(days=st.integers(1, 4))
    def days_pass(self, days: int) -> None:
        self.now += timedelta(days=days)

    @rule(limit=st.integers(1, 3))
    def close_holds(self, limit: int) -> None:
        with self.door():
            services.expire_holds(limit=limit)

    @rule(limit=st.integers(1, 5))
    def earn(self, limit: int) -> None:
        with self.door():
            services.complete_services(limit=limit)

    # What always holds

    @invariant()
    def nothing_is_wrong(self) -> None:
        if not self.changed:
            return
        self.changed = False
        with self.app.app_context(), clock.shifted(self.now):
            assert [check for check in (*check_books(), *check_inventory()) if not check.holds] == []
            for booking in db.session.scalars(queries.bookings.whole_bookings()):
                self._check(booking)

    def _check(self, booking: Booking) -> None:
        assert balance(booking.reference) == 0
        assert sum(share.amount for share in queries.kept_shares(booking)) == booking.received
        assert 0 <= booking.received <= booking.total
        copied = (booking.total, [(line.price, line.tax, line.terms, line.splits) for line in booking.lines])
        before, as_sold = self.seen.get(booking.code, (booking.state, copied))
        assert copied == as_sold
        assert booking.state in _reachable(before), f"{before} → {booking.state}"
        self.seen[booking.code] = booking.state, copied

    def _booking(self, code: str) -> Booking:
        booking = queries.find_booking(code)
        assert booking is not None
        return booking


def _reachable(state: BookingState) -> set[BookingState]:
    """Where a booking may be after one step: money that comes late passes through expired."""
    onward = {state, *TRANSITIONS[state]}
    return onward | TRANSITIONS[BookingState.EXPIRED] if BookingState.EXPIRED in onward else onward


def test_any_season(app: Flask) -> None:
    with app.app_context(), clock.shifted(NOW), transaction():
        house = make_house(rooms=2, whole=True)
        Season.houses = {
            "small": house,
            "whole": house,
            "deposit": make_house(rooms=2, deposit=3000, pay_on_arrival=True),
            "other village": make_house(make_village("tirtomulyo", tax=0), rooms=2),
        }
        Season.user_id = make_user(Role.DESK, house=house)
    Season.app = app
    # Not made smaller when it fails: that takes longer than a test may, and thirty steps can be read as they are.
    phases = [phase for phase in Phase if phase != Phase.shrink]
    bounds = settings(max_examples=12, stateful_step_count=30, phases=phases)
    run_state_machine_as_test(Season, settings=settings(bounds, suppress_health_check=list(HealthCheck)))
