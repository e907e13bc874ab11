"""What the provider tells: read only when its signature proves it, by our clock."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy.orm import Session as DatabaseSession

from app.payments.gateway import (
    BadSignature,
    EventKind,
    ProviderRefundState,
    SessionState,
    StripeGateway,
    gateway,
)
from tests.payments.test_gateway import asking
from tests.simulators import needs
from tests.simulators.provider import Provider

pytestmark = pytest.mark.database("sqlite")


@pytest.fixture
def ours(session: DatabaseSession, stripe_simulator: Provider) -> StripeGateway:
    """Our gateway, with the simulator behind it."""
    return stripe_simulator.gateway()


def told(provider: Provider, kind: str, **changes: Any) -> bytes:
    """The last event of a kind, as it is sent, with changes to what it is about."""
    event = provider.events(kind)[-1]
    event["data"]["object"] |= changes
    return json.dumps(event).encode()


@pytest.fixture
def paid_event(ours: StripeGateway, stripe_simulator: Provider) -> bytes:
    """The body that says a page was paid."""
    stripe_simulator.pay(str(ours.open_session(asking()).url))
    return told(stripe_simulator, "checkout.session.completed")


def test_a_paid_page_is_told(ours: StripeGateway, stripe_simulator: Provider, paid_event: bytes) -> None:
    event = ours.read_event(paid_event, stripe_simulator.sign(paid_event))
    assert (event.kind, event.type) == (EventKind.SESSION_COMPLETED, "checkout.session.completed")
    assert event.live is False
    assert event.id.startswith("evt_")
    assert abs(event.created_at - datetime.now(UTC)) < timedelta(minutes=1)
    assert event.refund is None
    assert event.session == ours.retrieve_session(str(event.session and event.session.id))
    assert event.session
    assert (event.session.state, event.session.paid) == (SessionState.COMPLETE, 150_000)


def test_a_closed_page_is_told(ours: StripeGateway, stripe_simulator: Provider) -> None:
    page = ours.expire_session(ours.open_session(asking()).id)
    body = told(stripe_simulator, "checkout.session.expired")
    event = ours.read_event(body, stripe_simulator.sign(body))
    assert (event.kind, event.session) == (EventKind.SESSION_EXPIRED, page)


@pytest.mark.parametrize(
    ("status", "state"),
    [
        ("pending", ProviderRefundState.PENDING),
        ("requires_action", ProviderRefundState.PENDING),
        ("succeeded", ProviderRefundState.SUCCEEDED),
        ("failed", ProviderRefundState.FAILED),
        ("canceled", ProviderRefundState.FAILED),
    ],
)
def test_a_refund_is_told(
    ours: StripeGateway,
    stripe_simulator: Provider,
    paid_event: bytes,
    status: str,
    state: ProviderRefundState,
) -> None:
    charge = json.loads(paid_event)["data"]["object"]["payment_intent"]
    made = ours.refund(charge=charge, amount=50_000, refund_id=3, idempotency_key="r")
    body = told(stripe_simulator, "refund.created", status=status)
    event = ours.read_event(body, stripe_simulator.sign(body))
    assert (event.kind, event.session) == (EventKind.REFUND_CHANGED, None)
    assert event.refund
    assert event.refund.state == state
    assert (event.refund.id, event.refund.charge, event.refund.refund_id) == (made.id, charge, 3)


def test_a_refund_that_we_did_not_ask_for_has_no_number_of_ours(
    ours: StripeGateway, stripe_simulator: Provider, paid_event: bytes
) -> None:
    charge = json.loads(paid_event)["data"]["object"]["payment_intent"]
    stripe_simulator.library().refunds.create({"payment_intent": charge})
    body = told(stripe_simulator, "refund.created")
    event = ours.read_event(body, stripe_simulator.sign(body))
    assert event.refund
    assert (event.refund.refund_id, event.refund.amount) == (None, 150_000)


def test_everything_else_is_read_without_looking_inside(
    ours: StripeGateway, stripe_simulator: Provider, paid_event: bytes
) -> None:
    bodies = [json.dumps(event).encode() for event in stripe_simulator.events("charge.succeeded")]
    bodies.append(
        json.dumps(json.loads(paid_event) | {"type": "account.updated", "data": {"object": {}}}).encode()
    )
    for body in bodies:
        event = ours.read_event(body, stripe_simulator.sign(body))
        assert (event.kind, event.session, event.refund) == (EventKind.OTHER, None, None)


def test_a_signature_is_for_one_body_and_one_secret(
    ours: StripeGateway, stripe_simulator: Provider, paid_event: bytes
) -> None:
    right = stripe_simulator.sign(paid_event)
    changed = paid_event.replace(b"15000000", b"99000000")
    assert changed != paid_event
    for body, signature in (
        (changed, right),
        (paid_event, stripe_simulator.sign(paid_event, secret="whsec_other")),
        (paid_event, ""),
        (paid_event, "nonsense"),
        (paid_event, "t=now,v1=abc"),
        (paid_event, right.replace("v1=", "v0=")),
        (paid_event, right.split(",")[0] + ",v1=\u00e9"),
        (b"\xff\xfe", right),
    ):
        with pytest.raises(BadSignature):
            ours.read_event(body, signature)


@pytest.mark.parametrize("seconds", [-305, 305])
def test_a_signature_is_of_these_minutes(
    ours: StripeGateway, stripe_simulator: Provider, paid_event: bytes, seconds: int
) -> None:
    moment = datetime.now(UTC) + timedelta(seconds=seconds)
    with pytest.raises(BadSignature, match="not of these minutes"):
        ours.read_event(paid_event, stripe_simulator.sign(paid_event, at=moment))
    near = stripe_simulator.sign(paid_event, at=moment - timedelta(seconds=10 if seconds > 0 else -10))
    assert ours.read_event(paid_event, near).kind == EventKind.SESSION_COMPLETED


def test_an_old_timestamp_cannot_be_hidden_behind_a_fresh_one(
    ours: StripeGateway, stripe_simulator: Provider, paid_event: bytes
) -> None:
    old = stripe_simulator.sign(paid_event, at=datetime.now(UTC) - timedelta(days=1))
    now = int(datetime.now(UTC).timestamp())
    for header in (f"t={now},{old}", f"{old},t={now}"):
        with pytest.raises(BadSignature):
            ours.read_event(paid_event, header)


def test_these_minutes_are_those_of_our_clock(
    ours: StripeGateway,
    stripe_simulator: Provider,
    paid_event: bytes,
    set_clock: Callable[[timedelta], None],
) -> None:
    before = stripe_simulator.sign(paid_event)
    set_clock(timedelta(days=3))
    with pytest.raises(BadSignature):
        ours.read_event(paid_event, before)
    assert ours.read_event(paid_event, stripe_simulator.sign(paid_event)).kind == EventKind.SESSION_COMPLETED


EMPTY = {"object": "event", "id": "evt_1", "created": 1, "livemode": False, "data": {"object": {}}}


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"nonsense",
        b"[]",
        b"7",
        b'"event"',
        b"{}",
        b'{"object": "event"}',
        json.dumps(EMPTY | {"type": "checkout.session.completed"}).encode(),
        json.dumps(EMPTY | {"type": "x", "object": "v2.core.event"}).encode(),
        json.dumps(EMPTY | {"type": "x", "created": 10**20}).encode(),
    ],
)
def test_a_signed_body_that_is_no_event_is_refused(
    ours: StripeGateway, stripe_simulator: Provider, body: bytes
) -> None:
    with pytest.raises(BadSignature):
        ours.read_event(body, stripe_simulator.sign(body))


def test_without_a_secret_nothing_can_be_proved(session: DatabaseSession, stripe_simulator: Provider) -> None:
    deaf = StripeGateway(secret_key="sk_test_x", webhook_secret=None)
    with pytest.raises(BadSignature):
        deaf.read_event(b"{}", stripe_simulator.sign(b"{}", secret="None"))


def test_the_app_has_a_provider_where_there_is_a_key(app: Flask, stripe_simulator: Provider) -> None:
    with app.app_context():
        provider = gateway()
        assert provider
        assert provider.open_session(asking()).url


def test_the_app_has_none_without_a_key(app: Flask) -> None:
    with app.app_context():
        assert gateway() is None


@pytest.mark.parametrize(
    ("key", "live"), [("sk_live_x", True), ("rk_live_x", True), ("sk_test_x", False), ("rk_test_x", False)]
)
def test_the_key_says_whether_money_is_real(key: str, live: bool) -> None:
    assert StripeGateway(secret_key=key, webhook_secret=None).live is live


def test_a_charge_that_is_new_is_told(
    ours: StripeGateway, stripe_simulator: Provider, paid_event: bytes
) -> None:
    session = ours.read_event(paid_event, stripe_simulator.sign(paid_event)).session
    assert session
    stripe_simulator.settle(str(session.charge))
    body = told(stripe_simulator, "charge.updated")
    event = ours.read_event(body, stripe_simulator.sign(body))
    assert (event.kind, event.charge) == (EventKind.CHARGE_CHANGED, session.charge)


@needs.payouts
def test_a_payout_is_told(ours: StripeGateway, stripe_simulator: Provider, paid_event: bytes) -> None:
    session = ours.read_event(paid_event, stripe_simulator.sign(paid_event)).session
    assert session
    stripe_simulator.settle(str(session.charge))
    number = stripe_simulator.pay_out()
    stripe_simulator.fail_payout(number)
    for name, kind in (("paid", EventKind.PAYOUT_PAID), ("failed", EventKind.PAYOUT_FAILED)):
        body = told(stripe_simulator, f"payout.{name}")
        event = ours.read_event(body, stripe_simulator.sign(body))
        assert (event.kind, event.payout) == (kind, number)
