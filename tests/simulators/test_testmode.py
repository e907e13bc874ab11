"""Stripe's test mode as the provider, proved against the simulator without its control door: API and pages alone."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import requests
import stripe

from tests.machinery.servers import ROOT, free_port
from tests.simulators import testmode
from tests.simulators.fixtures import start_simulator
from tests.simulators.gate import Gate, open_gate
from tests.simulators.provider import NeedsSimulator, Provider
from tests.simulators.testmode import TestMode

LEFT_OUT = "tests/webhooks/test_events.py::test_the_other_mode_is_refused"
PROOFS = (
    "tests/payments/test_gateway.py::test_a_page_is_opened_as_asked",
    "tests/payments/test_gateway.py::test_a_key_is_not_for_something_else",
    "tests/payments/test_gateway.py::test_a_decline_leaves_the_page_open",
    "tests/payments/test_gateway.py::test_one_lost_answer_is_asked_for_again_and_two_are_unavailable",
    "tests/bookings/test_fees.py::test_the_fee_is_booked_from_the_bearer",
    "tests/bookings/test_disputed_by_card.py::test_from_the_card_to_the_decision[sqlite-True]",
    "tests/jobs/test_reconcile.py::test_money_goes_back_once[sqlite-asked]",
    "tests/journeys/test_trouble_by_card.py::test_the_bank_asks_and_the_guest_agrees",
    "tests/journeys/test_trouble_by_card.py::test_the_bank_asks_and_the_guest_refuses",
    "tests/webhooks/test_events.py::test_three_times_at_once_and_days_later",
)
"""One of each kind: opening, refusing, 3-D Secure, events, refunds, lost answers, dead processes, disputes, fees."""


@pytest.fixture
def stripe_alone(tmp_path: Path) -> Iterator[Provider]:
    """A simulator that cannot be controlled: what it does it does by itself, as Stripe."""
    port = free_port()
    alone = Provider(f"http://127.0.0.1:{port}", "sk_test_alone", "whsec_alone")
    program = start_simulator(alone, port, "--without-control", log=tmp_path / "stripe.log")
    yield alone
    alone.leave()
    program.stop()


def run_tests(*wanted: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """A run of the suite of its own, with these tests."""
    own = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "SAMBANG_"))}
    options = ["-m", "pytest", "-n", "0", "-p", "no:cacheprovider", "--database", "sqlite"]
    command = [sys.executable, *options]
    return subprocess.run(
        [*command, *wanted],
        cwd=ROOT,
        env=own | environment,
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )


def test_the_tests_run_unchanged_where_nothing_can_be_controlled(stripe_alone: Provider) -> None:
    door = requests.post(
        f"{stripe_alone.base}/_control/reset",
        headers={"Authorization": f"Bearer {stripe_alone.secret_key}"},
        timeout=10,
    )
    assert door.status_code == 404
    chosen = {"STRIPE_TEST_KEY": stripe_alone.secret_key, "STRIPE_TEST_BASE": stripe_alone.base}
    run = run_tests(*PROOFS, LEFT_OUT, **chosen)
    assert run.returncode == 0, run.stdout + run.stderr
    assert f"card provider: Stripe's test mode at {stripe_alone.base}" in run.stdout
    assert "not run against Stripe's test mode: 1 tests that need the simulator" in run.stdout
    assert f"{len(PROOFS)} passed, 1 deselected" in run.stdout, run.stdout
    assert "skipped" not in run.stdout
    assert len(list(stripe_alone.library().checkout.sessions.list({"limit": 100}))) > len(PROOFS) // 2


def test_a_live_key_runs_nothing() -> None:
    run = run_tests("--collect-only", "tests/core/test_money.py", STRIPE_TEST_KEY="sk_live_x")
    assert run.returncode == pytest.ExitCode.USAGE_ERROR
    assert "is no key of Stripe's test mode" in run.stderr
    assert "sk_live_x" not in run.stdout + run.stderr


@pytest.mark.parametrize("key", ["rk_live_x", "pk_test_x", "sk_tests_x", "4242"])
def test_only_a_test_key_is_one(monkeypatch: pytest.MonkeyPatch, key: str) -> None:
    monkeypatch.setenv("STRIPE_TEST_KEY", key)
    with pytest.raises(pytest.UsageError, match="no key of Stripe's test mode"):
        testmode.chosen()


@pytest.mark.parametrize(("key", "base"), [("sk_test_x", "http://127.0.0.1:1/"), (" rk_test_x ", None)])
def test_a_test_key_chooses_stripe(monkeypatch: pytest.MonkeyPatch, key: str, base: str | None) -> None:
    monkeypatch.setenv("STRIPE_TEST_KEY", key)
    if base:
        monkeypatch.setenv("STRIPE_TEST_BASE", base)
    else:
        monkeypatch.delenv("STRIPE_TEST_BASE", raising=False)
    assert testmode.chosen() == (key.strip(), "http://127.0.0.1:1" if base else "https://api.stripe.com")


# What cannot be had


GUARDED = sorted(name for name, one in vars(Provider).items() if hasattr(one, "__wrapped__"))


def nobody() -> Any:
    """No browser."""
    raise AssertionError("asked for a browser")


@pytest.fixture
def gate(stripe_process: Provider) -> Iterator[Gate]:
    """A door to the simulator, which has forgotten everything."""
    stripe_process.reset()
    with open_gate(stripe_process.base, calls_a_second=200) as door:
        yield door


@pytest.mark.parametrize("name", GUARDED)
def test_what_stripe_cannot_do_is_said_by_one_error(stripe_process: Provider, gate: Gate, name: str) -> None:
    guarded = Provider(stripe_process.base, stripe_process.secret_key, "whsec_x")
    guarded.is_guarded = True
    for provider in (TestMode(stripe_process.secret_key, gate, nobody), guarded):
        with pytest.raises(NeedsSimulator, match="mark the test"):
            getattr(provider, name)()


def test_a_test_without_the_mark_does_no_more_than_stripe(stripe_simulator: Provider) -> None:
    assert stripe_simulator.is_guarded
    for knob in (
        stripe_simulator.hold,
        lambda: stripe_simulator.advance(timedelta(1)),
        lambda: stripe_simulator.http,
    ):
        with pytest.raises(NeedsSimulator, match="mark the test"):
            knob()


@pytest.mark.simulator_only("the control door is tried")
def test_a_test_with_the_mark_does_all(stripe_simulator: Provider) -> None:
    stripe_simulator.hold()
    stripe_simulator.advance(timedelta(seconds=1))


def test_a_clock_is_set_and_does_not_go_on(
    stripe_simulator: Provider, api: stripe.V1Services, wanted: dict[str, Any]
) -> None:
    stripe_simulator.move_clock(timedelta(0))
    api.checkout.sessions.create(wanted)
    with pytest.raises(NeedsSimulator, match="after a page was opened"):
        stripe_simulator.move_clock(timedelta(hours=1))


# The door between


def through(gate: Gate, provider: Provider) -> stripe.V1Services:
    """The library, spoken to a door."""
    client = stripe.StripeClient(provider.secret_key, base_addresses={"api": gate.url}, max_network_retries=0)
    return client.v1


def test_two_runs_on_one_account_do_not_see_each_other(
    stripe_process: Provider, gate: Gate, wanted: dict[str, Any]
) -> None:
    with open_gate(stripe_process.base, calls_a_second=200) as other:
        ours, theirs = through(gate, stripe_process), through(other, stripe_process)
        mine = ours.checkout.sessions.create(wanted, {"idempotency_key": "k"})
        foreign = theirs.checkout.sessions.create(wanted, {"idempotency_key": "k"})
        assert mine.id != foreign.id, "a key is one run's own"
        for api, one in ((ours, mine), (theirs, foreign)):
            api.checkout.sessions.expire(one.id)
            assert [page.id for page in api.checkout.sessions.list()] == [one.id]
            assert [event.data.object["id"] for event in api.events.list()] == [one.id]


def test_the_test_lives_in_its_own_year(stripe_process: Provider, gate: Gate, wanted: dict[str, Any]) -> None:
    api, ahead = through(gate, stripe_process), timedelta(days=200)
    assert gate.set_clock(ahead)
    then = int(time.time() + ahead.total_seconds()) + 1900
    page = api.checkout.sessions.create(wanted | {"expires_at": then})
    assert page.expires_at == then
    assert abs(datetime.fromtimestamp(page.created, UTC) - datetime.now(UTC) - ahead) < timedelta(minutes=1)
    span = {"gte": then - 4000, "lte": then}
    assert [one.id for one in api.checkout.sessions.list({"created": span})] == [page.id]
    real = stripe_process.library().checkout.sessions.retrieve(page.id)
    assert real.expires_at == then - round(ahead.total_seconds())
    assert gate.set_clock(ahead + timedelta(seconds=5)), "the same, looked at a little later"
    assert not gate.set_clock(ahead + timedelta(hours=1)), "Stripe's time does not pass faster"


def test_the_door_is_closed_or_loses_answers(
    stripe_process: Provider, gate: Gate, wanted: dict[str, Any]
) -> None:
    api = through(gate, stripe_process)
    gate.away = 1
    with pytest.raises(stripe.APIError) as refused:
        api.checkout.sessions.create(wanted)
    assert refused.value.http_status == 503
    assert list(api.checkout.sessions.list()) == []
    gate.lost = 1
    with pytest.raises(stripe.APIConnectionError):
        api.checkout.sessions.create(wanted, {"idempotency_key": "k"})
    (there,) = api.checkout.sessions.list()
    assert api.checkout.sessions.create(wanted, {"idempotency_key": "k"}).id == there.id


def test_it_keeps_below_the_rate(stripe_process: Provider) -> None:
    with open_gate(stripe_process.base, calls_a_second=20) as slow:
        api, begun = through(slow, stripe_process), time.monotonic()
        for _ in range(5):
            api.balance_transactions.list({"limit": 1})
        assert time.monotonic() - begun > 4 / 20


def test_nothing_but_the_api_is_passed_on(stripe_process: Provider, gate: Gate) -> None:
    answer = requests.post(
        f"{gate.url}/_control/reset",
        headers={"Authorization": f"Bearer {stripe_process.secret_key}"},
        timeout=10,
    )
    assert answer.status_code == 404
