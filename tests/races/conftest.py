"""The crew of a race, and a house to race for."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

import pytest
from flask import Flask

from app.bookings.queries.checks import check_books, check_inventory
from tests.races.crew import Answer, Crew, Death, Step

Race = Callable[[list[list[Step]]], list[list[Answer]]]
Doom = Callable[[Step, int | None], Death]


@pytest.fixture(scope="session")
def _crew() -> Iterator[Crew]:
    crew = Crew()
    yield crew
    crew.end()


@pytest.fixture
def race(race_app: Flask, _crew: Crew) -> Iterator[Race]:
    """`race(rounds)`: one runner per step of a round, all at once, in two processes. Afterwards the books must hold."""
    yield partial(_crew.race, race_app)
    _crew.leave()
    nothing_is_wrong(race_app)


@pytest.fixture
def rough_race(race_app: Flask, _crew: Crew) -> Iterator[Race]:
    """A race after which nobody looks at the books: for what bookings would not do."""
    yield partial(_crew.race, race_app)
    _crew.leave()


@pytest.fixture
def doom(race_app: Flask, _crew: Crew) -> Iterator[Doom]:
    """`doom(step, at)`: take a step in a process that is killed at its `at`-th point."""
    yield partial(_crew.doom, race_app)
    _crew.leave()
    nothing_is_wrong(race_app)


def nothing_is_wrong(app: Flask) -> None:
    """Books and nights hold."""
    with app.app_context():
        assert [check for check in (*check_books(), *check_inventory()) if not check.holds] == []
