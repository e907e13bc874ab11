"""What the provider does not take, too little or too much, is not offered by card."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from app.bookings.rules import BookingState, Plan
from app.bookings.services import payment_methods, quote_trip
from app.core.errors import Invalid
from app.payments.rules import PaymentMethod
from tests.bookings import acts
from tests.factories import House, make_choice
from tests.simulators.provider import Provider

CARD, TRANSFER = PaymentMethod.CARD, PaymentMethod.TRANSFER

EXACTLY = pytest.mark.settings(card_least=400_000, card_most=400_000)
LESS = pytest.mark.settings(card_most=399_999)
MORE = pytest.mark.settings(card_least=400_001)
DEPOSIT = pytest.mark.settings(card_least=120_000, card_most=120_000)


def offered(house: House) -> set[PaymentMethod]:
    """The ways of paying for two nights there, Rp400.000."""
    quote = quote_trip(choices=[make_choice(house.room)])
    assert quote.total == 400_000
    return {option.method for option in quote.options}


@EXACTLY
def test_up_to_the_limits_it_is_offered(stripe_simulator: Provider, season: Session) -> None:
    house = acts.house()
    assert CARD in offered(house)
    assert CARD in payment_methods(booking=acts.booking(acts.hold(house, method=CARD)))


@pytest.mark.parametrize("limit", [pytest.param("most", marks=LESS), pytest.param("least", marks=MORE)])
def test_beyond_them_it_is_not(stripe_simulator: Provider, season: Session, limit: str) -> None:
    house = acts.house()
    assert offered(house) == {TRANSFER}
    code = acts.hold(house)
    assert payment_methods(booking=acts.booking(code)) == [TRANSFER]
    with pytest.raises(Invalid):
        acts.change_method(code, CARD)


@DEPOSIT
def test_what_is_asked_now_counts_and_the_balance_for_itself(
    stripe_simulator: Provider, season: Session
) -> None:
    """A deposit of 30 % fits; the balance of Rp280.000 does not, and is paid another way."""
    house = acts.house(deposit=3000)
    assert CARD in offered(house)
    code = acts.hold(house)
    assert CARD in payment_methods(booking=acts.booking(code))
    acts.pay(code, acts.asked(code))
    booking = acts.booking(code)
    assert (booking.state, booking.plan, booking.amount_due) == (
        BookingState.CONFIRMED,
        Plan.DEPOSIT,
        280_000,
    )
    assert payment_methods(booking=booking) == [TRANSFER]


@MORE
def test_what_is_covered_already_asks_nothing_of_the_provider(
    stripe_simulator: Provider, season: Session
) -> None:
    """Half was paid at the desk of what would be paid at the door; by card nothing is due now."""
    code = acts.hold(acts.house(pay_on_arrival=True, deposit=3000), method=PaymentMethod.CASH)
    acts.pay(code, 200_000, method=PaymentMethod.CASH)
    assert CARD in payment_methods(booking=acts.booking(code))
    assert acts.change_method(code, CARD) is None
    assert acts.reads(code) == BookingState.CONFIRMED
