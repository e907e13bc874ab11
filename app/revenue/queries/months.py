"""What the books say each party has, by the month of the service: nights of May count in May, whenever they were paid.

Every figure is read from the postings, one statement each. `earned` is payable or already paid out, `held` still waits
for the guest to have stayed; a tax, whose account has no stages, follows its unit. Months are given and returned as
their first day.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Select,
    and_,
    case,
    cast,
    column,
    extract,
    func,
    literal,
    or_,
    select,
    table,
    union_all,
)

from app.core.dates import month_of, next_month
from app.core.db import db
from app.core.money import Rupiah
from app.ledger.models import Account, Posting
from app.revenue.models import Payee
from app.revenue.rules import TAX, PayeeKind

# Which village a unit was sold in is written in bookings, which lie above: named here, not imported.
_units = table("line_units", column("id"), column("line_id"), column("state"))
_lines = table("booking_lines", column("id"), column("village_id"), column("kind"))

PARTIES = [*(kind.value for kind in PayeeKind), TAX]
"""The order in which parties are shown."""


@dataclass(frozen=True)
class MonthShare:
    """One party's part of a village's month, in rupiah. `payee_id` is None for a tax, whose name is the tax's."""

    village_id: int
    month: date
    kind: str
    payee_id: int | None
    name: str
    earned: Rupiah
    held: Rupiah

    @property
    def amount(self) -> Rupiah:
        """Earned and held together."""
        return self.earned + self.held


@dataclass(frozen=True)
class MonthIncome:
    """What a village's month brought of one kind (stay, package, product), tax inside, in rupiah."""

    village_id: int
    month: date
    kind: str
    amount: Rupiah


@dataclass(frozen=True)
class MonthTotal:
    """A village's month over all parties, tax inside, in rupiah."""

    village_id: int
    month: date
    earned: Rupiah
    held: Rupiah

    @property
    def amount(self) -> Rupiah:
        """Earned and held together."""
        return self.earned + self.held


@dataclass(frozen=True)
class PayeeMonth:
    """What a payee has of a month, in rupiah."""

    payee_id: int
    month: date
    earned: Rupiah
    held: Rupiah


@dataclass(frozen=True)
class UnitEarning:
    """What a payee has of one sold unit (a night, a seat, a piece), in rupiah."""

    payee_id: int
    unit_id: int
    on: date
    earned: Rupiah
    held: Rupiah


def monthly_shares(village_ids: Collection[int] | None, month: date) -> list[MonthShare]:
    """Who has what of a month, by village and in the usual order of parties; None: of all villages."""
    start = month_of(month)
    flows = _flows(start, next_month(start))
    payee = cast(case((flows.c.family == "payee", flows.c.owner)), BigInteger)
    name = func.coalesce(Payee.name, func.max(flows.c.stage))
    query = (
        _in_villages(flows, village_ids)
        .add_columns(Payee.kind, Payee.id, name, *_sums_in_villages(flows))
        .outerjoin(Payee, Payee.id == payee)
        .group_by(Payee.id, Payee.kind, Payee.name, case((flows.c.family == TAX, flows.c.stage)))
    )
    shares = [
        MonthShare(village, start, kind.value if kind else TAX, payee_id, name, int(earned), int(held))
        for village, kind, payee_id, name, earned, held in db.session.execute(query)
        if earned or held
    ]
    return sorted(shares, key=lambda share: (share.village_id, PARTIES.index(share.kind), share.name))


def monthly_income(village_ids: Collection[int] | None, month: date) -> list[MonthIncome]:
    """What a month brought, by village and kind of sale; sums to the month's shares. None: of all villages."""
    start = month_of(month)
    flows = _flows(start, next_month(start))
    query = (
        _in_villages(flows, village_ids)
        .add_columns(_lines.c.kind, func.sum(flows.c.amount))
        .group_by(_lines.c.kind)
        .order_by(_lines.c.village_id, _lines.c.kind)
    )
    return [
        MonthIncome(village, start, kind, int(amount))
        for village, kind, amount in db.session.execute(query)
        if amount
    ]


def months_series(village_ids: Collection[int] | None, start: date, end: date) -> list[MonthTotal]:
    """Each village's months from the one of `start` up to, not with, the one of `end`; months without money are left
    out. None: of all villages.
    """
    flows = _flows(month_of(start), month_of(end))
    year, number = _month(flows)
    query = (
        _in_villages(flows, village_ids)
        .add_columns(year, number, *_sums_in_villages(flows))
        .group_by(year, number)
        .order_by(_lines.c.village_id, year, number)
    )
    return [
        MonthTotal(village, date(int(year), int(number), 1), int(earned), int(held))
        for village, year, number, earned, held in db.session.execute(query)
        if earned or held
    ]


def payee_earnings(payee_ids: Collection[int], start: date, end: date) -> list[PayeeMonth]:
    """What payees have by month of the service, start ≤ day < end, in order."""
    flows = _flows(start, end)
    year, number = _month(flows)
    query = (
        select(flows.c.owner, year, number, *_sums(flows))
        .where(_owned_by(flows, payee_ids))
        .group_by(flows.c.owner, year, number)
        .order_by(flows.c.owner, year, number)
    )
    return [
        PayeeMonth(int(owner), date(int(year), int(number), 1), int(earned), int(held))
        for owner, year, number, earned, held in db.session.execute(query)
        if earned or held
    ]


def unit_earnings(payee_ids: Collection[int], start: date, end: date) -> list[UnitEarning]:
    """What payees have of each unit sold for a day, start ≤ day < end, by day."""
    flows = _flows(start, end)
    query = (
        select(flows.c.owner, flows.c.unit, flows.c.on, *_sums(flows))
        .where(_owned_by(flows, payee_ids))
        .group_by(flows.c.owner, flows.c.unit, flows.c.on)
        .order_by(flows.c.on, flows.c.unit)
    )
    return [
        UnitEarning(int(owner), int(unit.removeprefix("unit:")), on, int(earned), int(held))
        for owner, unit, on, earned, held in db.session.execute(query)
        if earned or held
    ]


def _flows(start: date, end: date) -> Any:
    """What came to (+) and went from (−) payees and taxes for units of these days."""
    sides = [
        select(
            Account.family,
            Account.owner,
            Account.stage,
            Posting.unit,
            Posting.service_on.label("on"),
            (literal(sign) * Posting.amount).label("amount"),
        )
        .join(Account, Account.id == account_id)
        .where(Account.family.in_(["payee", TAX]), Posting.service_on >= start, Posting.service_on < end)
        for account_id, sign in ((Posting.to_account_id, 1), (Posting.from_account_id, -1))
    ]
    return union_all(*sides).subquery("flows")


def _in_villages(flows: Any, village_ids: Collection[int] | None) -> Select[Any]:
    """The flows with the village in which their unit was sold."""
    unit_id = cast(func.substr(flows.c.unit, len("unit:") + 1), BigInteger)
    query = (
        select(_lines.c.village_id)
        .select_from(flows)
        .join(_units, _units.c.id == unit_id)
        .join(_lines, _lines.c.id == _units.c.line_id)
        .group_by(_lines.c.village_id)
    )
    return query if village_ids is None else query.where(_lines.c.village_id.in_(village_ids))


def _sums_in_villages(flows: Any) -> tuple[ColumnElement[int], ColumnElement[int]]:
    """Earned and held, taxes by whether their unit is earned."""
    unslept_tax = and_(flows.c.family == TAX, _units.c.state.in_(["booked", "kept"]))
    return _sums(flows, or_(flows.c.stage == "pending", unslept_tax))


def _sums(
    flows: Any, waiting: ColumnElement[bool] | None = None
) -> tuple[ColumnElement[int], ColumnElement[int]]:
    """Earned and held."""
    if waiting is None:
        waiting = flows.c.stage == "pending"
    return (
        func.sum(case((waiting, 0), else_=flows.c.amount)),
        func.sum(case((waiting, flows.c.amount), else_=0)),
    )


def _month(flows: Any) -> tuple[ColumnElement[int], ColumnElement[int]]:
    return extract("year", flows.c.on), extract("month", flows.c.on)


def _owned_by(flows: Any, payee_ids: Collection[int]) -> ColumnElement[bool]:
    return and_(flows.c.family == "payee", flows.c.owner.in_([str(payee_id) for payee_id in payee_ids]))
