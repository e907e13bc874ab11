"""What the house, the village and the desk do in a random season: cancel for the house, close periods step by step,
write down early departures and no-shows and undo them, give money back afterwards. Mixed into `Trips`.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, rule

from app.bookings import queries, services
from app.bookings.models import Booking
from app.bookings.rules import BookingState, HouseReason, missed_from
from app.bookings.services import Place
from app.core.dates import Nights, village_date
from app.homestays import services as homestays
from app.ledger.queries import balance
from app.users.rules import Scope

EVERYTHING = Scope(everything=True)
WORDS = "The road is cut."


class HouseActs(RuleBasedStateMachine):
    """Rules over whatever `codes` there are; `second_id` is another person than `user_id`."""

    codes: Bundle[str] = Bundle("codes")
    houses: dict[str, Any]
    user_id: int
    second_id: int
    now: Any
    door: Any
    app: Any
    seen: dict[str, Any]

    @rule(code=codes, position=st.integers(0, 2))
    def the_house_cancels(self, code: str, position: int) -> None:
        with self.door():
            services.cancel_by_house(
                code=code,
                position=position,
                reason=HouseReason.ROAD,
                words=WORDS,
                by_user_id=self.user_id,
                scope=EVERYTHING,
            )

    @rule(
        house=st.sampled_from(["small", "other village"]), ahead=st.integers(0, 9), nights=st.integers(1, 4)
    )
    def decide_to_close(self, house: str, ahead: int, nights: int) -> None:
        first = village_date(self.now) + timedelta(days=ahead)
        with self.door():
            closure = services.draft_closure(
                places=[Place(self.houses[house].village_id)],
                nights=Nights(first, first + timedelta(days=nights)),
                stays=True,
                packages=True,
                reason=HouseReason.ASH,
                words=WORDS,
                by_user_id=self.user_id,
                scope=EVERYTHING,
            )
            services.start_closure(closure_id=closure.id, by_user_id=self.user_id, scope=EVERYTHING)

    @rule(steps=st.integers(1, 4))
    def close_on(self, steps: int) -> None:
        """The job gets so far; what is left waits."""
        with self.app.app_context():
            running = queries.list_running_closures()
        for closure_id in running[:1]:
            for _step in range(steps):
                with self.door():
                    services.run_closure_step(closure_id=closure_id)

    @rule(house=st.sampled_from(["small", "deposit", "other village"]), ahead=st.integers(0, 12))
    def open_again(self, house: str, ahead: int) -> None:
        first = village_date(self.now) + timedelta(days=ahead)
        with self.door():
            homestays.reopen_nights(
                homestay_id=self.houses[house].homestay_id,
                nights=Nights(first, first + timedelta(days=5)),
                reason="the road is open",
                by_user_id=self.user_id,
            )

    @rule(code=codes, after=st.integers(1, 3), back=st.sampled_from([None, None, 0, 1, 2]))
    def leave_early(self, code: str, after: int, back: int | None) -> None:
        booking = self._stay_of(code)
        if booking is None:
            return
        day = booking.arrival + timedelta(days=after)
        begins = booking.lines[0].starts_at
        self.now = max(self.now, begins + timedelta(hours=1))
        with self.door():
            services.leave_early(
                code=code,
                position=0,
                leaves_on=day,
                reason="ill",
                by_user_id=self.user_id,
                scope=EVERYTHING,
                nights_back=back,
                may_give=True,
            )

    @rule(code=codes, free=st.booleans(), hours=st.sampled_from([0, 1, 13, 40]))
    def nobody_comes(self, code: str, free: bool, hours: int) -> None:
        booking = self._stay_of(code)
        if booking is None:
            return
        self.now = max(self.now, missed_from(booking.arrival) + timedelta(hours=hours))
        with self.door():
            services.mark_no_show(
                code=code, reason="nobody", free=free, by_user_id=self.user_id, scope=EVERYTHING
            )

    @rule(code=codes)
    def come_after_all(self, code: str) -> None:
        with self.door():
            services.undo_no_show(code=code, reason="here", by_user_id=self.user_id, scope=EVERYTHING)

    @rule(code=codes, position=st.integers(0, 2), percent=st.sampled_from([1, 33, 50, 100, 101]))
    def give_back_afterwards(self, code: str, position: int, percent: int) -> None:
        """Asked for by one, agreed by another where it takes two."""
        number = None
        with self.door():
            booking = queries.find_booking(code)
            assert booking is not None
            price = booking.lines[position].price if position < len(booking.lines) else 0
            number = services.refund_after_stay(
                code=code,
                position=position,
                amount=price * percent // 100,
                reason="cold water",
                by_user_id=self.user_id,
                scope=EVERYTHING,
            ).id
        if number is not None:
            with self.door():
                services.agree_to_refund(concession_id=number, by_user_id=self.second_id, scope=EVERYTHING)

    def _check(self, booking: Booking) -> None:
        """As of every season, but for the total, which falls with what ends alone."""
        assert balance(booking.reference) == 0
        assert sum(share.amount for share in queries.kept_shares(booking)) == booking.received
        assert 0 <= booking.received <= booking.total
        copied = [(line.price, line.tax, line.terms, line.splits) for line in booking.lines]
        _before, as_sold = self.seen.get(booking.code, (booking.state, copied))
        assert copied[: len(as_sold)] == as_sold
        self.seen[booking.code] = booking.state, copied

    def _stay_of(self, code: str) -> Any:
        """A certain booking that begins with a stay."""
        with self.app.app_context():
            booking = queries.find_booking(code)
        is_stay = booking is not None and booking.lines[0].homestay_id is not None
        return booking if booking and is_stay and booking.state == BookingState.CONFIRMED else None
