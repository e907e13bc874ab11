"""What guests, hosts, desks and jobs may do to a few houses, in any order, through the real services."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from typing import Any

from flask import Flask
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    invariant,
    multiple,
    rule,
)
from sqlalchemy import event

from app.bookings import queries, services
from app.bookings.models import Booking
from app.bookings.queries.checks import check_books, check_inventory
from app.bookings.rules import REVIVABLE, TRANSITIONS, BookingState, earned_at
from app.core import clock
from app.core.dates import Nights, village_date
from app.core.db import db, in_transaction, transaction
from app.core.errors import DomainError
from app.homestays import inventory
from app.homestays import services as homestays
from app.ledger.queries import balance
from app.payments.queries import find_open_payment, list_open_refunds
from app.payments.rules import PaymentMethod
from app.revenue.rules import RevenueKind
from app.users.rules import Scope
from tests.factories import (
    NOW,
    House,
    make_agreement,
    make_choice,
    make_guest,
    make_sent_refund,
    make_village,
)
from tests.properties.till import Crash

EVERYTHING = Scope(everything=True)
METHODS = st.sampled_from([PaymentMethod.TRANSFER, PaymentMethod.CASH, PaymentMethod.QRIS])
METHOD_LATE = {PaymentMethod.CARD: PaymentMethod.TRANSFER}
HOUSES = ("small", "whole", "deposit", "other village")
STAYS = ("small", "whole", "deposit", "door", "two villages")


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
        self.fuse: int | None = None
        with self.app.app_context():
            connection = db.sessionmaker.kw["bind"]
        self.undo = connection.begin_nested()
        event.listen(connection, "before_cursor_execute", self._burn)
        self.done = partial(event.remove, connection, "before_cursor_execute", self._burn)

    def teardown(self) -> None:
        self.done()
        self.undo.rollback()

    def _burn(self, _connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        """The process dies before one of the next statements of a transaction."""
        if self.fuse is None or not in_transaction() or "SAVEPOINT" in statement:
            return
        self.fuse -= 1
        if self.fuse < 0:
            self.fuse = None
            raise Crash

    @contextmanager
    def outside(self) -> Any:
        """The time it is now, and no transaction; what cannot be done is refused with a word, or dies half-way."""
        self.now += timedelta(seconds=1)
        self.changed = True
        with self.app.app_context(), clock.shifted(self.now):
            try:
                yield
            except (DomainError, Crash):
                return

    @contextmanager
    def door(self) -> Any:
        """A transaction at the time it is now; what cannot be done is refused with a word, and nothing happens."""
        with self.outside(), transaction():
            yield

    # Guests

    @rule(target=codes, how=st.sampled_from(STAYS), ahead=st.integers(1, 20), nights=st.integers(1, 3))
    def hold(self, how: str, ahead: int, nights: int) -> Any:
        """One house; a deposit for two rooms; to be paid at the door; or two houses in two villages."""
        if how == "two villages":
            second = self._choice("other village", ahead + 1, nights, 1)
            return self._hold([self._choice("small", ahead, nights, 1), second], PaymentMethod.TRANSFER)
        if how == "deposit":
            return self._hold([self._choice("deposit", ahead + 7, nights, 2)], PaymentMethod.TRANSFER)
        if how == "door":
            return self._hold([self._choice("deposit", ahead % 14, nights, 1)], PaymentMethod.CASH)
        return self._hold([self._choice(how, ahead, nights, 1)], PaymentMethod.TRANSFER)

    def _choice(self, house: str, ahead: int, nights: int, rooms: int) -> Any:
        room = self.houses[house].whole if house == "whole" else self.houses[house].room
        assert room is not None
        arrival = village_date(self.now) + timedelta(days=ahead)
        return make_choice(
            room, arrival=arrival, nights=nights, rooms=1 if house == "whole" else rooms, adults=2
        )

    def _hold(self, choices: list[Any], method: PaymentMethod) -> Any:
        code = None
        with self.door():
            booking = services.hold_trip(
                choices=choices,
                guest=make_guest(),
                method=method,
                expected_total=None,
                source="web",
                address=None,
            )
            code = booking.code
        with self.app.app_context():
            is_there = code is not None and queries.find_booking(code) is not None
        return code if is_there else multiple()

    @rule(code=codes, what=st.sampled_from(["let go", "transfer", "qris", "cash", "vouch"]))
    def change_the_plan(self, code: str, what: str) -> None:
        """The guest lets go or pays otherwise; or the desk gives its word."""
        with self.door():
            if what == "let go":
                services.release_hold(code=code)
            elif what == "vouch":
                services.vouch_booking(code=code, reason="known", by_user_id=self.user_id)
            else:
                services.start_payment(code=code, method=PaymentMethod(what))

    # Money

    @rule(code=codes, method=METHODS)
    def pay_as_asked(self, code: str, method: PaymentMethod) -> None:
        with self.door():
            booking = self._booking(code)
            payment = find_open_payment(booking.reference)
            asked = payment.amount_with_code if payment else booking.due_now - booking.received
            self._receive(code, max(1, asked), method)

    @rule(code=codes, percent=st.sampled_from([1, 33, 60, 99, 100, 110]), method=METHODS)
    def pay_something(self, code: str, percent: int, method: PaymentMethod) -> None:
        with self.door():
            self._receive(code, max(1, self._booking(code).total * percent // 100), method)

    def _receive(self, code: str, amount: int, method: PaymentMethod) -> None:
        reference = f"RRN{self.now.timestamp()}"
        services.receive_payment(
            code=code, method=method, amount=amount, by_user_id=self.user_id, qris_reference=reference
        )

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
            method = METHOD_LATE.get(booking.method, booking.method)
            self._receive(code, max(1, booking.due_now - booking.received - short), method)

    @rule(code=codes, limit=st.integers(1, 5))
    def sleep_there(self, code: str, limit: int) -> None:
        """Noon after the first night of a booking, and the job has run."""
        with self.app.app_context():
            arrival = self._booking(code).arrival
        self.now = max(self.now, earned_at(arrival))
        with self.door():
            services.complete_services(limit=limit)

    @rule()
    def send_refunds(self) -> None:
        with self.app.app_context():
            waiting = [refund.id for refund in list_open_refunds() if queries.is_by_hand(refund)]
        for refund_id in waiting:
            with self.door():
                make_sent_refund(refund_id, by_user_id=self.user_id)

    # Hosts, agreements, time and jobs

    @rule(
        what=st.sampled_from(["night", "rates", "agreement"]),
        ahead=st.integers(1, 9),
        figure=st.integers(1, 9000),
    )
    def change_something(self, what: str, ahead: int, figure: int) -> None:
        """A host closes a night or asks other prices, or a village agrees anew: what was sold stays as it was."""
        night = village_date(self.now) + timedelta(days=ahead)
        with self.door():
            if what == "night":
                room = self.houses[HOUSES[figure % 4]].room_ids[figure % 2]
                inventory.block([room], Nights(night, night + timedelta(days=1)))
            elif what == "rates":
                self._change_rates(figure * 333)
            else:
                self._agree_anew(figure, ahead)

    def _change_rates(self, price: int) -> None:
        homestays.change_rates(
            room_type_id=self.houses["small"].room_type_id,
            weekday=price,
            saturday=price + 1,
            holiday=price + 2,
            by_user_id=None,
        )

    def _agree_anew(self, own: int, ahead: int) -> None:
        """Other shares from a later day on, for every kind, now and then with a fee for the host off the top."""
        self.agreed_until = max(self.agreed_until, village_date(self.now)) + timedelta(days=ahead)
        shares, village = (own, 9500 - own, 300, 200), make_village()
        fee = own * 40 if own % 2 else None
        make_agreement(village, in_force_from=self.agreed_until, shares=shares, host_fee=fee)
        for kind in (RevenueKind.PACKAGE, RevenueKind.PRODUCT):
            make_agreement(village, kind=kind, in_force_from=self.agreed_until, shares=shares)

    @rule(minutes=st.sampled_from([1, 9, 40, 90, 600, 24 * 60, 3 * 24 * 60]))
    def time_passes(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)

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
        copied = [(line.price, line.tax, line.terms, line.splits) for line in booking.lines]
        gone = [unit.kept or 0 for line in booking.lines if line.cancelled_at for unit in line.units]
        assert booking.total == sum(line.price for line in booking.living_lines) + sum(gone)
        before, as_sold = self.seen.get(booking.code, (booking.state, copied))
        assert copied[: len(as_sold)] == as_sold, "a change of dates adds a line, and changes none"
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
