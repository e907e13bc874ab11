"""Events of the simulator on their way: signed, at least once, late, twice, out of order."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import stripe
from flask import Flask, request
from flask.testing import FlaskClient

from app.core import clock
from tests.simulators import needs
from tests.simulators.conftest import Site
from tests.simulators.provider import Event, Provider

Paid = Callable[..., str]


def types(site: Site) -> list[str]:
    """What a site was told, in the order it came."""
    return [json.loads(body)["type"] for body, _signature in site.came]


@needs.delivery
def test_the_site_is_told_in_order_and_signed(stripe_simulator: Provider, site: Site, paid: Paid) -> None:
    stripe_simulator.deliver_to(site.url)
    paid()
    stripe_simulator.wait_until_taken()
    assert types(site)[:4] == [
        "payment_intent.created",
        "charge.succeeded",
        "payment_intent.succeeded",
        "checkout.session.completed",
    ]
    for body, signature in site.came:
        event = stripe.Webhook.construct_event(body, signature, stripe_simulator.webhook_secret)
        assert event.livemode is False
        with pytest.raises(stripe.SignatureVerificationError):
            stripe.Webhook.construct_event(body, signature, "whsec_other")


@needs.delivery
def test_what_is_not_taken_is_told_again_later(
    stripe_simulator: Provider, api: stripe.V1Services, wanted: dict[str, Any], site: Site
) -> None:
    site.answers = [500, 404]
    stripe_simulator.hold()
    stripe_simulator.deliver_to(site.url)
    api.checkout.sessions.expire(api.checkout.sessions.create(wanted).id)
    assert stripe_simulator.deliver_now() == [500]
    (event,) = stripe_simulator.pending()
    assert event["pending_webhooks"] == 1
    assert [one.id for one in api.events.list({"delivery_success": False})] == [event["id"]]
    stripe_simulator.advance(timedelta(seconds=3))
    assert stripe_simulator.deliver_now() == [404]
    stripe_simulator.advance(timedelta(minutes=1))
    stripe_simulator.hold(False)
    stripe_simulator.wait_until_taken()
    assert types(site) == ["checkout.session.expired"] * 3
    assert len({signature for _body, signature in site.came}) > 1, "every try is signed anew"
    assert [one.id for one in api.events.list({"delivery_success": True})] == [event["id"]]


@needs.delivery
def test_a_site_that_is_down_is_tried_for_days_and_not_for_ever(
    stripe_simulator: Provider, api: stripe.V1Services, wanted: dict[str, Any]
) -> None:
    stripe_simulator.hold()
    stripe_simulator.deliver_to("http://127.0.0.1:1")
    api.checkout.sessions.expire(api.checkout.sessions.create(wanted).id)
    (event,) = stripe_simulator.pending()
    assert stripe_simulator.deliver_now([event], times=40) == [0] * 40
    assert stripe_simulator.pending() == [event]
    stripe_simulator.deliver_now([event])
    assert stripe_simulator.pending() == []
    assert [one.id for one in api.events.list({"delivery_success": False})] == [event["id"]]


@needs.delivery
def test_events_can_come_late_twice_and_the_wrong_way_round(
    stripe_simulator: Provider, site: Site, paid: Paid
) -> None:
    stripe_simulator.hold()
    stripe_simulator.deliver_to(site.url)
    paid()
    stripe_simulator.advance(timedelta(days=2))
    assert site.came == []
    (done,) = stripe_simulator.events("checkout.session.completed")
    assert stripe_simulator.deliver_now([done], times=2) == [200, 200]
    rest = [event["type"] for event in stripe_simulator.pending()]
    assert stripe_simulator.deliver_now(newest_first=True) == [200] * len(rest)
    assert types(site) == ["checkout.session.completed"] * 2 + rest[::-1]
    site.answers = [500]
    assert stripe_simulator.deliver_now([done]) == [500], "and once more, long after"
    assert stripe_simulator.pending() == [], "what was taken once stays taken"


@needs.passing_time
def test_events_are_listed_by_kind(stripe_simulator: Provider, api: stripe.V1Services, paid: Paid) -> None:
    paid()
    (listed,) = api.events.list({"type": "checkout.session.completed"}).data
    (told,) = stripe_simulator.events("checkout.session.completed")
    assert listed.id == told["id"] == api.events.retrieve(told["id"]).id
    two = api.events.list({"types": ["charge.succeeded", "payment_intent.created"]})
    assert [one.type for one in two] == ["charge.succeeded", "payment_intent.created"]
    stripe_simulator.advance(timedelta(days=31))
    assert api.events.list({"type": "checkout.session.completed"}).data == []


@needs.lies
@pytest.mark.parametrize(
    "lie",
    [{"amount_total": 14_999_900}, {"currency": "usd"}, {"livemode": True}],
    ids=lambda lie: next(iter(lie)),
)
def test_a_session_can_be_made_to_lie(
    stripe_simulator: Provider, api: stripe.V1Services, wanted: dict[str, Any], lie: dict[str, Any]
) -> None:
    session = api.checkout.sessions.create(wanted)
    stripe_simulator.spoil(session.id, **lie)
    stripe_simulator.pay(session.url)
    (event,) = stripe_simulator.events("checkout.session.completed")
    assert event["data"]["object"].items() >= lie.items()
    assert event["livemode"] == lie.get("livemode", False)


def small_site(secret: str) -> tuple[Flask, list[Event]]:
    """A Flask app that takes events by the clock of the app's own tests."""
    site, taken = Flask("site"), []

    @site.post("/webhooks/stripe")
    def take() -> tuple[str, int]:
        stripe.WebhookSignature.verify_header(request.get_data(), request.headers["Stripe-Signature"], secret)
        taken.append(request.get_json() | {"signed": request.headers["Stripe-Signature"].split(",")[0][2:]})
        return "", 500 if taken[-1]["type"] == "charge.succeeded" else 200

    return site, taken


@pytest.fixture
def carried(stripe_simulator: Provider) -> tuple[FlaskClient, list[Event]]:
    """A Flask client, and what arrives behind it."""
    site, taken = small_site(stripe_simulator.webhook_secret)
    return site.test_client(), taken


def test_events_can_be_carried_to_a_flask_client(
    stripe_simulator: Provider, paid: Paid, carried: tuple[FlaskClient, list[Event]]
) -> None:
    client, taken = carried
    paid()
    assert stripe_simulator.deliver(client) == [200, 500, 200, 200]
    assert [event["type"] for event in stripe_simulator.pending()] == ["charge.succeeded"]
    (done,) = stripe_simulator.events("checkout.session.completed")
    assert stripe_simulator.deliver(client, [done], times=2) == [200, 200]
    assert [event["id"] for event in taken].count(done["id"]) == 3


def test_what_is_carried_is_signed_by_the_clock_of_the_app(
    stripe_simulator: Provider, paid: Paid, carried: tuple[FlaskClient, list[Event]]
) -> None:
    client, taken = carried
    paid()
    with clock.shifted(timedelta(days=4)):
        stripe_simulator.deliver(client, newest_first=True)
    assert taken[0]["type"] == "checkout.session.completed"
    then = datetime.now(UTC) + timedelta(days=4)
    assert abs(int(taken[0]["signed"]) - then.timestamp()) < 60
