"""A guest in New York cancels just before and just after a deadline, in the hours in which the American clock is
changed: the village's clock decides, and the two answers differ by a second.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from flask import Flask

from app.bookings import queries
from app.core import codes
from app.core.dates import village_instant
from app.core.db import transaction
from app.payments.queries import list_refunds
from app.villages.rules import Keeps, Terms, kept_at
from tests.factories import make_hold, make_house, make_receipt
from tests.machinery.clients import Visitor

NEW_YORK = ZoneInfo("America/New_York")

DEADLINES = {
    # 14:00 in the village on 12 March 2028 is the instant at which two o'clock becomes three.
    "forward": (date(2028, 3, 17), datetime(2028, 3, 12, 3, 0, tzinfo=NEW_YORK)),
    # On 5 November 2028 one o'clock comes twice before the deadline, which is at two.
    "back": (date(2028, 11, 10), datetime(2028, 11, 5, 2, 0, tzinfo=NEW_YORK)),
    "summer": (date(2028, 7, 14), datetime(2028, 7, 9, 3, 0, tzinfo=NEW_YORK)),
}


def paid_stay(app: Flask, arrival: date) -> tuple[str, str]:
    """A night of Rp200.000 under moderate terms: it comes back until five days before."""
    with app.app_context(), transaction():
        code = make_hold(make_house(terms=Terms.MODERATE), arrival=arrival, nights=1).code
        make_receipt(code)
        return code, codes.access_token(code, 1)


@pytest.mark.parametrize("season", DEADLINES)
@pytest.mark.parametrize(("seconds", "back"), [(-20, 200_000), (1, 0)])
def test_the_guest_gets_the_answer_of_the_instant(
    app: Flask, visitor: Visitor, set_clock: Callable[..., None], season: str, seconds: int, back: int
) -> None:
    arrival, deadline = DEADLINES[season]
    set_clock(datetime(arrival.year, arrival.month, arrival.day, 3, tzinfo=UTC) - timedelta(days=12))
    code, token = paid_stay(app, arrival)
    # Reckoned on the one clock that both have: the walls of New York jump in between.
    set_clock(deadline.astimezone(UTC) + timedelta(seconds=seconds))
    visitor.open(f"/bookings/{code}?token={token}&lang=en").open(f"/bookings/{code}/cancel")
    assert f"Comes back to you {'Rp200.000' if back else 'Rp0'}" in visitor.text
    visitor.submit("/cancel", reason="")
    with app.app_context():
        booking = queries.find_booking(code)
        assert booking is not None
        assert booking.state == "cancelled"
        assert sum(refund.amount for refund in list_refunds(booking.reference)) == back


@pytest.mark.parametrize("season", DEADLINES)
def test_a_second_decides(season: str) -> None:
    arrival, deadline = DEADLINES[season]
    starts_at, second = village_instant(arrival, time(14, 0)), timedelta(seconds=1)
    instants = [deadline.astimezone(UTC) + seconds * second for seconds in (-1, 0, 1)]
    kept = [kept_at(Terms.MODERATE, starts_at, one.astimezone(NEW_YORK)) for one in instants]
    assert kept == [Keeps.NOTHING, Keeps.NOTHING, Keeps.FIRST_NIGHT]


def test_the_walls_of_new_york_really_jump() -> None:
    forward, back = DEADLINES["forward"][1], DEADLINES["back"][1]
    second = timedelta(seconds=1)
    before = (forward.astimezone(UTC) - second).astimezone(NEW_YORK)
    assert (before.hour, before.minute) == (1, 59)
    assert {(back.astimezone(UTC) - timedelta(hours=ago)).astimezone(NEW_YORK).hour for ago in (1, 2)} == {1}
