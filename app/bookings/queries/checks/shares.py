"""Every rupiah divided is divided again from the terms copied into the lines, and held against the books."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import case, func, select, union_all
from sqlalchemy.orm import aliased

from app.bookings.models import Booking, BookingLine, LineUnit
from app.bookings.queries.bookings import whole_bookings
from app.bookings.queries.checks.base import is_given_up, verdict
from app.bookings.queries.shares import sold_units
from app.bookings.rules import LineKind, UnitState, earned_at, earns_by_time
from app.core import clock
from app.core.db import db
from app.core.filters import rupiah
from app.core.money import Rupiah
from app.ledger.models import Account, Posting
from app.ledger.queries import Check
from app.revenue.rules import Part, SoldUnit, allocate, divide_kept

BATCH = 500


def share_checks() -> list[Check]:
    """Shares by unit and party, and whether they stand where the unit's state puts them."""
    return [_divided_as_agreed(), _earned_when_due(), *_stages()]


def _divided_as_agreed() -> Check:
    """A(received), worked out anew, is what each party has of each unit."""
    books = _share_balances()
    breaches, count = [], 0
    for booking in _all_bookings():
        units, _rows = sold_units(booking, ended=True)
        wanted: dict[tuple[str, str], Rupiah] = defaultdict(int)
        if booking.received > sum(unit.price for unit in units):
            breaches.append(f"{booking.code}: keeps {rupiah(booking.received)}, more than its units cost")
            continue
        for part in _agreed(booking, units):
            wanted[f"unit:{part.unit}", part.account] += part.amount
        names = [f"unit:{unit.id}" for line in booking.lines for unit in line.units]
        found = {(name, account): amount for name in names for account, amount in books.pop(name, {}).items()}
        count += len(wanted)
        breaches += [
            f"{booking.code} {name} {account}: agreed {rupiah(wanted.get((name, account), 0))}, "
            f"books {rupiah(found.get((name, account), 0))}"
            for name, account in sorted({*wanted, *found})
            if wanted.get((name, account), 0) != found.get((name, account), 0)
        ]
    breaches += [f"{name}: money of a unit that is not there" for name in books]
    return verdict("every share is what the agreement says", f"{count} shares of units", breaches)


def _agreed(booking: Booking, units: Sequence[SoldUnit]) -> list[Part]:
    """What each party must have: of what was received, and, where the guest cancelled, of what each unit keeps."""
    kept = {unit.id: unit.kept for line in booking.lines for unit in line.units if unit.kept is not None}
    ended = divide_kept([unit for unit in units if unit.key in kept], kept)
    living = [unit for unit in units if unit.key not in kept]
    return [*ended, *allocate(living, 0, booking.received - sum(kept.values()))]


def _all_bookings() -> Iterator[Booking]:
    """All bookings in batches, each let go before the next."""
    last = 0
    while batch := db.session.scalars(
        whole_bookings().where(Booking.id > last).order_by(Booking.id).limit(BATCH)
    ).all():
        yield from batch
        last = batch[-1].id


def _share_balances() -> dict[str, dict[str, Rupiah]]:
    """By unit: what stands on each party's accounts together, other than 0."""
    flows = _share_flows().subquery()
    party = case((flows.c.family == "payee", "payee:" + flows.c.owner), else_=flows.c.code)
    total = func.sum(flows.c.amount)
    balances: dict[str, dict[str, Rupiah]] = defaultdict(dict)
    for unit, account, amount in db.session.execute(
        select(flows.c.unit, party, total).group_by(flows.c.unit, party).having(total != 0)
    ):
        balances[unit][account] = int(amount)
    return balances


def _share_flows() -> Any:
    sides = ((Posting.to_account_id, 1), (Posting.from_account_id, -1))
    return union_all(
        *(
            select(
                Account.code,
                Account.family,
                Account.owner,
                Account.stage,
                Posting.unit,
                Posting.keeper,
                (sign * Posting.amount).label("amount"),
            )
            .join(Account, Account.id == account_id)
            .where(Account.family.in_(["payee", "tax"]), Posting.unit.is_not(None))
            for account_id, sign in sides
        )
    )


def _earned_when_due() -> Check:
    """A unit is earned with its time written down, and not before 12:00 of the day after; a product that is not kept
    from a cancelled booking, and was not given up: at the very time at which it was handed over.
    """
    columns = (LineUnit.id, LineUnit.on, LineUnit.state, LineUnit.earned_at, LineUnit.kept)
    rows = db.session.execute(
        select(*columns, BookingLine.kind, BookingLine.handed_over_at, is_given_up())
        .join(BookingLine, BookingLine.id == LineUnit.line_id)
        .order_by(LineUnit.id)
    ).all()
    breaches = []
    for unit_id, on, state, at, kept, kind, handed_over_at, given_up in rows:
        fetched = handed_over_at is not None or kept is None
        by_hand = kind == LineKind.PRODUCT and fetched and not given_up
        if (state == UnitState.EARNED) != (at is not None):
            breaches.append(f"unit {unit_id}: is {state.value}, and earned at {at}")
        elif by_hand and at != handed_over_at:
            breaches.append(f"unit {unit_id}: earned at {at}, handed over at {handed_over_at}")
        elif at is not None and not by_hand and at < earned_at(on):
            breaches.append(f"unit {unit_id}: earned at {at}, before its time")
    return verdict("units are earned in their time", f"{len(rows)} units", breaches)


def _stages() -> list[Check]:
    """Pending until the unit is earned, payable from then on; what came late may be payable at once."""
    states = _unit_states()
    pending = _stage_balances("pending")
    payable = _stage_balances("payable")
    early = [
        f"{name} {account} with {keeper}: {rupiah(amount)} payable, not earned"
        for (name, account, keeper), amount in payable.items()
        if name in states and states[name][0] != UnitState.EARNED and not states[name][1]
    ]
    early += [
        f"{name}: made payable without being earned"
        for name in _made_payable()
        if name in states and states[name][0] != UnitState.EARNED
    ]
    stuck = [
        f"{name} {account} with {keeper}: {rupiah(amount)} pending, though earned"
        for (name, account, keeper), amount in pending.items()
        if name in states and states[name][0] == UnitState.EARNED
    ]
    return [
        verdict("nothing waits on earned units", f"{rupiah(sum(pending.values()))} pending", stuck),
        verdict("nothing is payable before it is earned", f"{rupiah(sum(payable.values()))} payable", early),
    ]


def _unit_states() -> dict[str, tuple[UnitState, bool]]:
    """Each unit's state, and whether its time has come by the clock."""
    now = clock.now()
    rows = db.session.execute(
        select(LineUnit.id, LineUnit.state, LineUnit.on, BookingLine.kind).join(
            BookingLine, BookingLine.id == LineUnit.line_id
        )
    )
    return {
        f"unit:{unit_id}": (state, earns_by_time(kind) and earned_at(on) <= now)
        for unit_id, state, on, kind in rows
    }


def _stage_balances(stage: str) -> dict[tuple[str, str, str], Rupiah]:
    """By unit, account and keeper: what stands at a stage, other than 0."""
    flows = _share_flows().subquery()
    total = func.sum(flows.c.amount)
    rows = db.session.execute(
        select(flows.c.unit, flows.c.code, flows.c.keeper, total)
        .where(flows.c.family == "payee", flows.c.stage == stage)
        .group_by(flows.c.unit, flows.c.code, flows.c.keeper)
        .having(total != 0)
    )
    return {(unit, code, keeper): int(amount) for unit, code, keeper, amount in rows}


def _made_payable() -> list[str]:
    """Units of which something was moved from pending to payable and has not gone back."""
    source, target = aliased(Account), aliased(Account)
    query = (
        select(Posting.unit)
        .join(source, source.id == Posting.from_account_id)
        .join(target, target.id == Posting.to_account_id)
        .where(source.stage == "pending", target.stage == "payable", Posting.unit.is_not(None))
    )
    return [unit for unit in db.session.scalars(query.distinct()) if unit is not None]
