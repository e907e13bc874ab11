"""Clients of a measurement: what went wrong is told, and what is not counted is not."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from bench import load

CLIENTS = 4
ENDLESS = 3600.0
"""Seconds, of a run that must end by itself."""


def test_who_cannot_even_begin_says_why() -> None:
    def act(number: int) -> Callable[[], int]:
        if number == 2:
            raise LookupError("no such page")
        return lambda: number

    with pytest.raises(LookupError, match="no such page"):
        load.run(CLIENTS, act, seconds=ENDLESS)


def test_who_fails_on_the_way_ends_the_run() -> None:
    def act(number: int) -> Callable[[], int]:
        def one() -> int:
            if number == 2:
                raise LookupError("answered with 500")
            return number

        return one

    with pytest.raises(LookupError, match="answered with 500"):
        load.run(CLIENTS, act, seconds=ENDLESS)


def test_until_nothing_is_left_each_thing_is_counted_once() -> None:
    left = iter(range(100))
    seen = load.run(CLIENTS, lambda _number: lambda: next(left, None))
    assert sorted(seen.answers) == list(range(100))
    assert len(seen.seconds) == 100


def test_loads_in_turn_take_as_long_as_all_and_at_once_as_the_longest() -> None:
    parts = [load.Load([1.0], ["a"], 1.0), load.Load([2.0, 3.0], ["b", "c"], 5.0)]
    assert load.in_turn(parts) == load.Load([1.0, 2.0, 3.0], ["a", "b", "c"], 6.0)
    assert load.at_once(parts) == load.Load([1.0, 2.0, 3.0], ["a", "b", "c"], 5.0)
