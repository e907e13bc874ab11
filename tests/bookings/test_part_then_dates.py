"""A part is given up, what is left moves to other dates, then a part of that goes: each step stands on the last one."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from app.bookings import services
from app.core import clock
from app.core.dates import Nights
from app.core.db import transaction
from app.villages.rules import Terms
from tests.bookings import acts
from tests.bookings.changing import change
from tests.bookings.lines import DAY, HOUR
from tests.bookings.parts import FRIDAY, fresh, give_up, weekend


@pytest.mark.parametrize("late", [False, True])
def test_a_part_goes_what_is_left_moves_and_a_part_of_that_goes(season: Session, late: bool) -> None:
    code = weekend(Terms.MODERATE)
    before = 5 * DAY - HOUR if late else 9 * DAY
    with clock.shifted(acts.booking(code).lines[0].starts_at - before):
        give_up(code, arrival=FRIDAY + DAY)
        acts.nothing_is_wrong()
        kept = fresh(code).kept
        assert kept == (200_000 if late else 0)
        move_to = Nights(FRIDAY + 14 * DAY, FRIDAY + 16 * DAY)
        change(code, move_to)
        acts.nothing_is_wrong()
        give_up(code, 1, departure=FRIDAY + 15 * DAY)
        acts.nothing_is_wrong()
        assert fresh(code).kept >= kept
        with transaction():
            services.cancel_booking(code=code, reason=None)
        acts.nothing_is_wrong()
