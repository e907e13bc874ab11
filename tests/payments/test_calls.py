"""Conversations with the provider in which something comes between: an event, a refusal, somebody else's page."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from app import jobs
from app.bookings import services
from app.core.db import db, transaction
from app.core.errors import WrongState
from app.payments import calls
from app.payments.gateway import ProviderRefund, ProviderRefundState, Refused, SessionState, gateway
from app.payments.models import Refund
from app.payments.queries import list_payments, list_receipts, list_refunds
from app.payments.rules import EventOutcome, PaymentMethod, PaymentState, RefundState
from app.users.rules import Role
from tests.bookings import acts, cards
from tests.factories import make_sent_refund, make_user
from tests.simulators.provider import Provider


class Slow:
    """The provider, whose answers come only after something else has happened."""

    def __init__(self, ours: Any, meanwhile: Callable[[Any], None]) -> None:
        self.ours, self.meanwhile = ours, meanwhile

    def __getattr__(self, name: str) -> Any:
        return getattr(self.ours, name)

    def open_session(self, request: Any) -> Any:
        """Opens, and answers late."""
        opened = self.ours.open_session(request)
        self.meanwhile(opened)
        return opened


PRICE: Any = {"currency": "idr", "unit_amount": 15_000_000, "product_data": {"name": "theirs"}}


@pytest.fixture
def code(season: Session, stripe_simulator: Provider) -> str:
    """A trip of all kinds, held to be paid by card."""
    cards.at_our_time(stripe_simulator)
    return cards.hold(cards.open_shop())


def test_paid_before_our_own_answer_was_written(app: Flask, code: str, stripe_simulator: Provider) -> None:
    """Two doors open the same page; one guest is quick, the other answer comes late and says that the page is open."""

    def pay(opened: Any) -> None:
        stripe_simulator.pay(opened.url)
        cards.hear_all(stripe_simulator)

    ours = gateway()
    app.extensions["gateway"] = Slow(ours, pay)
    calls.open_session(cards.attempt(code).id)
    app.extensions["gateway"] = ours
    db.session.expire_all()
    attempt = cards.attempt(code)
    assert (attempt.state, attempt.session_state) == (PaymentState.SUCCEEDED, SessionState.COMPLETE)
    assert jobs.reconcile_payments() == []
    acts.nothing_is_wrong()


def test_a_refusal_does_not_forget_a_page_that_is_open(
    app: Flask, code: str, stripe_simulator: Provider
) -> None:
    """Two doors ask for the same page; one gets it, the other is told no."""
    payment_id = cards.attempt(code).id

    class Refusing(Slow):
        """Says no, once the other door has its answer."""

        def open_session(self, request: Any) -> Any:
            """Opens it for the other door only."""
            self.meanwhile(None)
            raise Refused("no", code="no")

    ours = gateway()
    app.extensions["gateway"] = Refusing(ours, lambda _: other_door())
    opened: list[str | None] = []

    def other_door() -> None:
        app.extensions["gateway"] = ours
        opened.append(calls.open_session(payment_id))

    assert [calls.open_session(payment_id)] == opened
    attempt = cards.attempt(code)
    assert (attempt.state, attempt.session_state) == (PaymentState.PENDING, SessionState.OPEN)


def test_a_refused_refund_does_not_keep_the_next_one_back(code: str, stripe_simulator: Provider) -> None:
    """Two charges of one booking: the provider has given the first back by itself already."""
    cards.page(code)
    acts.change_method(code, PaymentMethod.CARD)
    older, newer = list_payments(f"booking:{code}")
    cards.page(code)
    for payment in (older, newer):
        stripe_simulator.pay(str(payment.session_url))
    acts.release(code)
    cards.hear_all(stripe_simulator)
    first, second = list_receipts(f"booking:{code}")
    stripe_simulator.library().refunds.create({"payment_intent": str(first.charge)})
    calls.send_refunds(f"booking:{code}", hear=services.hear_refund)
    assert {refund.receipt_id: refund.state for refund in list_refunds(f"booking:{code}")} == {
        first.id: RefundState.FAILED,
        second.id: RefundState.SENT,
    }


def test_another_installations_page_is_not_taken_for_ours(code: str, stripe_simulator: Provider) -> None:
    """One account at the provider, two sites: the numbers of their attempts are the same."""
    number = cards.attempt(code).id
    theirs = stripe_simulator.library().checkout.sessions.create(
        {
            "mode": "payment",
            "line_items": [{"quantity": 1, "price_data": PRICE}],
            "client_reference_id": "booking:THEIRS",
            "metadata": {"reference": "booking:THEIRS", "payment_id": str(number)},
            "success_url": "https://elsewhere.example/",
        }
    )
    stripe_simulator.library().checkout.sessions.expire(theirs.id)
    assert cards.hear_all(stripe_simulator) == [EventOutcome.REVIEW]
    (attempt,) = list_payments(f"booking:{code}")
    assert (attempt.state, attempt.session_id) == (PaymentState.CREATED, None)
    cards.pay_now(stripe_simulator, code)
    assert acts.reads(code) == "confirmed"


@pytest.fixture
def refused(code: str, stripe_simulator: Provider) -> Refund:
    """A refund that the provider will not send: somebody gave the money back in the provider's own pages."""
    cards.pay_now(stripe_simulator, code)
    cards.cancel(code)
    (receipt,) = list_receipts(f"booking:{code}")
    stripe_simulator.library().refunds.create({"payment_intent": str(receipt.charge)})
    (refund,) = list_refunds(receipt.reference)
    return refund


def test_a_refund_that_is_refused_is_for_a_person(refused: Refund, stripe_simulator: Provider) -> None:
    """It is not asked for again and again while nobody knows; whoever looks may send it another way, or not."""
    number, reference = refused.id, refused.reference
    (line,) = jobs.reconcile_payments()
    assert line == f"refund #{number}: refused (charge_already_refunded)"
    db.session.expire_all()
    assert [refund.state for refund in list_refunds(reference)] == [RefundState.FAILED]
    with acts.later(timedelta(hours=1)):
        assert [line for line in jobs.reconcile_payments() if line.startswith("refund")] == []
    with transaction():
        send(number)
    assert [refund.state for refund in list_refunds(reference)] == [RefundState.SENT]
    acts.nothing_is_wrong()


def test_a_refund_on_its_way_is_not_sent_by_hand_too(code: str, stripe_simulator: Provider) -> None:
    cards.pay_now(stripe_simulator, code)
    cards.cancel(code)
    (refund,) = list_refunds(f"booking:{code}")
    with pytest.raises(WrongState), transaction():
        send(refund.id)


def test_the_provider_sent_what_was_sent_by_hand(refused: Refund) -> None:
    """The guest has it twice: a person must know."""
    jobs.reconcile_payments()
    with transaction():
        send(refused.id)
    db.session.expire_all()
    arrived = ProviderRefund(
        id="re_sample",
        charge="pi_sample",
        amount=refused.amount,
        currency="idr",
        state=ProviderRefundState.SUCCEEDED,
        refund_id=refused.id,
    )
    with transaction():
        assert services.hear_refund(answer=arrived).heard == services.Heard.REVIEW


def send(refund_id: int) -> None:
    """The treasurer sends it by hand."""
    make_sent_refund(refund_id, by_user_id=make_user(Role.MANAGER))
