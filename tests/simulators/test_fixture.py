"""Whichever app of ours a test asks for, `stripe_simulator` is its card provider, and empty when the test begins."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import stripe
from flask import Flask
from flask.testing import FlaskClient

from tests.machinery.servers import LiveServer, Program
from tests.simulators import needs
from tests.simulators.provider import Provider

pytestmark = pytest.mark.database("sqlite")


@pytest.mark.settings(stripe_webhook_secret="whsec_of_the_test")
def test_a_mark_still_has_the_last_word(app: Flask, stripe_simulator: Provider) -> None:
    settings = app.config["SETTINGS"]
    assert settings.stripe_api_base == stripe_simulator.base
    assert settings.stripe_webhook_secret == "whsec_of_the_test"


def test_the_isolated_app_takes_what_it_is_told(
    client: FlaskClient, stripe_simulator: Provider, api: stripe.V1Services, wanted: dict[str, Any]
) -> None:
    api.checkout.sessions.expire(api.checkout.sessions.create(wanted).id)
    assert stripe_simulator.deliver(client) == [200]
    assert stripe_simulator.pending() == []


@needs.delivery
def test_a_live_server_is_told_over_http(
    live_server: LiveServer, stripe_simulator: Provider, api: stripe.V1Services, wanted: dict[str, Any]
) -> None:
    stripe_simulator.deliver_to(live_server.url)
    api.checkout.sessions.expire(api.checkout.sessions.create(wanted).id)
    stripe_simulator.wait_until_taken()
    assert len(stripe_simulator.events("checkout.session.expired")) == 1


def test_a_program_of_ours_asks_it_too(spawn: Callable[..., Program], stripe_simulator: Provider) -> None:
    program = spawn("-c", "from config import Settings; print(Settings.from_env().stripe_api_base)")
    assert program.process.wait(timeout=30) == 0
    assert program.log.read_text().strip() == stripe_simulator.base


@needs.delivery
@pytest.mark.parametrize("time", ["once", "again"])
def test_it_is_empty_when_a_test_begins(
    stripe_simulator: Provider, api: stripe.V1Services, wanted: dict[str, Any], time: str
) -> None:
    assert stripe_simulator.events() == []
    stripe_simulator.be_away(1)
    with pytest.raises(stripe.APIError):
        api.checkout.sessions.create(wanted)
    stripe_simulator.be_away(1)
    stripe_simulator.hold()


def test_without_it_nobody_takes_cards(app: Flask) -> None:
    assert app.config["SETTINGS"].stripe_secret_key is None
