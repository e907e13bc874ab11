"""What a change of dates costs: what is given up is kept by the terms, what is held on to keeps its price, what is new
costs what it costs today. Changing and then cancelling is never cheaper than cancelling.
"""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from app.bookings import queries, services
from app.bookings.rules import BookingState
from app.core import clock
from app.core.db import db, transaction
from app.core.errors import Invalid, SoldOut, WrongState
from app.homestays.models import Homestay, RoomType
from app.homestays.rules import Prices
from app.payments.queries import find_open_payment
from app.payments.rules import PaymentMethod
from app.tours.inventory import PackageChoice
from app.villages.rules import Terms
from tests.bookings import acts
from tests.bookings.changing import DAY, HOUR, WEDNESDAY, back, cancel, change, figures, nights, preview, stay
from tests.factories import make_choice, make_departure, make_house, make_package


def test_dearer_dates_are_asked_for(season: Session) -> None:
    code, _house = stay()
    answer = preview(code, nights(2))
    assert (answer.difference, answer.kept, answer.refund, answer.amount_due) == (50_000, 0, 0, 50_000)
    booking = change(code, nights(2))
    payment = find_open_payment(booking.reference)
    assert payment is not None
    assert (payment.amount, payment.method) == (50_000, PaymentMethod.TRANSFER)
    assert (booking.state, booking.due_now, booking.balance_on) == (
        BookingState.CONFIRMED,
        400_000,
        answer.due_on,
    )
    assert answer.due_on is not None
    assert clock.today() < answer.due_on <= booking.arrival
    acts.nothing_is_wrong()
    acts.pay(code, payment.amount_with_code)
    assert figures(code) == (450_000, 450_000, 0)
    assert find_open_payment(booking.reference) is None
    acts.nothing_is_wrong()


def test_who_owes_a_difference_is_reminded(season: Session) -> None:
    code, _house = stay()
    booking = change(code, nights(2))
    assert booking.balance_on is not None
    with (
        clock.shifted(acts.NOW + timedelta(days=(booking.balance_on - clock.today()).days - 1)),
        transaction(),
    ):
        assert services.remind_balances() == 1
    assert "balance:1" in acts.messages(code)


def test_cheaper_dates_bring_money_back_guest_first(season: Session) -> None:
    code, _house = stay(2)
    answer = preview(code, nights(0))
    assert (answer.difference, answer.refund, answer.amount_due) == (-50_000, 50_000, 0)
    change(code, nights(0))
    assert (figures(code), back(code)) == ((400_000, 400_000, 0), [50_000])
    papers = queries.list_papers(acts.booking(code).id)
    assert [(paper.kind.value, paper.amount) for paper in papers][-1] == ("credit_note", 50_000)
    acts.nothing_is_wrong()


def test_what_is_held_on_to_keeps_its_price(season: Session) -> None:
    """The house costs more by now: only the new night does."""
    code, house = stay()
    with transaction():
        db.session.get_one(RoomType, house.room_type_id).weekday_price = 300_000
    booking = change(code, nights(1))
    assert [unit.price for unit in booking.lines[1].units] == [200_000, 300_000]
    assert figures(code) == (500_000, 400_000, 100_000)
    acts.nothing_is_wrong()


LATE = [
    (Terms.FLEXIBLE, 25 * HOUR, 7, 0),
    (Terms.FLEXIBLE, 23 * HOUR, 7, 200_000),
    (Terms.FLEXIBLE, 23 * HOUR, 1, 200_000),
    (Terms.MODERATE, 4 * DAY, 7, 200_000),
    (Terms.FIRM, 20 * DAY, 30, 200_000),
    (Terms.FIRM, 20 * DAY, 1, 100_000),
    (Terms.FIRM, 13 * DAY, 1, 200_000),
    (Terms.NON_REFUNDABLE, 13 * DAY, 7, 400_000),
    (Terms.NON_REFUNDABLE, 13 * DAY, 1, 200_000),
]


@pytest.mark.parametrize(("terms", "before", "first", "kept"), LATE)
def test_what_is_given_up_is_kept_by_the_terms(
    season: Session, terms: Terms, before: timedelta, first: int, kept: int
) -> None:
    code, _house = stay(terms=terms)
    with clock.shifted(acts.booking(code).lines[0].starts_at - before):
        whole = services.cancellation_of(booking=acts.booking(code)).kept
        answer = preview(code, nights(first, 2))
        assert answer.kept == kept
        change(code, nights(first, 2))
        acts.nothing_is_wrong()
        assert services.cancellation_of(booking=acts.booking(code)).kept + kept >= whole
        assert cancel(code) >= whole
        acts.nothing_is_wrong()
    with clock.shifted(acts.booking(code).lines[1].starts_at + 4 * DAY):
        acts.earn()
        assert acts.stage("pending") == 0
        acts.nothing_is_wrong()


def test_moving_on_by_a_night_opens_no_door(season: Session) -> None:
    """What was too late to get back does not come back because the stay begins a day later."""
    code, _house = stay(terms=Terms.FIRM)
    starts_at = acts.booking(code).lines[0].starts_at
    with clock.shifted(starts_at - 14 * DAY - HOUR):
        change(code, nights(1))
    with clock.shifted(starts_at - 14 * DAY + 2 * HOUR):
        answer = services.cancellation_of(booking=acts.booking(code))
        assert answer.kept == 200_000, "half of the new stay"
    code, house = stay(terms=Terms.NON_REFUNDABLE)
    with transaction():
        db.session.get_one(Homestay, house.homestay_id).terms = Terms.FLEXIBLE
    change(code, nights(1))
    answer = services.cancellation_of(booking=acts.booking(code))
    assert (answer.kept, acts.booking(code).lines[1].units[0].least) == (200_000, 200_000)
    acts.nothing_is_wrong()


def test_a_package_is_kept_by_its_own_terms(season: Session) -> None:
    with transaction():
        made = make_package(price=150_000, on=WEDNESDAY, terms=Terms.FLEXIBLE)
        other = make_departure(made.package_id, on=WEDNESDAY + 7 * DAY, seats=4, price=175_000).public_id
    code = acts.hold(None, PackageChoice(str(made.departure), 2))
    acts.pay(code)
    assert preview(code, other).difference == 50_000
    with clock.shifted(acts.booking(code).lines[0].starts_at - 13 * HOUR):
        answer = preview(code, other)
        assert (answer.kept, answer.difference, answer.amount_due) == (300_000, 350_000, 350_000)
        change(code, other)
        acts.nothing_is_wrong()
        acts.pay(code)
        assert figures(code) == (650_000, 650_000, 0)
        acts.nothing_is_wrong()


def test_a_deposit_stays_where_it_was(season: Session) -> None:
    code, _house = stay(count=2, paid=False, deposit=5_000)
    acts.pay(code)
    assert figures(code) == (400_000, 200_000, 200_000)
    due_on = preview(code, nights(2)).due_on
    booking = change(code, nights(2))
    assert figures(code) == (450_000, 200_000, 250_000)
    assert (booking.due_now, booking.balance_on) == (200_000, due_on)
    assert find_open_payment(booking.reference) is None, "the balance is paid when the guest wants to"
    acts.nothing_is_wrong()


def two_stays(*terms: Terms) -> str:
    with transaction():
        houses = [make_house(terms=one, deposit=5_000) for one in terms]
    choices = [
        make_choice(house.room, arrival=WEDNESDAY + 2 * at * DAY, nights=1) for at, house in enumerate(houses)
    ]
    code = acts.hold(None, *choices)
    acts.pay(code)
    return code


def test_money_that_is_kept_does_not_run_to_where_nothing_is(season: Session) -> None:
    """The deposit lies on the first stay, of which all is kept; moved, it would fill the second, which is free."""
    code = two_stays(Terms.NON_REFUNDABLE, Terms.FLEXIBLE)
    price = acts.booking(code).total
    assert services.cancellation_of(booking=acts.booking(code)).kept == 200_000
    with pytest.raises(WrongState):
        preview(code, nights(0, 2))
    acts.pay(code, price - acts.booking(code).received)
    change(code, nights(0, 2))
    assert services.cancellation_of(booking=acts.booking(code)).kept >= 200_000
    acts.nothing_is_wrong()


def test_a_cheap_night_is_not_swapped_unseen_for_a_dear_one(season: Session) -> None:
    """The difference is on the booking, in its page and in the desk's list, until it is paid."""
    code, _house = stay(0, 1)
    booking = change(code, nights(3, 1))
    assert (booking.amount_due, booking.state) == (50_000, BookingState.CONFIRMED)
    assert services.payment_methods(booking=booking)
    with clock.shifted(booking.lines[1].starts_at + 2 * DAY):
        acts.earn()
        acts.nothing_is_wrong()
        acts.pay(code, 50_000, method=PaymentMethod.CASH)
        assert figures(code) == (250_000, 250_000, 0)
        acts.nothing_is_wrong()


TERMS = st.sampled_from([Terms.FLEXIBLE, Terms.MODERATE, Terms.FIRM, Terms.STRICT, Terms.NON_REFUNDABLE])
MOVES = st.lists(st.tuples(st.integers(-3, 20), st.integers(1, 3)), min_size=1, max_size=3)


@example(terms=Terms.FIRM, hours=14 * 24 - 1, moves=[(3, 2)], paid=10)
@settings(max_examples=15, suppress_health_check=list(HealthCheck))
@given(terms=TERMS, hours=st.integers(1, 15 * 24), moves=MOVES, paid=st.sampled_from([1, 3, 5, 10]))
def test_changing_and_cancelling_is_never_cheaper_than_cancelling(
    season: Session, terms: Terms, hours: int, moves: list[tuple[int, int]], paid: int
) -> None:
    """Whatever the terms, the time, the deposit, and however often it is moved."""
    made = acts.house(terms=terms, prices=Prices(200_001, 250_003, 300_007), deposit=paid * 1_000)
    code = acts.hold(None, make_choice(made.room, arrival=WEDNESDAY + 2 * DAY, nights=3))
    acts.pay(code)
    with clock.shifted(acts.booking(code).lines[0].starts_at - timedelta(hours=hours)):
        whole = services.cancellation_of(booking=acts.booking(code)).kept
        for first, count in moves:
            living = acts.booking(code).living_lines[0].position
            try:
                change(code, nights(first, count), living)
            except (WrongState, SoldOut, Invalid):
                continue
        assert cancel(code) >= whole
        acts.nothing_is_wrong()
