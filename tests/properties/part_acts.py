"""Guests give up parts of what they booked, in a random season: a night, a room, people, pieces. Mixed into `Trips`."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, rule

from app.bookings import queries, services
from app.bookings.models import Booking, BookingLine
from app.bookings.rules import Rest
from app.core.errors import PriceChanged
from app.payments.rules import PaymentMethod

DAY = timedelta(days=1)
TIMES = st.sampled_from([1, 1, 1, 2])


class PartActs(RuleBasedStateMachine):
    """Rules over whatever `codes` there are: what was shown is what happens, and asked again nothing happens."""

    codes: Bundle[str] = Bundle("codes")
    now: Any
    door: Any
    app: Any
    user_id: int
    _hold: Any
    _choice: Any

    @rule(
        code=codes, position=st.integers(0, 2), first=st.integers(0, 2), last=st.integers(0, 2), times=TIMES
    )
    def nights_off(self, code: str, position: int, first: int, last: int, times: int) -> None:
        """Off the start, the end or both; now and then too many."""
        line = self._line_of(code, position)
        if line is not None and line.homestay_id is not None:
            rest = Rest(arrival=line.arrival + first * DAY, departure=line.departure - last * DAY)
            self._give_up(code, line.position, rest, times)

    @rule(code=codes, position=st.integers(0, 2), less=st.integers(1, 2), times=TIMES)
    def fewer_people(self, code: str, position: int, less: int, times: int) -> None:
        """Fewer rooms of a stay, fewer people of a package, fewer pieces of a product."""
        line = self._line_of(code, position)
        if line is None:
            return
        rest = (
            Rest(adults=max(1, line.adults - less))
            if line.departure_id
            else Rest(quantity=line.quantity - less)
        )
        if line.homestay_id is not None:
            rest = replace(rest, adults=max(1, line.adults - less))
        self._give_up(code, line.position, rest, times)

    @rule(code=codes, position=st.integers(0, 2), days=st.integers(0, 6))
    def give_up_near_the_day(self, code: str, position: int, days: int) -> None:
        """When the terms keep something of it."""
        line = self._line_of(code, position)
        if line is not None and line.homestay_id is not None:
            self.now = max(self.now, line.starts_at - days * DAY - timedelta(hours=1))
            self._give_up(code, line.position, Rest(departure=line.departure - DAY), 1)

    @rule(
        target=codes,
        house=st.sampled_from(["small", "deposit", "other village"]),
        ahead=st.integers(1, 40),
        nights=st.integers(2, 4),
        rooms=st.integers(1, 2),
        paid=st.sampled_from([0, 40, 100]),
        off=st.tuples(st.integers(0, 1), st.integers(0, 1), st.booleans()),
    )
    def book_and_give_up(
        self, house: str, ahead: int, nights: int, rooms: int, paid: int, off: tuple[int, int, bool]
    ) -> Any:
        """A stay, paid or not or in part, of which a part goes at once."""
        code = self._hold([self._choice(house, ahead, nights, rooms)], PaymentMethod.TRANSFER)
        if not isinstance(code, str):
            return code
        if paid:
            with self.door():
                amount = queries.lock_booking(code).total * paid // 100
                services.receive_payment(
                    code=code, method=PaymentMethod.TRANSFER, amount=amount, by_user_id=self.user_id
                )
        self.nights_off(code, 0, off[0], off[1], 1)
        if off[2]:
            self.fewer_people(code, 0, 1, 1)
        return code

    def _give_up(self, code: str, position: int, rest: Rest, times: int) -> None:
        with self.door():
            booking = queries.lock_booking(code)
            part = services.part_cancellation_of(booking=booking, position=position, rest=rest)
            before, cost = booking.received, booking.total
            seen, kept, due = part.answer.refund, part.answer.kept, part.answer.amount_due
            assert 0 <= seen <= before
            assert 0 <= kept <= part.price
            for _click in range(times):
                services.cancel_part(
                    code=code, position=position, rest=rest, reason="plans", expected_refund=seen
                )
            booking = queries.lock_booking(code)
            assert before - booking.received == seen
            assert cost - booking.total == part.price - kept
            assert booking.amount_due == due
            try:
                services.cancel_part(
                    code=code, position=position, rest=rest, reason="plans", expected_refund=seen + 1
                )
            except PriceChanged:
                raise AssertionError("what is done is not asked about again") from None

    def _line_of(self, code: str, position: int) -> BookingLine | None:
        with self.app.app_context():
            booking: Booking | None = queries.find_booking(code)
        lines = booking.living_lines if booking else []
        return lines[position % len(lines)] if lines else None
