"""What runners do with things that are counted, each in a transaction of its own as at a door."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from threading import local

from sqlalchemy import text

from app.core import clock, counters
from app.core.counters import Want
from app.core.db import db, transaction
from app.tours import inventory
from app.tours.inventory import Claim


def take(who: str, *wants: tuple[int, int], for_good: bool = False) -> str:
    """Take so many of each counter for a holder, as (counter, how many); gives the holder."""
    with transaction():
        until = None if for_good else clock.now() + timedelta(hours=1)
        counters.take([Want(who, counter, quantity) for counter, quantity in wants], until)
        return who


def hold_seats(line_id: int, *departures: tuple[int, int]) -> int:
    """Hold units of departures for a line, as (departure, how many); gives the line."""
    with transaction():
        claims = [Claim(line_id, departure, quantity) for departure, quantity in departures]
        inventory.hold(claims, clock.now() + timedelta(hours=1))
        return line_id


def release(whose: Sequence[str]) -> None:
    """Holders give back what they have."""
    with transaction():
        counters.release(whose)


def set_capacity(counter: int, capacity: int) -> int:
    """The host changes how many there are; gives how many are taken."""
    with transaction():
        return counters.set_capacity(counter_id=counter, capacity=capacity)


_seen = local()


def naive_look(counter: int) -> None:
    """The control's first half: look, in no transaction of one's own, and remember how many were taken."""
    look = text("SELECT capacity, taken FROM naive_counters WHERE id = :id")
    _seen.value = tuple(db.session.execute(look, {"id": counter}).one())


def naive_take(counter: int, who: int) -> None:
    """The control's second half: write in a transaction what was seen, without a condition."""
    capacity, taken = _seen.value
    if taken >= capacity:
        raise LookupError("full")
    with transaction():
        change = text("UPDATE naive_counters SET taken = :taken WHERE id = :id")
        db.session.execute(change, {"id": counter, "taken": taken + 1})
        db.session.execute(
            text("INSERT INTO naive_claims (id, who) VALUES (:id, :who)"), {"id": counter, "who": who}
        )
