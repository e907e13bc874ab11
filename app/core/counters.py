"""Things that are counted: seats, pieces in stock. A counter says how many are taken; a claim says by whom.

The counter is the referee: `taken` rises only by a conditional UPDATE, and a CHECK stands behind it. A claim is held
until a time, or for good (`expires_at` empty). A lapsed claim counts for nobody: whoever takes next drops it first.
Counters are locked in ascending order, so that two takers never wait in a circle.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    ColumnElement,
    ForeignKey,
    Index,
    Integer,
    String,
    case,
    delete,
    func,
    or_,
    select,
    update,
)
from sqlalchemy.orm import Mapped, mapped_column

from app.core import clock
from app.core.db import Base, Instant, Key, Keyed, db, insert_into, savepoint


class Counter(Keyed, Base):
    """How many there are, and how many of them are taken. `allowed_over` is what stands above the capacity: sold
    before the capacity was lowered.
    """

    __tablename__ = "counters"
    __table_args__ = (
        CheckConstraint("capacity >= 0 AND taken >= 0 AND allowed_over >= 0", name="amounts"),
        CheckConstraint("taken <= capacity + allowed_over", name="taken"),
    )

    capacity: Mapped[int] = mapped_column(Integer)
    taken: Mapped[int] = mapped_column(Integer, default=0)
    allowed_over: Mapped[int] = mapped_column(Integer, default=0)


class CounterClaim(Base):
    """Some of a counter, for a holder such as `line:12`: until `expires_at`, or for good."""

    __tablename__ = "claims"
    __table_args__ = (
        CheckConstraint("quantity > 0", name="quantity"),
        Index("ix_claims_reference", "reference"),
    )

    counter_id: Mapped[int] = mapped_column(Key, ForeignKey("counters.id"), primary_key=True)
    reference: Mapped[str] = mapped_column(String(40), primary_key=True)
    quantity: Mapped[int] = mapped_column(Integer)
    expires_at: Mapped[datetime | None] = mapped_column(Instant)


claims_table = CounterClaim.__table__
counters_table = Counter.__table__


@dataclass(frozen=True)
class Want:
    """So many of a counter, for a holder."""

    reference: str
    counter_id: int
    quantity: int


class Full(Exception):
    """Not all could be taken, so nothing was. `left` says by holder how many are left."""

    def __init__(self, left: Mapping[str, int]) -> None:
        super().__init__("not enough left")
        self.left = dict(left)


def create_counter(*, capacity: int) -> Counter:
    """A counter of which nothing is taken yet. Raises ValueError for a capacity below 0."""
    if capacity < 0:
        raise ValueError("a capacity is 0 or more")
    counter = Counter(capacity=capacity, taken=0, allowed_over=0)
    db.session.add(counter)
    db.session.flush()
    return counter


def take(wants: Sequence[Want], expires_at: datetime | None, giving: Sequence[str] = ()) -> None:
    """Take all that is wanted, or nothing: until a time, or for good (None). Raises Full. The holders that are `giving`
    give back all they have in the same step, or keep it.

    What a holder has of a counter already is kept and counts: holding again, extending and confirming are the same.
    What has lapsed is nobody's, the holder's own too: it is had again only where there is room. Raises ValueError
    for a holder who wants a counter twice.
    """
    if len({(want.counter_id, want.reference) for want in wants}) < len(wants):
        raise ValueError("a holder wants so many of a counter, once")
    ordered = sorted(wants, key=lambda want: (want.counter_id, want.reference))
    left: dict[str, int] = {}
    with savepoint():
        given = claims_table.c.reference.in_(giving)
        theirs = db.session.scalars(select(claims_table.c.counter_id).where(given)).all() if giving else ()
        _lock([*(want.counter_id for want in ordered), *theirs])
        if giving:
            _drop(given)
        for counter_id in sorted({want.counter_id for want in ordered}):
            _drop(_lapsed(), counter_id)
        mine = _claims_of([want.reference for want in ordered])
        for want in ordered:
            more = want.quantity - mine.get((want.counter_id, want.reference), 0)
            if more and not _change_taken(want.counter_id, more):
                left[want.reference] = _left_in(want.counter_id)
        if left:
            raise Full(left)
        _write(ordered, expires_at)


def release(references: Sequence[str]) -> None:
    """Give back whatever these holders have. Counters are locked in order first: no deadlock."""
    held = claims_table.c.reference.in_(references)
    _lock(db.session.scalars(select(claims_table.c.counter_id).where(held)))
    _drop(held)


def set_capacity(*, counter_id: int, capacity: int) -> int:
    """How many there are from now on; gives how many are taken. Below that, 0 are left and nothing is taken away.

    Raises ValueError for a capacity below 0.
    """
    if capacity < 0:
        raise ValueError("a capacity is 0 or more")
    _lock([counter_id])
    _drop(_lapsed(), counter_id)
    over = case((Counter.taken > capacity, Counter.taken - capacity), else_=0)
    statement = update(Counter).where(Counter.id == counter_id).values(capacity=capacity, allowed_over=over)
    taken = db.session.execute(_direct(statement.returning(Counter.taken))).scalar_one()
    return int(taken)


def lower_capacity(*, counter_id: int, less: int) -> int:
    """So many less from now on, never below 0; gives how many there are then."""
    _lock([counter_id])
    query = select(Counter.capacity).where(Counter.id == counter_id)
    capacity = max(0, (db.session.scalar(query) or 0) - less)
    set_capacity(counter_id=counter_id, capacity=capacity)
    return capacity


def left_now(now: datetime) -> ColumnElement[int]:
    """An SQL expression on Counter: how many are left, lapsed claims counted as free, never below 0."""
    lapsed = (
        select(func.coalesce(func.sum(CounterClaim.quantity), 0))
        .where(CounterClaim.counter_id == Counter.id, CounterClaim.expires_at <= now)
        .correlate(Counter)
        .scalar_subquery()
    )
    left = Counter.capacity - Counter.taken + lapsed
    return case((left > 0, left), else_=0)


def left_by_counter(counter_ids: Iterable[int]) -> dict[int, int]:
    """How many are left now, by counter."""
    query = select(Counter.id, left_now(clock.now())).where(Counter.id.in_(list(counter_ids)))
    return {counter_id: int(left) for counter_id, left in db.session.execute(query)}


def still_held(references: Collection[str]) -> set[str]:
    """Which of these holders have something now: for good, or until a time that has not come."""
    query = select(CounterClaim.reference).where(CounterClaim.reference.in_(references))
    return set(db.session.scalars(query.where(or_(CounterClaim.expires_at.is_(None), ~_lapsed()))))


def _lock(counter_ids: Iterable[int]) -> None:
    ids = sorted(set(counter_ids))
    db.session.execute(
        select(counters_table.c.id)
        .where(counters_table.c.id.in_(ids))
        .order_by(counters_table.c.id)
        .with_for_update()
    )


def _lapsed() -> ColumnElement[bool]:
    return claims_table.c.expires_at <= clock.now()


def _drop(condition: ColumnElement[bool], counter_id: int | None = None) -> None:
    """Delete claims and lower their counters by what was deleted; a freed place above capacity is not sold again."""
    statement = delete(CounterClaim).where(condition)
    if counter_id is not None:
        statement = statement.where(CounterClaim.counter_id == counter_id)
    freed: dict[int, int] = defaultdict(int)
    returned = statement.returning(CounterClaim.counter_id, CounterClaim.quantity)
    for counter, quantity in db.session.execute(_direct(returned)):
        freed[counter] += quantity
    for counter, quantity in sorted(freed.items()):
        _lower_taken(counter, quantity)


def _lower_taken(counter_id: int, less: int) -> None:
    taken = Counter.taken - less
    over = case((taken > Counter.capacity, taken - Counter.capacity), else_=0)
    lowered = update(Counter).where(Counter.id == counter_id).values(taken=taken, allowed_over=over)
    db.session.execute(_direct(lowered))


def _claims_of(references: Sequence[str]) -> dict[tuple[int, str], int]:
    columns = (claims_table.c.counter_id, claims_table.c.reference, claims_table.c.quantity)
    rows = db.session.execute(select(*columns).where(claims_table.c.reference.in_(references)))
    return {(counter_id, reference): quantity for counter_id, reference, quantity in rows}


def _change_taken(counter_id: int, more: int) -> bool:
    """Whether the counter had so many left; fewer than before there always are."""
    if more < 0:
        _lower_taken(counter_id, -more)
        return True
    statement = update(Counter).where(Counter.id == counter_id, Counter.taken + more <= Counter.capacity)
    raised = statement.values(taken=Counter.taken + more).returning(Counter.id)
    return bool(db.session.execute(_direct(raised)).first())


def _left_in(counter_id: int) -> int:
    query = select(Counter.capacity - Counter.taken).where(Counter.id == counter_id)
    return max(0, db.session.scalar(query) or 0)


def _write(wants: Sequence[Want], expires_at: datetime | None) -> None:
    insert = insert_into(claims_table)
    statement = insert.on_conflict_do_update(
        index_elements=[claims_table.c.counter_id, claims_table.c.reference],
        set_={"quantity": insert.excluded.quantity, "expires_at": insert.excluded.expires_at},
    )
    rows = [
        {
            "counter_id": want.counter_id,
            "reference": want.reference,
            "quantity": want.quantity,
            "expires_at": expires_at,
        }
        for want in wants
    ]
    if rows:
        db.session.execute(statement, rows)


def _direct(statement: Any) -> Any:
    """Straight to the database: what the session has in hand is read anew by whoever needs it."""
    return statement.execution_options(synchronize_session=False)
