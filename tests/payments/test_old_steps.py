"""Steps with the provider whose answer was never heard and whose key it has forgotten: looked up, never done twice."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from app import jobs
from app.core import clock
from app.core.db import db
from app.core.errors import Unavailable
from app.payments import calls
from app.payments.gateway.values import SessionState
from app.payments.queries import list_receipts, list_refunds
from app.payments.rules import PaymentState, RefundState
from tests.bookings import acts, cards
from tests.factories import NOW
from tests.simulators import needs
from tests.simulators.provider import Provider

OLD = timedelta(hours=25)
"""The provider has forgotten every key by then."""


@pytest.fixture
def provider(season: Session, stripe_simulator: Provider) -> Provider:
    """The provider, at our time."""
    cards.at_our_time(stripe_simulator)
    return stripe_simulator


@contextmanager
def much_later(provider: Provider, span: timedelta = OLD) -> Iterator[None]:
    """A day has passed, here and there."""
    with clock.shifted(NOW + span):
        cards.at_our_time(provider)
        yield
        db.session.expire_all()


def open_unheard(provider: Provider) -> str:
    """A page was opened, and the answer is lost."""
    code = cards.hold(cards.open_shop())
    provider.lose_answers(2)  # the library tries once more by itself
    with pytest.raises(Unavailable):
        calls.open_session(cards.attempt(code).id)
    provider.lose_answers(0)
    return code


def count_pages(provider: Provider) -> int:
    """How many pages were ever opened."""
    return len(provider.library().checkout.sessions.list({"limit": 100}).data)


@needs.passing_time
def test_an_old_page_is_found_and_not_opened_again(provider: Provider) -> None:
    code = open_unheard(provider)
    with much_later(provider):
        jobs.reconcile_payments()
        attempt = cards.attempt(code)
        assert (attempt.session_state, attempt.session_id is None) == (SessionState.EXPIRED, False)
    assert count_pages(provider) == 1


@needs.passing_time
def test_an_old_page_that_was_paid_is_believed(provider: Provider) -> None:
    """Nobody told us of the page, nor of the payment: the money is not lost."""
    code = open_unheard(provider)
    (page,) = provider.library().checkout.sessions.list().data
    provider.pay(str(page.url))
    with much_later(provider):
        jobs.reconcile_payments()
        (receipt,) = list_receipts(f"booking:{code}")
        assert receipt.charge == provider.library().checkout.sessions.retrieve(page.id).payment_intent
        jobs.reconcile_payments()
        assert len(list_receipts(f"booking:{code}")) == 1
        assert cards.attempt(code).state == PaymentState.SUCCEEDED
        acts.nothing_is_wrong()
    assert count_pages(provider) == 1


def test_an_old_asking_that_never_arrived_opens_nothing_now(provider: Provider) -> None:
    code = cards.hold(cards.open_shop())
    provider.be_away(2)
    with pytest.raises(Unavailable):
        calls.open_session(cards.attempt(code).id)
    provider.be_away(0)
    with much_later(provider):
        jobs.reconcile_payments()
        assert cards.attempt(code).session_state == SessionState.EXPIRED
    assert count_pages(provider) == 0


@needs.passing_time
def test_a_younger_asking_opens_the_page_after_all(provider: Provider) -> None:
    """Within the life of the key the same is asked for again, and it is the same page."""
    code = open_unheard(provider)
    with much_later(provider, timedelta(minutes=3)):
        jobs.reconcile_payments()
        assert cards.attempt(code).session_state == SessionState.OPEN
    assert count_pages(provider) == 1


def test_another_ones_page_is_not_taken_for_ours(provider: Provider) -> None:
    open_unheard(provider)
    told = provider.gateway()
    span = {"since": NOW - timedelta(hours=1), "until": NOW + timedelta(hours=1)}
    assert told.find_session(reference="booking:OTHER", payment_id=1, **span) is None
    early = NOW - timedelta(days=2)
    assert told.find_session(reference="booking:OTHER", payment_id=1, since=early, until=early) is None


@needs.passing_time
@pytest.mark.parametrize("arrived", [True, False])
def test_an_old_refund_is_sent_once(provider: Provider, arrived: bool) -> None:
    """Whether the provider had heard of it or not, there is one refund in the end, and it is ours."""
    code = cards.hold(cards.open_shop())
    cards.pay_now(provider, code)
    cards.cancel(code)
    (refund,) = list_refunds(f"booking:{code}")
    (provider.lose_answers if arrived else provider.be_away)(2)
    with pytest.raises(Unavailable):
        calls.send_refund(refund.id, hear=lambda **_told: None)
    (provider.lose_answers if arrived else provider.be_away)(0)
    assert len(provider.library().refunds.list().data) == int(arrived)
    with much_later(provider):
        jobs.reconcile_payments()
        (found,) = list_refunds(f"booking:{code}")
        (theirs,) = provider.library().refunds.list().data
        assert (found.state, found.provider_id) == (RefundState.SENT, theirs.id)
        acts.nothing_is_wrong()
