"""A form may lead to the pages where cards are paid, and nowhere else: Chromium drops the redirect silently if not."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from tests.simulators.provider import Provider

STRIPE = "'self' https://checkout.stripe.com"

pytestmark = pytest.mark.database("sqlite")


def form_action(client: FlaskClient) -> str:
    """Where the forms of a page may lead."""
    policy = client.get("/nowhere").headers["Content-Security-Policy"]
    rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))
    return rules["form-action"]


def test_to_stripe(client: FlaskClient) -> None:
    assert form_action(client) == STRIPE


@pytest.mark.settings(stripe_api_base="https://api.stripe.com")
def test_to_stripe_by_name(client: FlaskClient) -> None:
    assert form_action(client) == STRIPE


@pytest.mark.settings(stripe_api_base="http://somebody:word@127.0.0.1:5001/path")
def test_to_the_simulator_of_the_demo_without_its_secrets(client: FlaskClient) -> None:
    assert form_action(client) == f"{STRIPE} http://127.0.0.1:5001"


@pytest.mark.settings(stripe_api_base="https://notstripe.com")
def test_a_name_that_only_ends_alike_is_not_stripe(client: FlaskClient) -> None:
    assert form_action(client) == f"{STRIPE} https://notstripe.com"


def test_to_the_simulator_of_the_tests(client: FlaskClient, stripe_simulator: Provider) -> None:
    assert form_action(client) == f"{STRIPE} {stripe_simulator.base}"
