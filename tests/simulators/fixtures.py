"""Which card provider the tests have: the simulator, one process a worker, or Stripe's test mode (STRIPE_TEST_KEY)."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.machinery.servers import Program, environment_for, free_port, wait_for
from tests.simulators import testmode
from tests.simulators.gate import Gate, open_gate
from tests.simulators.provider import Provider

CALLS_A_SECOND = 20
"""Of all workers together; Stripe's test mode takes 25."""


@pytest.fixture(scope="session")
def stripe_process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Provider]:
    """The simulator's process, one a worker. Ask for `stripe_simulator`, which is empty when a test begins."""
    port, folder = free_port(), tmp_path_factory.mktemp("stripe")
    provider = Provider(
        f"http://127.0.0.1:{port}",
        f"sk_test_{secrets.token_hex(12)}",
        f"whsec_{secrets.token_hex(12)}",
    )
    program = start_simulator(provider, port, log=folder / "stripe.log")
    yield provider
    provider.leave()
    program.stop()


def start_simulator(provider: Provider, port: int, *options: str, log: Path) -> Program:
    """Start a simulator and wait until it answers."""
    environment = environment_for(log.parent) | provider.environment
    program = Program(
        "-m", "simulators.stripe", "--port", str(port), *options, environment=environment, log=log
    )
    wait_for(f"{provider.base}/", program)
    return program


@pytest.fixture(scope="session")
def stripe_gate() -> Iterator[Callable[[], Gate]]:
    """The door to Stripe's test mode, one a worker, opened when it is first asked for."""
    with ExitStack() as doors:
        opened: list[Gate] = []

        def get() -> Gate:
            found = testmode.chosen()
            assert found, "only with STRIPE_TEST_KEY"
            if not opened:
                rate = CALLS_A_SECOND / int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
                opened.append(doors.enter_context(open_gate(found[1], calls_a_second=rate)))
            return opened[0]

        yield get


@pytest.fixture
def stripe_simulator(request: pytest.FixtureRequest, stripe_gate: Callable[[], Gate]) -> Iterator[Provider]:
    """The card provider of this test's app; empty, with its clock at the machine's time, delivering to nobody.

    A test that is not marked `simulator_only` can do with it what it could do with Stripe's test mode, and no more.
    """
    if found := testmode.chosen():
        gate = stripe_gate()
        gate.forget()
        provider: Provider = testmode.TestMode(found[0], gate, lambda: request.getfixturevalue("browser"))
        yield provider
        provider.leave()
        return
    provider = request.getfixturevalue("stripe_process")
    provider.is_guarded = False
    provider.reset()
    is_marked = request.node.get_closest_marker("simulator_only") is not None
    provider.is_guarded, provider.is_needed = not is_marked, False
    yield provider
    provider.is_guarded = False
    if is_marked and not provider.is_needed:
        pytest.fail("marked `simulator_only`, and asked for nothing that Stripe's test mode could not do")
