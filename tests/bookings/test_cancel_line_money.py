"""What becomes of the money when one line of a trip goes: in part, by card, by several ways, in any order."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from app.bookings import queries, services
from app.bookings.rules import BookingState
from app.core import clock
from app.core.db import db, transaction
from app.homestays.rules import Prices
from app.payments.queries import find_open_payment, list_refunds
from app.payments.rules import PaymentMethod
from app.villages.rules import Terms
from tests.bookings import acts, cards
from tests.bookings.lines import (
    CLASS,
    DAY,
    FAR,
    cancel,
    figures,
    trip,
    two_houses,
)
from tests.factories import (
    NOW,
    make_choice,
    make_house,
)
from tests.simulators.provider import Provider


def test_what_was_paid_for_it_first_pays_for_the_rest(season: Session) -> None:
    """A deposit of 400,000 fills the first stay; without that it pays the second, and nothing is missing."""
    code = two_houses(Terms.FLEXIBLE, Terms.FLEXIBLE)
    acts.change_method(code, PaymentMethod.TRANSFER)
    answer = services.line_cancellation_of(booking=acts.booking(code), position=0)
    assert (answer.refund, answer.moved, answer.amount_due) == (0, 400_000, 0)
    cancel(code, 0, 0)
    booking = acts.booking(code)
    assert figures(booking) == (400_000, 400_000, 400_000, 0)
    assert list_refunds(booking.reference) == []
    assert (booking.arrival, booking.departure) == (FAR + 2 * DAY, FAR + 4 * DAY)
    assert find_open_payment(booking.reference) is None
    assert set(queries.filled_units(booking).values()) == {0, 200_000}
    assert sum(queries.filled_units(booking)[unit.id] for unit in booking.lines[1].units) == 400_000
    acts.nothing_is_wrong()


def test_what_is_kept_stays_and_the_balance_fills_only_what_lives(season: Session) -> None:
    code = two_houses(Terms.NON_REFUNDABLE, Terms.FLEXIBLE, deposit=3000)
    acts.change_method(code, PaymentMethod.TRANSFER)
    cancel(code, 0, 0)
    booking = acts.booking(code)
    assert booking.lines[0].cancelled_at is not None
    assert figures(booking) == (240_000 + 400_000, 240_000, 240_000, 400_000)
    assert acts.asked(code) - 400_000 in range(1, 1000)
    acts.nothing_is_wrong()
    acts.pay(code)
    booking = acts.booking(code)
    assert figures(booking) == (640_000, 240_000, 640_000, 0)
    filled = queries.filled_units(booking)
    assert [sum(filled[unit.id] for unit in line.units) for line in booking.lines] == [240_000, 400_000]
    acts.nothing_is_wrong()


def test_an_unpaid_rest_is_not_asked_for_what_is_gone(season: Session) -> None:
    """The second stay is not paid yet, and its terms keep everything: nothing is kept, nothing more is asked."""
    code = two_houses(Terms.FLEXIBLE, Terms.NON_REFUNDABLE)
    cancel(code, 1, 0)
    assert figures(acts.booking(code)) == (400_000, 400_000, 400_000, 0)
    acts.nothing_is_wrong()


def test_the_newest_money_goes_back_first_by_its_own_way(season: Session) -> None:
    code = two_houses(Terms.FLEXIBLE, Terms.FLEXIBLE)
    acts.pay(code, 150_000, method=PaymentMethod.CASH)
    acts.pay(code, 250_000)
    cancel(code, 0, 400_000)
    back = [(refund.keeper.partition(":")[0], refund.amount) for refund in list_refunds(f"booking:{code}")]
    assert back == [("bank", 250_000), ("cash", 150_000)]
    acts.nothing_is_wrong()


def test_money_that_comes_too_much_afterwards_is_looked_at(season: Session) -> None:
    made = trip()
    cancel(made.code, CLASS)
    receipt = acts.pay(made.code, 123_000, method=PaymentMethod.CASH)
    assert receipt.excess == 123_000
    acts.nothing_is_wrong()


def test_a_line_paid_by_card_comes_back_to_the_card(season: Session, stripe_simulator: Provider) -> None:
    cards.at_our_time(stripe_simulator)
    shop = cards.open_shop()
    code = cards.hold(shop)
    cards.pay_now(stripe_simulator, code)
    line = acts.booking(code).lines[1]
    cancel(code, 1, line.price)
    cards.send_refunds(code)
    cards.hear_all(stripe_simulator)
    assert acts.family("refund") == {}
    assert cards.hold(shop, "package"), "the places are free again"
    acts.nothing_is_wrong()
    cards.cancel(code)
    cards.send_refunds(code)
    cards.hear_all(stripe_simulator)
    assert acts.family("held") == {}
    acts.nothing_is_wrong()


def test_money_on_the_old_card_page_is_not_lost(season: Session, stripe_simulator: Provider) -> None:
    cards.at_our_time(stripe_simulator)
    code = cards.hold(cards.open_shop())
    page, total = cards.page(code), acts.booking(code).total
    cancel(code, 1)
    rest = acts.booking(code).total
    assert cards.attempt(code).amount == rest
    stripe_simulator.pay(page)
    cards.hear_all(stripe_simulator)
    booking = acts.booking(code)
    assert (booking.state, booking.received) == (BookingState.CONFIRMED, rest)
    (back,) = list_refunds(booking.reference)
    assert (back.amount, back.reason, booking.refunded) == (total - rest, "too_much", 0)
    assert acts.family("review") == {}
    acts.nothing_is_wrong()


@settings(max_examples=12, suppress_health_check=list(HealthCheck))
@given(
    terms=st.lists(
        st.sampled_from([one for one in Terms if one != Terms.UNTIL_READY]), min_size=3, max_size=3
    ),
    deposit=st.sampled_from([1, 3333, 5000, 10_000]),
    parts=st.lists(st.integers(1, 99), max_size=3),
    price=st.integers(1, 399_999),
    order=st.permutations([0, 1, 2]),
    before=st.integers(1, 39),
    then=st.integers(0, 1),
)
def test_in_any_order_nothing_is_lost(
    season: Session,
    terms: list[Terms],
    deposit: int,
    parts: list[int],
    price: int,
    order: list[int],
    before: int,
    then: int,
) -> None:
    """Three stays paid in part; some go line by line, money comes between, the rest goes at once."""
    with clock.shifted(NOW):
        code = three_houses(terms, deposit, price)
        acts.pay(code)
    with clock.shifted(acts.booking(code).lines[0].starts_at - before * DAY):
        for position in order[: then + 1]:
            booking = acts.booking(code)
            if parts and booking.amount_due:
                acts.pay(code, max(1, booking.amount_due * parts.pop() // 100), method=PaymentMethod.CASH)
            cancel_as_said(code, position)
            acts.nothing_is_wrong()
        answer = services.cancellation_of(booking=acts.booking(code))
        cards.cancel(code, answer.refund)
        db.session.expire_all()
        booking = acts.booking(code)
        assert booking.received == booking.kept
        acts.nothing_is_wrong()


def three_houses(terms: list[Terms], deposit: int, price: int) -> str:
    """Stays in three houses, each with its own terms and price, a day after the other."""
    with transaction():
        houses = [
            make_house(terms=one, deposit=deposit, prices=Prices(price + at, price + 2, price + 5))
            for at, one in enumerate(terms)
        ]
    return acts.hold(
        None,
        *(make_choice(house.room, arrival=FAR + timedelta(days=at)) for at, house in enumerate(houses)),
    )


def cancel_as_said(code: str, position: int) -> None:
    """Cancel a line while another stays, and find what was said before."""
    booking = acts.booking(code)
    answer = services.line_cancellation_of(booking=booking, position=position)
    assert answer.refund + answer.moved + answer.kept == answer.line.paid
    received = booking.received
    cancel(code, position, answer.refund)
    db.session.expire_all()
    booking = acts.booking(code)
    assert booking.received == received - answer.refund
    assert booking.amount_due == answer.amount_due
