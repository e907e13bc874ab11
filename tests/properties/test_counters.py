"""Any history of taking, letting lapse, giving back and lowering: all is counted, and nothing is promised twice."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

import pytest
from flask import Flask
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from app.core import clock, counters
from app.core.counters import Full, Want
from app.core.db import db, transaction
from tests.core.test_counters import NOW, claims, figures, left

WHO = st.sampled_from([f"line:{number}" for number in range(1, 4)])
WHICH = st.integers(0, 1)


class History(RuleBasedStateMachine):
    """Two counters and whatever holders and hosts may do. Beside them a plain list of who has what until when."""

    app: Flask
    ids: tuple[int, int]

    def __init__(self) -> None:
        super().__init__()
        self.now = NOW
        self.capacity = [3, 3]
        self.held: dict[tuple[int, str], tuple[int, datetime | None]] = {}
        with self.app.app_context():
            self.undo = db.sessionmaker.kw["bind"].begin_nested()

    def teardown(self) -> None:
        self.undo.rollback()

    @contextmanager
    def door(self) -> Iterator[None]:
        with self.app.app_context(), clock.shifted(self.now), transaction():
            yield

    def live(self, which: int) -> dict[str, int]:
        """What the list says is held or sold now."""
        return {
            who: quantity
            for (at, who), (quantity, until) in self.held.items()
            if at == which and (until is None or until > self.now)
        }

    @rule(
        who=WHO,
        wants=st.dictionaries(WHICH, st.integers(1, 2), min_size=1),
        minutes=st.none() | st.sampled_from([10, 60]),
    )
    def take(self, who: str, wants: dict[int, int], minutes: int | None) -> None:
        until = None if minutes is None else self.now + timedelta(minutes=minutes)
        fits = all(self._fits(which, who, quantity) for which, quantity in wants.items())
        asked = [Want(who, self.ids[which], quantity) for which, quantity in wants.items()]
        if not fits:
            with pytest.raises(Full) as full, self.door():
                counters.take(asked, until)
            assert set(full.value.left) == {who}
            return
        with self.door():
            counters.take(asked, until)
        self.held |= {(which, who): (quantity, until) for which, quantity in wants.items()}

    def _fits(self, which: int, who: str, quantity: int) -> bool:
        """What one has oneself counts; above the capacity nobody gets more than he has."""
        live = self.live(which)
        more = quantity - live.get(who, 0)
        return more <= 0 or sum(live.values()) + more <= self.capacity[which]

    @rule(who=WHO)
    def release(self, who: str) -> None:
        with self.door():
            counters.release([who])
        self.held = {key: kept for key, kept in self.held.items() if key[1] != who}

    @rule(which=WHICH, capacity=st.sampled_from([1, 2, 4]))
    def set_capacity(self, which: int, capacity: int) -> None:
        with self.door():
            taken = counters.set_capacity(counter_id=self.ids[which], capacity=capacity)
        self.capacity[which] = capacity
        assert taken == sum(self.live(which).values())

    @rule(minutes=st.sampled_from([1, 30, 120]))
    def pass_time(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes, seconds=1)

    @invariant()
    def all_is_counted(self) -> None:
        with self.app.app_context(), clock.shifted(self.now):
            for which, counter in enumerate(self.ids):
                capacity, taken, over = figures(counter)
                written = claims(counter)
                assert taken == sum(quantity for quantity, _until in written.values())
                assert over == max(0, taken - capacity)
                live = {
                    who: many for who, (many, until) in written.items() if until is None or until > self.now
                }
                assert live == self.live(which)
                assert left(counter) == max(0, self.capacity[which] - sum(live.values()))
            db.session.rollback()


def test_any_history(app: Flask) -> None:
    with app.app_context(), clock.shifted(NOW), transaction():
        History.ids = tuple(counters.create_counter(capacity=3).id for _ in range(2))  # type: ignore[assignment]
    History.app = app
    # Not made smaller when it fails: that takes longer than a test may, and forty steps can be read as they are.
    phases = [phase for phase in Phase if phase != Phase.shrink]
    bounds = settings(max_examples=25, stateful_step_count=40, phases=phases)
    run_state_machine_as_test(History, settings=settings(bounds, suppress_health_check=list(HealthCheck)))
