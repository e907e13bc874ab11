"""Paying by card around the end of a hold: in time, in the last second, late and still free, late and gone."""

from __future__ import annotations

from datetime import time, timedelta

import pytest
from sqlalchemy.orm import Session

from app import jobs
from app.bookings.rules import BookingState
from app.core import clock
from app.core.dates import village_instant
from app.core.db import db, transaction
from app.core.errors import SoldOut
from app.ledger.queries import balances
from app.payments.gateway.values import SessionState
from app.payments.queries import list_refunds
from app.payments.rules import PaymentMethod, PaymentState
from tests.bookings import acts, cards
from tests.bookings.cards import KINDS
from tests.factories import NOW, make_choice, make_house
from tests.simulators import needs
from tests.simulators.provider import Provider

MINUTE = timedelta(minutes=1)
HOLD, GRACE = 35 * MINUTE, 10 * MINUTE
OVER = HOLD + GRACE + MINUTE


@pytest.fixture
def provider(season: Session, stripe_simulator: Provider) -> Provider:
    """The provider, at our time."""
    cards.at_our_time(stripe_simulator)
    return stripe_simulator


def state(code: str) -> BookingState:
    """How the booking is written down."""
    db.session.expire_all()
    return acts.booking(code).state


def goes_back_in_full(provider: Provider, code: str) -> None:
    """One message, one refund of all, sent to the card; and nothing is left in the books."""
    db.session.expire_all()
    booking = acts.booking(code)
    (refund,) = list_refunds(booking.reference)
    assert (booking.state, booking.received, refund.amount) == (BookingState.EXPIRED, 0, booking.total)
    cards.send_refunds(code)
    cards.hear_all(provider)
    told = list(acts.messages(code))
    assert len([event for event in told if event.startswith("late:")]) == 1
    assert "confirmed" not in told
    assert {row.code: row.amount for row in balances() if row.amount} == {}
    acts.nothing_is_wrong()


@pytest.mark.parametrize("kind", KINDS)
def test_late_and_still_free(provider: Provider, kind: str) -> None:
    shop = cards.open_shop()
    code = cards.hold(shop, kind)
    provider.pay(cards.page(code))
    with clock.shifted(NOW + OVER):
        acts.expire()
        assert state(code) == BookingState.EXPIRED
        cards.hear_all(provider)
        assert state(code) == BookingState.CONFIRMED
        assert list_refunds(f"booking:{code}") == []
        assert "confirmed" in acts.messages(code)
        acts.nothing_is_wrong()


@pytest.mark.parametrize("kind", KINDS)
def test_late_and_gone(provider: Provider, kind: str) -> None:
    """The trip needs all three; one of them is somebody else's by now."""
    shop = cards.open_shop()
    code = cards.hold(shop)
    provider.pay(cards.page(code))
    with clock.shifted(NOW + OVER):
        other = cards.hold(shop, kind, method=PaymentMethod.TRANSFER)
        cards.hear_all(provider)
        goes_back_in_full(provider, code)
        assert state(other) == BookingState.HELD
        for free in set(KINDS) - {kind}:
            assert cards.hold(shop, free, method=PaymentMethod.TRANSFER)


def test_paid_in_the_last_second_the_job_hears_it(provider: Provider) -> None:
    """The hold is over, the page was paid just before, and nobody has told us: the provider is asked first."""
    shop = cards.open_shop()
    code = cards.hold(shop)
    provider.pay(cards.page(code))
    with clock.shifted(NOW + HOLD + MINUTE):
        assert acts.reads(code) == BookingState.EXPIRED
        jobs.expire_holds()
        assert state(code) == BookingState.CONFIRMED
        cards.hear_all(provider)
        assert list(acts.messages(code)).count("confirmed") == 1
        acts.nothing_is_wrong()


def test_the_places_stay_for_the_time_of_grace(provider: Provider) -> None:
    shop = cards.open_shop()
    code = cards.hold(shop)
    provider.pay(cards.page(code))
    for kind in KINDS:
        with clock.shifted(NOW + HOLD + GRACE - MINUTE), pytest.raises(SoldOut):
            cards.hold(shop, kind, method=PaymentMethod.TRANSFER)
    with clock.shifted(NOW + HOLD + GRACE - MINUTE):
        cards.hear_all(provider)
        assert state(code) == BookingState.CONFIRMED


@needs.passing_time
def test_a_room_for_tonight_is_paid_past_midnight(provider: Provider) -> None:
    """Held late in the evening, paid within the hold: the day in the village is another one, the hold is the same."""
    late = village_instant(NOW.date(), time(23, 50))
    with clock.shifted(late):
        cards.at_our_time(provider)
        with transaction():
            house = make_house(rooms=1)
        code = acts.hold(None, make_choice(house.room, arrival=NOW.date()), method=PaymentMethod.CARD)
        url = cards.page(code)
    with clock.shifted(late + 15 * MINUTE):
        cards.at_our_time(provider)
        provider.pay(url)
        cards.hear_all(provider)
        assert state(code) == BookingState.CONFIRMED
        assert list_refunds(f"booking:{code}") == []
        acts.nothing_is_wrong()


def test_an_open_page_is_closed_with_the_hold(provider: Provider) -> None:
    code = cards.hold(cards.open_shop())
    cards.page(code)
    with clock.shifted(NOW + HOLD + MINUTE):
        jobs.expire_holds()
        assert state(code) == BookingState.EXPIRED
        assert cards.attempt(code).session_state == SessionState.EXPIRED
        assert cards.attempt(code).state == PaymentState.EXPIRED
        cards.hear_all(provider)
        assert list(acts.messages(code)).count("expired") == 1
        acts.nothing_is_wrong()
    assert (
        provider.library().checkout.sessions.retrieve(str(cards.attempt(code).session_id)).status == "expired"
    )


def test_while_the_provider_is_away_the_hold_waits_for_its_grace(provider: Provider) -> None:
    code = cards.hold(cards.open_shop())
    cards.page(code)
    provider.be_away(2)
    with clock.shifted(NOW + HOLD + MINUTE):
        assert any("does not answer" in line for line in jobs.expire_holds())
        assert state(code) == BookingState.HELD
    with clock.shifted(NOW + HOLD + GRACE + MINUTE):
        assert any("does not answer" in line for line in jobs.expire_holds())
        assert state(code) == BookingState.EXPIRED
        acts.nothing_is_wrong()


def test_a_hold_whose_page_was_never_asked_for_does_not_wait(provider: Provider) -> None:
    code = cards.hold(cards.open_shop())
    with clock.shifted(NOW + HOLD + MINUTE):
        jobs.expire_holds()
        assert state(code) == BookingState.EXPIRED


def test_a_declined_card_leaves_the_booking_to_be_paid(provider: Provider) -> None:
    code = cards.hold(cards.open_shop())
    provider.decline(cards.page(code))
    cards.hear_all(provider)
    assert acts.reads(code) == BookingState.HELD
    cards.pay_now(provider, code)
    assert state(code) == BookingState.CONFIRMED
