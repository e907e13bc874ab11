"""Deadlines, holds and plans at the very instants at which they change."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.bookings.rules import (
    BookingState,
    Plan,
    earned_at,
    last_earned_on,
    on_arrival_hold_until,
    on_arrival_offered,
    payment_plan,
    state_at,
    transfer_hold_until,
    transfer_offered,
)
from app.core.dates import CHECK_IN, Nights, village_date, village_instant
from app.villages.rules import TERMS, Keeps, Terms, dated_steps, kept_at, steps_from_data, terms_to_data

ARRIVAL = date(2027, 5, 10)
START = village_instant(ARRIVAL, CHECK_IN)
MOMENT = timedelta(microseconds=1)

instants = st.timedeltas(timedelta(0), timedelta(days=730)).map(datetime(2026, 1, 1, tzinfo=UTC).__add__)
days = st.dates(date(2026, 1, 1), date(2028, 1, 1))


def wib(day: date, hour: int, minute: int = 0) -> datetime:
    """A clock time in the village."""
    return village_instant(day, time(hour, minute))


# Terms


@pytest.mark.parametrize(
    ("terms", "deadlines"),
    [
        (Terms.FLEXIBLE, [(timedelta(hours=24), Keeps.NOTHING, Keeps.FIRST_NIGHT)]),
        (Terms.MODERATE, [(timedelta(days=5), Keeps.NOTHING, Keeps.FIRST_NIGHT)]),
        (
            Terms.FIRM,
            [(timedelta(days=30), Keeps.NOTHING, Keeps.HALF), (timedelta(days=14), Keeps.HALF, Keeps.ALL)],
        ),
        (
            Terms.STRICT,
            [(timedelta(days=14), Keeps.NOTHING, Keeps.HALF), (timedelta(days=7), Keeps.HALF, Keeps.ALL)],
        ),
    ],
)
def test_the_instant_of_a_deadline_gets_the_better_answer(
    terms: Terms, deadlines: list[tuple[timedelta, Keeps, Keeps]]
) -> None:
    for before, in_time, too_late in deadlines:
        assert kept_at(terms, START, START - before) == in_time
        assert kept_at(terms, START, START - before + MOMENT) == too_late
        assert kept_at(terms, START, START - before - MOMENT) == in_time


def test_what_is_not_refundable_is_kept_at_any_time() -> None:
    for before in (timedelta(days=400), timedelta(0), timedelta(days=-3)):
        assert kept_at(Terms.NON_REFUNDABLE, START, START - before) == Keeps.ALL


@given(terms=st.sampled_from(Terms), one=instants, other=instants)
def test_waiting_never_makes_cancelling_cheaper(terms: Terms, one: datetime, other: datetime) -> None:
    harder = [Keeps.NOTHING, Keeps.FIRST_NIGHT, Keeps.HALF, Keeps.ALL]
    sooner, later = sorted((one, other))
    assert harder.index(kept_at(terms, START, sooner)) <= harder.index(kept_at(terms, START, later))


@given(terms=st.sampled_from(Terms), starts_at=instants)
def test_copied_terms_say_the_same(terms: Terms, starts_at: datetime) -> None:
    copied = terms_to_data(terms)
    assert steps_from_data(copied, starts_at) == dated_steps(terms, starts_at)
    assert copied["code"] == terms
    assert TERMS[terms][-1].before is None


# How long a hold lasts, and which ways are open


def test_a_transfer_is_offered_until_five_the_day_before() -> None:
    last = wib(date(2027, 5, 9), 17)
    assert transfer_offered(last, ARRIVAL)
    assert not transfer_offered(last + MOMENT, ARRIVAL)


def test_a_transfer_waits_a_day_but_never_past_six_the_day_before() -> None:
    end = wib(date(2027, 5, 9), 18)
    assert transfer_hold_until(end - timedelta(hours=24), ARRIVAL, 24) == end
    assert transfer_hold_until(end - timedelta(hours=24) - MOMENT, ARRIVAL, 24) == end - MOMENT
    assert transfer_hold_until(wib(date(2027, 5, 9), 17), ARRIVAL, 24) == end


@given(now=instants, ahead=st.integers(0, 400), hours=st.integers(1, 72))
def test_whoever_is_offered_a_transfer_has_an_hour(now: datetime, ahead: int, hours: int) -> None:
    arrival = village_date(now) + timedelta(days=ahead)
    if transfer_offered(now, arrival):
        until = transfer_hold_until(now, arrival, hours)
        assert timedelta(hours=1) <= until - now <= timedelta(hours=hours)
        assert until <= village_instant(arrival - timedelta(days=1), time(18))


def test_paying_at_the_door_is_open_until_eight_of_the_day_and_a_fortnight_ahead() -> None:
    eight = wib(ARRIVAL, 20)
    assert on_arrival_hold_until(ARRIVAL) == eight
    assert on_arrival_offered(eight - MOMENT, ARRIVAL, house_allows=True)
    assert not on_arrival_offered(eight, ARRIVAL, house_allows=True)
    assert on_arrival_offered(wib(date(2027, 4, 26), 0), ARRIVAL, house_allows=True)
    assert not on_arrival_offered(wib(date(2027, 4, 26), 0) - MOMENT, ARRIVAL, house_allows=True)
    assert not on_arrival_offered(wib(date(2027, 5, 1), 12), ARRIVAL, house_allows=False)
    assert not on_arrival_offered(wib(date(2027, 5, 11), 12), ARRIVAL, house_allows=True)


def test_a_hold_is_over_at_its_very_end() -> None:
    assert state_at(BookingState.HELD, START, START - MOMENT) == BookingState.HELD
    assert state_at(BookingState.HELD, START, START) == BookingState.EXPIRED
    assert state_at(BookingState.HELD, START, START + MOMENT) == BookingState.EXPIRED


@given(state=st.sampled_from([state for state in BookingState if state != BookingState.HELD]), now=instants)
def test_only_holds_run_out(state: BookingState, now: datetime) -> None:
    assert state_at(state, START, now) == state
    assert state_at(state, None, now) == state


# Plans


@given(
    total=st.integers(1, 10**8),
    deposit=st.integers(0, 10_000),
    ahead=st.integers(0, 60),
    today=days,
    on_arrival=st.booleans(),
)
def test_a_plan_adds_up(total: int, deposit: int, ahead: int, today: date, on_arrival: bool) -> None:
    arrival = today + timedelta(days=ahead)
    plan = payment_plan(
        total, on_arrival=on_arrival, deposit_basis_points=deposit, arrival=arrival, today=today
    )
    assert plan.due_now + plan.balance == total
    assert 0 <= plan.due_now <= total
    assert (plan.balance_on is None) == (plan.balance == 0) == (plan.plan != Plan.DEPOSIT)
    assert on_arrival == (plan.plan == Plan.ON_ARRIVAL)
    if plan.balance_on is not None:
        assert today < plan.balance_on == arrival - timedelta(days=7)
        assert plan.due_now * 10_000 >= total * deposit


def test_a_week_before_arrival_all_is_due() -> None:
    def plan_on(today: date) -> Plan:
        return payment_plan(
            100_001, on_arrival=False, deposit_basis_points=3000, arrival=ARRIVAL, today=today
        ).plan

    assert plan_on(date(2027, 5, 2)) == Plan.DEPOSIT
    assert plan_on(date(2027, 5, 3)) == Plan.ALL_NOW


# Earning


def test_a_night_is_earned_at_noon_of_the_next_day() -> None:
    noon = wib(date(2027, 5, 11), 12)
    assert earned_at(ARRIVAL) == noon
    assert last_earned_on(noon) == ARRIVAL
    assert last_earned_on(noon - MOMENT) == ARRIVAL - timedelta(days=1)


@given(now=instants)
def test_the_last_earned_day_is_the_last(now: datetime) -> None:
    day = last_earned_on(now)
    assert earned_at(day) <= now < earned_at(day + timedelta(days=1))


# Nights


@given(arrival=days, length=st.integers(1, 60), other=days, other_length=st.integers(1, 60))
def test_nights_are_half_open(arrival: date, length: int, other: date, other_length: int) -> None:
    nights = Nights(arrival, arrival + timedelta(days=length))
    others = Nights(other, other + timedelta(days=other_length))
    assert len(list(nights)) == len(nights) == length
    assert arrival in nights
    assert nights.departure not in nights
    assert all(night in nights for night in nights)
    assert nights.overlaps(others) == others.overlaps(nights) == bool(set(nights) & set(others))


@given(arrival=days, length=st.integers(-5, 0))
def test_no_night_is_no_stay(arrival: date, length: int) -> None:
    with pytest.raises(ValueError, match="departure"):
        Nights(arrival, arrival + timedelta(days=length))


@given(day=days, at=st.times())
def test_village_time_goes_there_and_back(day: date, at: time) -> None:
    instant = village_instant(day, at)
    assert instant.tzinfo == UTC
    assert village_date(instant) == day
