"""Things that are counted: each rule alone. Any history of them is in tests/properties/test_counters.py."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.core import clock, counters
from app.core.counters import Counter, CounterClaim, Full, Want
from app.core.db import db, transaction

NOW = datetime(2027, 4, 20, 3, 0, tzinfo=UTC)
SOON = NOW + timedelta(minutes=30)
LATER = NOW + timedelta(hours=2)


@pytest.fixture
def counter(session: Session, set_clock: Callable[..., None]) -> int:
    """A counter of three, at ten in the morning."""
    set_clock(NOW)
    return make(3)


def make(capacity: int) -> int:
    with transaction():
        return counters.create_counter(capacity=capacity).id


def take(counter: int, who: str, quantity: int = 1, until: datetime | None = SOON) -> None:
    with transaction():
        counters.take([Want(who, counter, quantity)], until)


def figures(counter: int) -> tuple[int, int, int]:
    """Capacity, taken, and what stands above."""
    columns = select(Counter.capacity, Counter.taken, Counter.allowed_over)
    return tuple(db.session.execute(columns.where(Counter.id == counter)).one())  # type: ignore[return-value]


def claims(counter: int) -> dict[str, tuple[int, datetime | None]]:
    rows = db.session.execute(
        select(CounterClaim.reference, CounterClaim.quantity, CounterClaim.expires_at).where(
            CounterClaim.counter_id == counter
        )
    )
    return {reference: (quantity, expires_at) for reference, quantity, expires_at in rows}


def left(counter: int) -> int:
    return counters.left_by_counter([counter])[counter]


# Taking


def test_as_many_as_there_are_and_no_more(counter: int) -> None:
    take(counter, "line:1", 2)
    with pytest.raises(Full) as full:
        take(counter, "line:2", 2)
    assert full.value.left == {"line:2": 1}
    take(counter, "line:2", 1)
    assert (left(counter), figures(counter)) == (0, (3, 3, 0))


def test_all_of_a_trip_or_nothing(counter: int) -> None:
    other = make(1)
    take(other, "line:9", until=None)
    with pytest.raises(Full) as full, transaction():
        counters.take([Want("line:1", counter, 2), Want("line:2", other, 1)], SOON)
    assert full.value.left == {"line:2": 0}
    assert (claims(counter), figures(counter)) == ({}, (3, 0, 0))


def test_two_lines_of_a_trip_share_what_is_left(counter: int) -> None:
    with pytest.raises(Full) as full, transaction():
        counters.take([Want("line:1", counter, 2), Want("line:2", counter, 2)], SOON)
    assert full.value.left == {"line:2": 1}
    assert left(counter) == 3


def test_taking_again_extends_and_confirms(counter: int) -> None:
    take(counter, "line:1", 2)
    take(counter, "line:1", 2, LATER)
    assert claims(counter) == {"line:1": (2, LATER)}
    take(counter, "line:1", 2, None)
    take(counter, "line:1", 2, None)
    assert (claims(counter), figures(counter)) == ({"line:1": (2, None)}, (3, 2, 0))


def test_taking_fewer_gives_the_others_back(counter: int) -> None:
    take(counter, "line:1", 3)
    take(counter, "line:1", 1)
    assert (left(counter), claims(counter)) == (2, {"line:1": (1, SOON)})


def test_nobody_wants_a_counter_twice(counter: int) -> None:
    with pytest.raises(ValueError, match="once"), transaction():
        counters.take([Want("line:1", counter, 1), Want("line:1", counter, 1)], SOON)


def test_less_than_nothing_cannot_be_there(session: Session) -> None:
    with pytest.raises(ValueError, match="0 or more"), transaction():
        counters.create_counter(capacity=-1)
    counter = make(0)
    with pytest.raises(ValueError, match="0 or more"), transaction():
        counters.set_capacity(counter_id=counter, capacity=-1)
    assert left(counter) == 0


def test_the_database_refuses_more_than_there_are(counter: int) -> None:
    with pytest.raises(IntegrityError), transaction():
        db.session.execute(update(Counter).where(Counter.id == counter).values(taken=4))


# Time


def test_what_has_lapsed_is_free(counter: int) -> None:
    take(counter, "line:1", 3)
    with clock.shifted(SOON):
        assert left(counter) == 3
        take(counter, "line:2", 2, LATER)
        assert claims(counter) == {"line:2": (2, LATER)}
        assert figures(counter) == (3, 2, 0)


def test_a_moment_before_it_is_not(counter: int) -> None:
    take(counter, "line:1", 3)
    with clock.shifted(SOON - timedelta(seconds=5)), pytest.raises(Full):
        take(counter, "line:2")


def test_ones_own_lapsed_is_had_again_while_there_is_room(counter: int) -> None:
    take(counter, "line:1", 2)
    with clock.shifted(LATER):
        take(counter, "line:2", 1, None)
        take(counter, "line:1", 2, None)
        assert claims(counter) == {"line:1": (2, None), "line:2": (1, None)}
        with pytest.raises(Full):
            take(counter, "line:3", 1, None)


def test_ones_own_lapsed_is_gone_when_others_came(counter: int) -> None:
    take(counter, "line:1", 2)
    with clock.shifted(LATER):
        take(counter, "line:2", 2, None)
        with pytest.raises(Full) as full:
            take(counter, "line:1", 2, None)
        assert full.value.left == {"line:1": 1}
        assert figures(counter) == (3, 2, 0)


# Giving back


def test_giving_back_leaves_what_others_have(counter: int) -> None:
    other = make(5)
    with transaction():
        counters.take([Want("line:1", counter, 2), Want("line:1", other, 4)], SOON)
    take(counter, "line:2", 1)
    with transaction():
        counters.release(["line:1", "line:77"])
    assert claims(counter) == {"line:2": (1, SOON)}
    assert (figures(counter), figures(other)) == ((3, 1, 0), (5, 0, 0))


def test_giving_back_twice_is_once(counter: int) -> None:
    take(counter, "line:1", 2)
    for _ in range(2):
        with transaction():
            counters.release(["line:1"])
    assert figures(counter) == (3, 0, 0)


# How many there are


def set_capacity(counter: int, capacity: int) -> int:
    with transaction():
        return counters.set_capacity(counter_id=counter, capacity=capacity)


def test_lowering_below_what_is_taken_takes_nothing_away(counter: int) -> None:
    take(counter, "line:1", 2, None)
    take(counter, "line:2", 1)
    assert set_capacity(counter, 1) == 3
    assert (left(counter), figures(counter)) == (0, (1, 3, 2))
    take(counter, "line:2", 1, None)
    assert claims(counter) == {"line:1": (2, None), "line:2": (1, None)}, (
        "what is held may still be confirmed"
    )


def test_a_freed_place_above_the_capacity_is_not_sold_again(counter: int) -> None:
    for who in ("line:1", "line:2", "line:3"):
        take(counter, who, until=None)
    set_capacity(counter, 1)
    with transaction():
        counters.release(["line:1"])
    assert (left(counter), figures(counter)) == (0, (1, 2, 1))
    with pytest.raises(Full):
        take(counter, "line:4")


def test_neither_is_one_whose_hold_has_lapsed(counter: int) -> None:
    """Not even to who held it: the hold is over, and the place is not there any more."""
    take(counter, "line:1", 2, None)
    take(counter, "line:2", 1)
    set_capacity(counter, 2)
    with clock.shifted(LATER):
        with pytest.raises(Full) as full:
            take(counter, "line:2", 1, None)
        assert full.value.left == {"line:2": 0}
        assert left(counter) == 0


def test_fewer_of_ones_own_above_the_capacity(counter: int) -> None:
    take(counter, "line:1", 3, None)
    set_capacity(counter, 1)
    take(counter, "line:1", 2, None)
    assert figures(counter) == (1, 2, 1)
    take(counter, "line:1", 1, None)
    assert figures(counter) == (1, 1, 0)


def test_lowering_drops_what_has_lapsed(counter: int) -> None:
    take(counter, "line:1", 3)
    with clock.shifted(LATER):
        assert set_capacity(counter, 1) == 0
        assert (left(counter), figures(counter)) == (1, (1, 0, 0))


def test_more_of_them_are_for_sale(counter: int) -> None:
    take(counter, "line:1", 3, None)
    set_capacity(counter, 1)
    set_capacity(counter, 5)
    assert (left(counter), figures(counter)) == (2, (5, 3, 0))
