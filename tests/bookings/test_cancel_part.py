"""A guest gives up nights or rooms of a stay; what is left keeps its own prices, and its deadlines."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy.orm import Session

from app.bookings import queries, services
from app.bookings.rules import BookingState
from app.core import clock
from app.core.db import transaction
from app.core.errors import Invalid
from app.ledger.queries import balance
from app.villages.rules import Terms
from tests.bookings import acts
from tests.bookings.lines import (
    DAY,
    HOUR,
    figures,
)
from tests.bookings.parts import (
    FRIDAY,
    PRICES,
    STAYED,
    back,
    foreseen,
    fresh,
    give_up,
    sold_nights,
    weekend,
)

ENDS = [
    ({"departure": FRIDAY + 2 * DAY}, 200_000, [FRIDAY, FRIDAY + DAY]),
    ({"departure": FRIDAY + DAY}, 450_000, [FRIDAY]),
    ({"arrival": FRIDAY + DAY}, 200_000, [FRIDAY + DAY, FRIDAY + 2 * DAY]),
    ({"arrival": FRIDAY + DAY, "departure": FRIDAY + 2 * DAY}, 400_000, [FRIDAY + DAY]),
]


@pytest.mark.parametrize(("left", "refund", "stays"), ENDS)
def test_a_night_off_either_end_brings_its_own_price_back(
    season: Session, left: dict[str, date], refund: int, stays: list[date]
) -> None:
    code = weekend()
    part = foreseen(code, **left)
    assert (part.answer.refund, part.answer.kept, part.answer.amount_due) == (refund, 0, 0)
    give_up(code, expected=refund, **left)
    booking = fresh(code)
    assert back(code) == [refund]
    assert figures(booking) == (STAYED - refund,) * 3 + (0,)
    assert sold_nights(code) == stays
    assert (booking.arrival, booking.departure) == (stays[0], stays[-1] + DAY)
    assert (booking.lines[0].arrival, booking.lines[0].departure) == (stays[0], stays[-1] + DAY)
    assert booking.lines[0].starts_at.date() == stays[0]
    assert sum(share.amount for share in queries.shares_of(booking)) == booking.received
    assert balance(booking.reference) == 0
    acts.nothing_is_wrong()
    with clock.shifted(booking.lines[0].starts_at + 6 * DAY):
        acts.earn()
        assert acts.reads(code) == BookingState.COMPLETED
        acts.nothing_is_wrong()


LATE = [
    # What goes, what the terms say by then, what is kept of it.
    (Terms.MODERATE, 5 * DAY, {"departure": FRIDAY + 2 * DAY}, 0),
    (Terms.MODERATE, 5 * DAY, {"arrival": FRIDAY + DAY}, 200_000),
    (Terms.MODERATE, 5 * DAY, {"arrival": FRIDAY + 2 * DAY}, 200_000),
    (Terms.FLEXIBLE, 24 * HOUR, {"arrival": FRIDAY + DAY}, 200_000),
    (Terms.FIRM, 30 * DAY, {"departure": FRIDAY + DAY}, 225_000),
    (Terms.STRICT, 7 * DAY, {"departure": FRIDAY + 2 * DAY}, 200_000),
]


@pytest.mark.parametrize(("terms", "before", "left", "kept"), LATE)
def test_each_side_of_a_deadline(
    season: Session, terms: Terms, before: timedelta, left: dict[str, date], kept: int
) -> None:
    code = weekend(terms)
    starts_at = acts.booking(code).lines[0].starts_at
    with clock.shifted(starts_at - before - timedelta(seconds=20)):
        assert foreseen(code, **left).answer.kept < max(kept, 1)
    with clock.shifted(starts_at - before + timedelta(seconds=20)):
        part = foreseen(code, **left)
        assert part.answer.kept == kept
        assert part.answer.refund == part.price - kept
        give_up(code, expected=part.answer.refund, **left)
        booking = fresh(code)
        assert booking.kept == kept
        assert booking.total == STAYED - part.answer.refund == booking.received
        acts.nothing_is_wrong()
    with clock.shifted(starts_at + 5 * DAY):
        acts.earn()
        assert acts.reads(code) == BookingState.COMPLETED
        assert acts.stage("pending") == 0
        acts.nothing_is_wrong()


def test_giving_up_the_first_night_moves_no_deadline(season: Session) -> None:
    """Else whoever is late would give up a night for little, and cancel the rest for nothing."""
    code = weekend(Terms.MODERATE)
    starts_at = acts.booking(code).lines[0].starts_at
    with clock.shifted(starts_at - 5 * DAY - HOUR):
        give_up(code, arrival=FRIDAY + DAY)
    with clock.shifted(starts_at - 5 * DAY + HOUR):
        answer = services.cancellation_of(booking=fresh(code))
        assert answer.kept == 250_000, "the first night that is left"


def test_the_first_night_is_kept_once(season: Session) -> None:
    code = weekend(Terms.MODERATE)
    with clock.shifted(acts.booking(code).lines[0].starts_at - 2 * DAY):
        give_up(code, arrival=FRIDAY + DAY)
        answer = services.cancellation_of(booking=fresh(code))
        assert (answer.kept, answer.refund) == (0, 450_000)
        with transaction():
            services.cancel_booking(code=code, reason=None, expected_refund=450_000)
        booking = fresh(code)
        assert (booking.state, booking.received, booking.kept) == (BookingState.CANCELLED, 200_000, 200_000)
        acts.nothing_is_wrong()


def test_half_is_half_however_often_it_is_asked_for(season: Session) -> None:
    code = weekend(Terms.FIRM)
    with clock.shifted(acts.booking(code).lines[0].starts_at - 20 * DAY):
        give_up(code, departure=FRIDAY + 2 * DAY)
        give_up(code, arrival=FRIDAY + DAY)
        with transaction():
            services.cancel_booking(code=code, reason=None)
        assert sum(back(code)) == STAYED // 2
        acts.nothing_is_wrong()


def test_a_room_of_two_goes(season: Session) -> None:
    code = weekend(rooms=2, adults=3)
    with pytest.raises(Invalid, match="kamar"):
        give_up(code, quantity=1)
    give_up(code, quantity=1, adults=2, expected=STAYED)
    booking = fresh(code)
    line = booking.lines[0]
    assert (line.quantity, line.adults, booking.total) == (1, 2, STAYED)
    assert sold_nights(code) == sorted(PRICES)
    assert back(code) == [STAYED]
    acts.nothing_is_wrong()
    give_up(code, departure=FRIDAY + DAY)
    assert sold_nights(code) == [FRIDAY]
    acts.nothing_is_wrong()


def test_a_room_given_up_late_keeps_its_first_night(season: Session) -> None:
    code = weekend(Terms.MODERATE, rooms=2)
    with clock.shifted(acts.booking(code).lines[0].starts_at - 2 * DAY):
        give_up(code, quantity=1, adults=1, expected=450_000)
        assert fresh(code).kept == 200_000
        acts.nothing_is_wrong()


def test_a_calendar_moves_along(season: Session) -> None:
    code = weekend()
    give_up(code, arrival=FRIDAY + DAY, departure=FRIDAY + 2 * DAY)
    file = services.calendar_of(booking=fresh(code)).decode()
    assert f"DTSTART;TZID=Asia/Jakarta:{FRIDAY + DAY:%Y%m%d}T140000" in file
    assert f"DTEND;TZID=Asia/Jakarta:{FRIDAY + 2 * DAY:%Y%m%d}T120000" in file


def test_the_credit_note_says_what_is_left(season: Session) -> None:
    code = weekend()
    give_up(code, departure=FRIDAY + DAY)
    receipt, note = queries.list_papers(fresh(code).id)
    assert (note.amount, note.credits_id, note.content["total"]) == (450_000, receipt.id, 200_000)
    [line] = note.content["lines"]
    assert line["price"] == 200_000
    assert line["departure"] == (FRIDAY + DAY).isoformat()


def test_fewer_nights_than_the_house_sells_are_no_reason(season: Session) -> None:
    code = weekend(min_nights=3)
    give_up(code, departure=FRIDAY + DAY)
    assert sold_nights(code) == [FRIDAY]
