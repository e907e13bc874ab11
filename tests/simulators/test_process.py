"""The simulator as a program: what it needs, what it remembers, who may turn its knobs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.machinery.servers import Program, environment_for, free_port
from tests.simulators import needs
from tests.simulators.fixtures import start_simulator
from tests.simulators.provider import Provider

pytestmark = needs.simulator
Start = Callable[..., tuple[Provider, Program]]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Start a simulator of one's own, with these options; it is ended with the test."""
    running: list[Program] = []
    providers: list[Provider] = []

    def begin(*options: str, key: str = "sk_test_own", port: int | None = None) -> tuple[Provider, Program]:
        where = port or free_port()
        provider = Provider(f"http://127.0.0.1:{where}", key, "whsec_own")
        running.append(start_simulator(provider, where, *options, log=tmp_path / f"{len(running)}.log"))
        providers.append(provider)
        return provider, running[-1]

    yield begin
    for provider in providers:
        provider.leave()
    for program in running:
        program.stop()


def test_a_restart_forgets_nothing_that_is_kept_in_a_file(
    start: Start, tmp_path: Path, wanted: dict[str, Any]
) -> None:
    state = ("--state", str(tmp_path / "stripe.db"))
    first, program = start(*state)
    session = first.library().checkout.sessions.create(wanted, {"idempotency_key": "k"})
    first.pay(session.url)
    program.kill()
    again, _program = start(*state, port=int(first.base.rpartition(":")[2]))
    assert again.library().checkout.sessions.retrieve(session.id).payment_status == "paid"
    assert again.library().checkout.sessions.create(wanted, {"idempotency_key": "k"}).id == session.id
    assert "checkout.session.completed" in [event["type"] for event in again.pending()]


def test_sigterm_ends_it_in_peace(start: Start) -> None:
    _provider, program = start()
    program.stop()
    assert program.process.returncode == 0


def test_a_live_key_makes_everything_live(start: Start, wanted: dict[str, Any]) -> None:
    provider, _program = start(key="sk_live_own")
    session = provider.library().checkout.sessions.create(wanted)
    assert session.livemode
    assert session.id.startswith("cs_live_")
    provider.pay(session.url)
    assert all(event["livemode"] for event in provider.events())


def test_without_secrets_it_does_not_start(tmp_path: Path) -> None:
    log = tmp_path / "log"
    program = Program("-m", "simulators.stripe", environment=environment_for(tmp_path), log=log)
    assert program.process.wait(timeout=20) == 1
    assert "STRIPE_SECRET_KEY" in log.read_text()


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer sk_test_wrong"}])
def test_the_knobs_want_the_secret_key(stripe_simulator: Provider, headers: dict[str, str]) -> None:
    for method, path in (("POST", "reset"), ("GET", "events"), ("POST", "trouble")):
        answer = stripe_simulator.http.request(
            method, f"{stripe_simulator.base}/_control/{path}", headers=headers, timeout=10
        )
        assert answer.status_code == 401


def test_a_knob_that_is_none_is_said_so(stripe_simulator: Provider) -> None:
    with pytest.raises(AssertionError, match="Only away, lose_answers, refunds_fail"):
        stripe_simulator.control("POST", "trouble", aways=1)
