"""What the tests of the simulator share: a session as our site would ask for it, and a site that takes events."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from threading import Thread
from typing import Any

import pytest
import stripe
from werkzeug import Request, Response
from werkzeug.serving import make_server

from tests.simulators.provider import Provider

Sell = Callable[..., Any]


@pytest.fixture
def api(stripe_simulator: Provider) -> stripe.V1Services:
    """The real library, spoken to the simulator."""
    return stripe_simulator.library()


@pytest.fixture
def wanted() -> dict[str, Any]:
    """The parameters of a session of Rp150.000."""
    price = {
        "currency": "idr",
        "unit_amount": 15_000_000,
        "product_data": {"name": "Two nights in Karanganyar"},
    }
    return {
        "mode": "payment",
        "allowed_payment_method_types": ["card"],
        "line_items": [{"quantity": 1, "price_data": price}],
        "client_reference_id": "booking:HX3K9",
        "metadata": {"reference": "booking:HX3K9", "payment_id": "7"},
        "payment_intent_data": {"metadata": {"reference": "booking:HX3K9", "payment_id": "7"}},
        "adaptive_pricing": {"enabled": False},
        "locale": "en",
        "expires_at": int(time.time()) + 31 * 60,
        "success_url": "http://site.example/back?session={CHECKOUT_SESSION_ID}",
        "cancel_url": "http://site.example/pay",
    }


@pytest.fixture
def paid(stripe_simulator: Provider, api: stripe.V1Services, wanted: dict[str, Any]) -> Callable[..., str]:
    """Open a session and pay it, with the card named; gives the payment intent's id."""

    def pay(**how: Any) -> str:
        session = api.checkout.sessions.create(wanted)
        stripe_simulator.pay(session.url, **how)
        return str(api.checkout.sessions.retrieve(session.id).payment_intent)

    return pay


@dataclass
class Site:
    """A site that takes events: what came, and what it answers (the first of `answers`, then always 200)."""

    url: str = ""
    answers: list[int] = field(default_factory=list)
    came: list[tuple[bytes, str]] = field(default_factory=list)

    def __call__(self, environ: Any, start_response: Any) -> Any:
        request = Request(environ)
        self.came.append((request.get_data(), request.headers["Stripe-Signature"]))
        return Response("", self.answers.pop(0) if self.answers else 200)(environ, start_response)


@pytest.fixture
def site() -> Iterator[Site]:
    """A site over HTTP that takes events."""
    taker = Site()
    server = make_server("127.0.0.1", 0, taker)
    taker.url = f"http://127.0.0.1:{server.server_port}"
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    yield taker
    server.shutdown()
    thread.join()
    server.server_close()
