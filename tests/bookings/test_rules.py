"""Where a booking may go, and what an amount does to it: the tables, whole."""

from __future__ import annotations

import pytest

from app.bookings.models import Booking
from app.bookings.rules import BookingState as S
from app.bookings.rules import Outcome, may_become, outcome_of
from app.payments.rules import Reading, read_amount, read_deposit

ALLOWED = {
    (S.HELD, S.CONFIRMED),
    (S.HELD, S.EXPIRED),
    (S.HELD, S.CANCELLED),
    (S.CONFIRMED, S.COMPLETED),
    (S.CONFIRMED, S.CANCELLED),
    (S.CONFIRMED, S.NO_SHOW),
    (S.EXPIRED, S.CONFIRMED),
    (S.REQUESTED, S.HELD),
    (S.REQUESTED, S.DECLINED),
    (S.NO_SHOW, S.CONFIRMED),
}


@pytest.mark.parametrize("current", S)
@pytest.mark.parametrize("wanted", S)
def test_the_table_of_states(current: S, wanted: S) -> None:
    assert may_become(current, wanted) == ((current, wanted) in ALLOWED)


@pytest.mark.parametrize("current", S)
@pytest.mark.parametrize("wanted", S)
def test_a_booking_goes_where_the_table_leads(current: S, wanted: S) -> None:
    booking = Booking(state=current)
    if (current, wanted) in ALLOWED:
        booking.become(wanted)
        assert booking.state == wanted
    else:
        with pytest.raises(RuntimeError):
            booking.become(wanted)
        assert booking.state == current


@pytest.mark.parametrize("received", [0, 99, 100, 101, 500])
@pytest.mark.parametrize("is_over", [False, True])
@pytest.mark.parametrize("state", S)
def test_what_an_amount_does(state: S, is_over: bool, received: int) -> None:
    def outcome(state_now: S) -> Outcome:
        return outcome_of(
            state=state, state_now=state_now, arrival_passed=is_over, received=received, due_now=100
        )

    if state in {S.CONFIRMED, S.COMPLETED, S.NO_SHOW}:
        assert outcome(state) == Outcome.BALANCE
    elif is_over or state in {S.CANCELLED, S.DECLINED, S.REQUESTED}:
        assert outcome(state) == Outcome.RETURNS
    else:
        enough = received >= 100
        assert outcome(S.EXPIRED) == (Outcome.LATE if enough else Outcome.TOO_LITTLE_TOO_LATE)
        if state == S.HELD:
            assert outcome(S.HELD) == (Outcome.CONFIRMS if enough else Outcome.PART)


@pytest.mark.parametrize(
    ("received", "outstanding", "code", "reading"),
    [
        (1000, 1000, 123, Reading(1000, 0, 0)),
        (1123, 1000, 123, Reading(1000, 123, 0)),
        (1124, 1000, 123, Reading(1000, 0, 124)),
        (1122, 1000, 123, Reading(1000, 0, 122)),
        (999, 1000, 123, Reading(999, 0, 0)),
        (500, 0, 0, Reading(0, 0, 500)),
        (1, 1000, 1, Reading(1, 0, 0)),
    ],
)
def test_an_amount_is_read(received: int, outstanding: int, code: int, reading: Reading) -> None:
    assert read_amount(received, outstanding, code) == reading


@pytest.mark.parametrize(
    ("received", "reading"),
    [
        (300, Reading(300, 0, 0)),
        (345, Reading(300, 45, 0)),
        (346, Reading(346, 0, 0)),
        (1000, Reading(1000, 0, 0)),
        (1045, Reading(1000, 45, 0)),
        (1046, Reading(1000, 0, 46)),
    ],
)
def test_a_deposit_with_its_code_is_read_exactly(received: int, reading: Reading) -> None:
    assert read_deposit(received, 300, 1000, 45) == reading


@pytest.mark.parametrize(("received", "outstanding"), [(0, 10), (-1, 10), (10, -1)])
def test_nothing_is_not_read(received: int, outstanding: int) -> None:
    with pytest.raises(ValueError, match="receipt"):
        read_amount(received, outstanding, 0)
