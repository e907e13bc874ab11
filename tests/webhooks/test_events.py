"""Whatever the provider tells, however often and in whatever order: money works once, and what does not fit never."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from app.bookings import queries, services
from app.bookings.rules import BookingState
from app.core import clock
from app.core.db import db, transaction
from app.ledger.models import JournalEntry
from app.payments import calls
from app.payments.models import ProviderEvent, Receipt
from app.payments.queries import list_events_to_review, list_payments, list_receipts, list_refunds
from app.payments.rules import PaymentMethod, PaymentState, RefundState
from app.users.rules import Scope
from tests.bookings import acts, cards
from tests.factories import NOW
from tests.simulators import needs
from tests.simulators.provider import WEBHOOKS, Provider
from tests.webhooks.conftest import Visit

EVERYTHING = Scope(everything=True)
PAID, CLOSED = "checkout.session.completed", "checkout.session.expired"


def state_of(visit: Visit) -> BookingState:
    """How the booking is written down."""
    with visit.app.app_context():
        return acts.booking(visit.code).state


def count(visit: Visit, model: Any) -> int:
    """How many rows there are."""
    with visit.app.app_context():
        return db.session.scalar(select(func.count()).select_from(model)) or 0


def confirmed_once(visit: Visit) -> None:
    """One confirmation, one message of it, one receipt, one posting of it."""
    with visit.app.app_context():
        booking = acts.booking(visit.code)
        assert (booking.state, booking.paid, booking.amount_due) == (BookingState.CONFIRMED, booking.total, 0)
        assert list(acts.messages(visit.code)).count("confirmed") == 1
        (receipt,) = list_receipts(booking.reference)
        entries = db.session.scalars(
            select(JournalEntry.reference).where(JournalEntry.kind == "receipt")
        ).all()
        assert list(entries) == [f"receipt:{receipt.id}"]
        assert [payment.state for payment in list_payments(booking.reference)] == [PaymentState.SUCCEEDED]


def test_three_times_at_once_and_days_later(visit: Visit, stripe_simulator: Provider) -> None:
    stripe_simulator.pay(visit.page)
    told = stripe_simulator.events(PAID)

    def deliver(_: int) -> list[int]:
        return stripe_simulator.deliver(visit.client, told)

    with ThreadPoolExecutor(3) as pool:
        # Each thread in the time of the test.
        tasks = [pool.submit(copy_context().run, deliver, number) for number in range(3)]
        assert [task.result() for task in tasks] == [[200]] * 3
    confirmed_once(visit)
    with clock.shifted(NOW + timedelta(days=3)):
        assert stripe_simulator.deliver(visit.client, told, times=2) == [200, 200]
    confirmed_once(visit)


def test_the_event_and_the_one_who_asks_at_once(visit: Visit, stripe_simulator: Provider) -> None:
    stripe_simulator.pay(visit.page)
    told = stripe_simulator.events(PAID)

    def ask() -> None:
        with visit.app.app_context():
            calls.ask_session(cards.attempt(visit.code).id, hear=services.hear_session)

    with ThreadPoolExecutor(4) as pool:
        asked = [pool.submit(copy_context().run, ask) for _ in range(2)]
        tasks = [
            pool.submit(copy_context().run, stripe_simulator.deliver, visit.client, told) for _ in range(2)
        ]
        assert [task.result() for task in tasks] == [[200]] * 2
        assert [task.result() for task in asked] == [None] * 2
    confirmed_once(visit)


def post(visit: Visit, body: bytes, signature: str) -> int:
    """What is answered to a body with a signature."""
    headers = {"Stripe-Signature": signature}
    return visit.client.post(
        WEBHOOKS, data=body, content_type="application/json", headers=headers
    ).status_code


@pytest.mark.parametrize("fault", ["secret", "old", "future", "changed", "none"])
def test_what_cannot_be_proved_is_refused(visit: Visit, stripe_simulator: Provider, fault: str) -> None:
    stripe_simulator.pay(visit.page)
    body = json.dumps(stripe_simulator.events(PAID)[-1]).encode()
    at = datetime.now(UTC) + clock.shift()
    signature = {
        "secret": stripe_simulator.sign(body, secret="whsec_of_somebody_else"),
        "old": stripe_simulator.sign(body, at=at - timedelta(minutes=6)),
        "future": stripe_simulator.sign(body, at=at + timedelta(minutes=6)),
        "changed": stripe_simulator.sign(body),
        "none": "",
    }[fault]
    sent = body.replace(b"evt_", b"evt_x") if fault == "changed" else body
    assert post(visit, sent, signature) == 400
    assert (state_of(visit), count(visit, ProviderEvent), count(visit, Receipt)) == (BookingState.HELD, 0, 0)
    assert post(visit, body, stripe_simulator.sign(body)) == 200
    confirmed_once(visit)


@needs.lies
@pytest.mark.parametrize(
    "lie",
    [{"amount_total": 100}, {"amount_total": 999_999_900}, {"amount_total": 15_000_050}, {"currency": "usd"}],
)
def test_another_amount_or_money_is_for_a_person(visit: Visit, stripe_simulator: Provider, lie: Any) -> None:
    stripe_simulator.spoil(visit.session_id, **lie)
    stripe_simulator.pay(visit.page)
    assert stripe_simulator.deliver(visit.client, stripe_simulator.events(PAID), times=2) == [200, 200]
    with visit.app.app_context():
        assert len(list_events_to_review()) == 1
        calls.ask_session(cards.attempt(visit.code).id, hear=services.hear_session)
    assert (state_of(visit), count(visit, Receipt)) == (BookingState.HELD, 0)


@needs.lies
def test_the_other_mode_is_refused(visit: Visit, stripe_simulator: Provider) -> None:
    stripe_simulator.spoil(visit.session_id, livemode=True)
    stripe_simulator.pay(visit.page)
    (event,) = stripe_simulator.events(PAID)
    answers = stripe_simulator.deliver(visit.client, [event | {"livemode": True}])
    answers += stripe_simulator.deliver(visit.client, [event | {"livemode": False}])
    assert answers == [400, 200]
    with visit.app.app_context():
        calls.ask_session(cards.attempt(visit.code).id, hear=services.hear_session)
    assert (state_of(visit), count(visit, Receipt)) == (BookingState.HELD, 0)


def test_a_page_that_nobody_here_opened(visit: Visit, stripe_simulator: Provider) -> None:
    stripe_simulator.pay(visit.page)
    (event,) = stripe_simulator.events(PAID)
    event["data"]["object"] |= {"id": "cs_test_of_somebody_else", "metadata": {}}
    assert stripe_simulator.deliver(visit.client, [event]) == [200]
    with visit.app.app_context():
        assert [row.event_id for row in list_events_to_review()] == [event["id"]]
    assert state_of(visit) == BookingState.HELD


@pytest.mark.parametrize("paid_first", [True, False])
def test_closed_and_paid_in_any_order(visit: Visit, stripe_simulator: Provider, paid_first: bool) -> None:
    """Both cannot be, and yet if both are told, money is money."""
    stripe_simulator.pay(visit.page)
    (paid,) = stripe_simulator.events(PAID)
    page = paid["data"]["object"] | {"status": "expired", "payment_status": "unpaid", "payment_intent": None}
    closed = json.loads(json.dumps(paid)) | {
        "id": "evt_test_closed",
        "type": CLOSED,
        "data": {"object": page},
    }
    for event in [paid, closed] if paid_first else [closed, paid]:
        body = json.dumps(event).encode()
        assert post(visit, body, stripe_simulator.sign(body)) == 200
    confirmed_once(visit)


def test_an_older_attempt_is_paid_after_a_newer_one_was_opened(
    visit: Visit, stripe_simulator: Provider
) -> None:
    with visit.app.app_context():
        acts.change_method(visit.code, PaymentMethod.CARD)
        newer = cards.page(visit.code)
    stripe_simulator.pay(visit.page)
    stripe_simulator.deliver(visit.client)
    assert state_of(visit) == BookingState.CONFIRMED
    stripe_simulator.pay(newer)
    stripe_simulator.deliver(visit.client)
    with visit.app.app_context():
        first, second = list_receipts(f"booking:{visit.code}")
        assert (first.excess, second.applied, second.excess) == (0, 0, first.amount)
        told = acts.messages(visit.code)
        assert (list(told).count("confirmed"), f"too-much:{second.id}" in told) == (1, True)
        (refund,) = list_refunds(f"booking:{visit.code}")
        assert (refund.receipt_id, refund.amount, refund.reason) == (second.id, first.amount, "too_much")
        assert acts.booking(visit.code).refunded == 0
        assert queries.list_under_review(EVERYTHING) == []
        cards.send_refunds(visit.code)
        assert [refund.state for refund in list_refunds(f"booking:{visit.code}")] == [RefundState.SENT]


def test_paid_after_it_was_let_go(visit: Visit, stripe_simulator: Provider) -> None:
    with visit.app.app_context():
        acts.release(visit.code)
    stripe_simulator.pay(visit.page)
    stripe_simulator.deliver(visit.client, times=2)
    with visit.app.app_context(), transaction():
        (refund,) = list_refunds(f"booking:{visit.code}")
        assert refund.amount == acts.booking(visit.code).total
        assert [event for event in acts.messages(visit.code) if event.startswith("late:")] != []
    assert state_of(visit) == BookingState.CANCELLED
