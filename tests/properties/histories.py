"""How long random histories are: ten thousand steps in the normal run, and as long as one likes in `make soak`."""

from __future__ import annotations

import os
import random
import time

from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import RuleBasedStateMachine, run_state_machine_as_test

from tests.machinery import report

SOAK_MINUTES = float(os.environ.get("SOAK_MINUTES") or 0)


def run_histories(machine: type[RuleBasedStateMachine], *, histories: int, steps: int, part: int = 0) -> None:
    """So many histories of at most so many steps, other ones in each part; or new ones for SOAK_MINUTES.

    What fails is not made smaller: that takes longer than a test may, and a few dozen steps can be read as they are.
    """
    bounds = settings(
        max_examples=histories,
        stateful_step_count=steps,
        phases=[phase for phase in Phase if phase != Phase.shrink],
        suppress_health_check=list(HealthCheck),
    )
    until = time.monotonic() + 60 * SOAK_MINUTES
    while True:
        begin = part if report.is_ci() and not SOAK_MINUTES else random.randrange(2**63)
        run_state_machine_as_test(seed(begin)(machine), settings=bounds)
        if time.monotonic() >= until:
            return
