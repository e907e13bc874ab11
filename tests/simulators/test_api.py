"""The simulator's API, through the real library: keys, parameters, idempotency, the life of a session."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import Any

import pytest
import stripe

from tests.simulators import needs
from tests.simulators.provider import Provider

HALF_HOUR, DAY = 1800, 86400


def test_a_session_is_opened_as_asked(api: stripe.V1Services, wanted: dict[str, Any]) -> None:
    session = api.checkout.sessions.create(wanted)
    assert (session.status, session.payment_status, session.livemode) == ("open", "unpaid", False)
    assert (session.amount_total, session.currency) == (15_000_000, "idr")
    assert session.client_reference_id == "booking:HX3K9"
    assert session.metadata.to_dict() == {"reference": "booking:HX3K9", "payment_id": "7"}
    assert session.expires_at == wanted["expires_at"]
    assert session.payment_intent is None
    assert api.checkout.sessions.retrieve(session.id).to_dict() == session.to_dict()


def test_a_wrong_key_opens_nothing(stripe_simulator: Provider, wanted: dict[str, Any]) -> None:
    wrong = stripe.StripeClient("sk_test_wrong", base_addresses={"api": stripe_simulator.base})
    with pytest.raises(stripe.AuthenticationError, match="Invalid API Key") as refused:
        wrong.v1.checkout.sessions.create(wanted)
    assert refused.value.http_status == 401


@pytest.mark.parametrize(
    ("change", "param"),
    [
        ({"payment_method_types": ["card"]}, "payment_method_types"),
        ({"colour": "red"}, "colour"),
        ({"mode": None}, "mode"),
        ({"mode": "gift"}, "mode"),
        ({"locale": "tlh"}, "locale"),
        ({"success_url": None}, "success_url"),
        ({"success_url": "here"}, "success_url"),
        ({"line_items": None}, "line_items"),
        ({"line_items": [{"quantity": 1}]}, "line_items[0][price_data]"),
        ({"line_items": [{"price_data": {"currency": "idr"}}]}, "line_items[0][quantity]"),
        (
            {"line_items": [{"quantity": 1, "price_data": {"unit_amount": 5_000_000}}]},
            "line_items[0][price_data][currency]",
        ),
        (
            {"line_items": [{"quantity": 1, "price_data": {"currency": "idr", "colour": "red"}}]},
            "line_items[0][price_data][colour]",
        ),
        ({"adaptive_pricing": {"enabled": "perhaps"}}, "adaptive_pricing[enabled]"),
        ({"expires_at": "tomorrow"}, "expires_at"),
        ({"metadata": {"x": "y" * 501}}, "metadata[x]"),
    ],
)
def test_what_the_library_does_not_know_is_refused(
    api: stripe.V1Services, wanted: dict[str, Any], change: dict[str, Any], param: str
) -> None:
    asked = {name: value for name, value in (wanted | change).items() if value is not None}
    with pytest.raises(stripe.InvalidRequestError) as refused:
        api.checkout.sessions.create(asked)
    assert refused.value.param == param


@pytest.mark.parametrize("seconds", [HALF_HOUR - 60, DAY + 60])
def test_a_session_lasts_half_an_hour_to_a_day(
    api: stripe.V1Services, wanted: dict[str, Any], seconds: int
) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refused:
        api.checkout.sessions.create(wanted | {"expires_at": int(time.time()) + seconds})
    assert refused.value.param == "expires_at"


def test_without_a_word_a_session_lasts_a_day(api: stripe.V1Services, wanted: dict[str, Any]) -> None:
    del wanted["expires_at"]
    session = api.checkout.sessions.create(wanted)
    assert session.expires_at - session.created == DAY


def test_too_little_and_too_much_are_refused(api: stripe.V1Services, wanted: dict[str, Any]) -> None:
    price = wanted["line_items"][0]["price_data"]
    for amount, code in ((799_999, "amount_too_small"), (1_000_000_000_000, "amount_too_large")):
        price["unit_amount"] = amount
        with pytest.raises(stripe.InvalidRequestError) as refused:
            api.checkout.sessions.create(wanted)
        assert refused.value.code == code


def test_the_same_key_gives_the_same_answer(api: stripe.V1Services, wanted: dict[str, Any]) -> None:
    first = api.checkout.sessions.create(wanted, {"idempotency_key": "k1"})
    again = api.checkout.sessions.create(wanted, {"idempotency_key": "k1"})
    assert again.id == first.id
    assert again.last_response.headers["Idempotent-Replayed"] == "true"
    assert api.checkout.sessions.create(wanted, {"idempotency_key": "k2"}).id != first.id


def test_a_key_is_for_one_request(api: stripe.V1Services, wanted: dict[str, Any]) -> None:
    session = api.checkout.sessions.create(wanted, {"idempotency_key": "k"})
    with pytest.raises(stripe.IdempotencyError, match="same parameters"):
        api.checkout.sessions.create(wanted | {"locale": "id"}, {"idempotency_key": "k"})
    with pytest.raises(stripe.IdempotencyError, match="same endpoint"):
        api.checkout.sessions.expire(session.id, {}, {"idempotency_key": "k"})
    with pytest.raises(stripe.IdempotencyError, match="255"):
        api.checkout.sessions.create(wanted, {"idempotency_key": "k" * 256})


@needs.passing_time
def test_a_key_is_forgotten_after_a_day(
    stripe_simulator: Provider, api: stripe.V1Services, wanted: dict[str, Any]
) -> None:
    del wanted["expires_at"]
    first = api.checkout.sessions.create(wanted, {"idempotency_key": "k"})
    stripe_simulator.advance(timedelta(hours=23))
    assert api.checkout.sessions.create(wanted, {"idempotency_key": "k"}).id == first.id
    stripe_simulator.advance(timedelta(hours=1, seconds=1))
    assert api.checkout.sessions.create(wanted, {"idempotency_key": "k"}).id != first.id


def test_what_was_refused_at_the_door_is_not_remembered(
    api: stripe.V1Services, wanted: dict[str, Any]
) -> None:
    with pytest.raises(stripe.InvalidRequestError):
        api.checkout.sessions.create(wanted | {"colour": "red"}, {"idempotency_key": "k"})
    assert api.checkout.sessions.create(wanted, {"idempotency_key": "k"}).status == "open"


def test_an_open_session_can_be_closed_once(
    stripe_simulator: Provider, api: stripe.V1Services, wanted: dict[str, Any]
) -> None:
    session = api.checkout.sessions.create(wanted)
    closed = api.checkout.sessions.expire(session.id)
    assert (closed.status, closed.url) == ("expired", None)
    with pytest.raises(stripe.InvalidRequestError, match="status of `expired`"):
        api.checkout.sessions.expire(session.id)
    (event,) = stripe_simulator.events("checkout.session.expired")
    assert event["data"]["object"]["id"] == session.id


@needs.passing_time
def test_a_session_lapses_by_itself(
    stripe_simulator: Provider, api: stripe.V1Services, wanted: dict[str, Any]
) -> None:
    session = api.checkout.sessions.create(wanted)
    stripe_simulator.advance(timedelta(minutes=30))
    assert api.checkout.sessions.retrieve(session.id).status == "open"
    stripe_simulator.advance(timedelta(minutes=1))
    assert api.checkout.sessions.retrieve(session.id).status == "expired"
    assert len(stripe_simulator.events("checkout.session.expired")) == 1


@needs.passing_time
def test_a_paid_session_is_complete_for_good(
    stripe_simulator: Provider, api: stripe.V1Services, wanted: dict[str, Any]
) -> None:
    session = api.checkout.sessions.create(wanted)
    assert stripe_simulator.pay(session.url) == f"http://site.example/back?session={session.id}"
    with pytest.raises(stripe.InvalidRequestError, match="status of `complete`"):
        api.checkout.sessions.expire(session.id)
    stripe_simulator.advance(timedelta(days=2))
    assert api.checkout.sessions.retrieve(session.id).status == "complete"
    assert stripe_simulator.events("checkout.session.expired") == []


@pytest.mark.parametrize("what", ["checkout.sessions", "payment_intents", "charges", "refunds", "disputes"])
def test_what_is_not_there_is_not_found(api: stripe.V1Services, what: str) -> None:
    service: Any = api
    for part in what.split("."):
        service = getattr(service, part)
    with pytest.raises(stripe.InvalidRequestError) as refused:
        service.retrieve("xx_nothing")
    assert (refused.value.http_status, refused.value.code) == (404, "resource_missing")


def test_an_address_that_is_none_is_said_so(api: stripe.V1Services) -> None:
    with pytest.raises(stripe.InvalidRequestError, match="Unrecognized request URL"):
        api.customers.create({})


def test_away_means_nothing_is_done(
    stripe_simulator: Provider, api: stripe.V1Services, wanted: dict[str, Any]
) -> None:
    stripe_simulator.be_away(2)
    for _time in range(2):
        with pytest.raises(stripe.APIError) as refused:
            api.checkout.sessions.create(wanted)
        assert refused.value.http_status == 503
    assert list(api.checkout.sessions.list()) == []
    assert api.checkout.sessions.create(wanted).status == "open"


def test_a_lost_answer_has_done_its_work(
    stripe_simulator: Provider, api: stripe.V1Services, wanted: dict[str, Any]
) -> None:
    stripe_simulator.lose_answers(1)
    with pytest.raises(stripe.APIConnectionError):
        api.checkout.sessions.create(wanted, {"idempotency_key": "k"})
    (there,) = api.checkout.sessions.list().data
    assert api.checkout.sessions.create(wanted, {"idempotency_key": "k"}).id == there.id
