"""Every rupiah divided is divided again from the terms copied into the lines, and held against the books."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from typing import Any

from sqlalchemy import case, func, select, union_all
from sqlalchemy.orm import aliased

from app.bookings.models import Booking, LineUnit
from app.bookings.queries.bookings import whole_bookings
from app.bookings.queries.checks.base import verdict
from app.bookings.queries.shares import sold_units
from app.bookings.rules import UnitState, earned_at
from app.core import clock
from app.core.db import db
from app.core.filters import rupiah
from app.core.money import Rupiah
from app.ledger.models import Account, Posting
from app.ledger.queries import Check
from app.revenue.rules import allocate

BATCH = 500


def share_checks() -> list[Check]:
    """Shares by unit and party, and whether they stand where the unit's state puts them."""
    return [_divided_as_agreed(), _earned_when_due(), *_stages()]


def _divided_as_agreed() -> Check:
    """A(received), worked out anew, is what each party has of each unit."""
    books = _share_balances()
    breaches, count = [], 0
    for booking in _all_bookings():
        units, _rows = sold_units(booking)
        wanted: dict[tuple[str, str], Rupiah] = defaultdict(int)
        if booking.received > sum(unit.price for unit in units):
            breaches.append(f"{booking.code}: keeps {rupiah(booking.received)}, more than its units cost")
            continue
        for part in allocate(units, 0, booking.received):
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
    """A unit is earned with its time written down, and not before 12:00 of the day after."""
    rows = db.session.execute(
        select(LineUnit.id, LineUnit.on, LineUnit.state, LineUnit.earned_at).order_by(LineUnit.id)
    ).all()
    breaches = []
    for unit_id, on, state, at in rows:
        if (state == UnitState.EARNED) != (at is not None):
            breaches.append(f"unit {unit_id}: is {state.value}, and earned at {at}")
        elif at is not None and at < earned_at(on):
            breaches.append(f"unit {unit_id}: earned at {at}, before its time")
    return verdict("units are earned in their time", f"{len(rows)} units", breaches)


def _stages() -> list[Check]:
    """Pending until the unit is earned, payable from then on; what came late may be payable at once."""
    states = _unit_states()
    pending = _stage_balances("pending")
    payable = _stage_balances("payable")
    now = clock.now()
    early = [
        f"{name} {account} with {keeper}: {rupiah(amount)} payable, not earned"
        for (name, account, keeper), amount in payable.items()
        if name in states and states[name][0] != UnitState.EARNED and earned_at(states[name][1]) > now
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


def _unit_states() -> dict[str, tuple[UnitState, date]]:
    rows = db.session.execute(select(LineUnit.id, LineUnit.state, LineUnit.on))
    return {f"unit:{unit_id}": (state, on) for unit_id, state, on in rows}


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
