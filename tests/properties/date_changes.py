"""Guests change dates in a random season: what the village could keep before, it can keep afterwards."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, rule

from app.bookings import services
from app.bookings.models import Booking
from app.core.dates import Nights, village_date
from app.core.errors import WrongState


class DateChanges(RuleBasedStateMachine):
    """Rules over whatever `codes` there are."""

    codes: Bundle[str] = Bundle("codes")
    departures: tuple[tuple[str, int], ...]
    now: Any
    door: Any
    _booking: Any

    @rule(code=codes, position=st.integers(0, 4), ahead=st.integers(0, 12), nights=st.integers(1, 3))
    def change_nights(self, code: str, position: int, ahead: int, nights: int) -> None:
        first = village_date(self.now) + timedelta(days=ahead)
        self._change(code, position, Nights(first, first + timedelta(days=nights)))

    @rule(code=codes, position=st.integers(0, 4), by=st.sampled_from([-2, -1, 1, 2]))
    def move_on(self, code: str, position: int, by: int) -> None:
        """By a night or two, so that it overlaps itself."""
        with self.door():
            line = self._booking(code).lines[position:][:1]
        if line and line[0].departure > line[0].arrival:
            days = timedelta(days=by)
            self._change(code, position, Nights(line[0].arrival + days, line[0].departure + days))

    @rule(code=codes, position=st.integers(0, 4), run=st.integers(0, 2))
    def change_departure(self, code: str, position: int, run: int) -> None:
        self._change(code, position, self.departures[run][0])

    def _change(self, code: str, position: int, to: Any) -> None:
        with self.door():
            before = kept_if_cancelled(self._booking(code))
            lines = len(self._booking(code).lines)
            booking = services.change_dates(code=code, position=position, to=to)
            after = kept_if_cancelled(booking)
            if len(booking.lines) > lines and before is not None and after is not None:
                assert after >= before, "changing and then cancelling is cheaper than cancelling"


def kept_if_cancelled(booking: Booking) -> int | None:
    """What the village would have of all of it if the rest were cancelled now; None where it cannot be any more."""
    try:
        return services.cancellation_of(booking=booking).kept + booking.kept
    except WrongState:
        return None
