"""What the books say: balances, an entry's postings, and the invariants that always hold."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Select, case, func, select, union_all
from sqlalchemy.orm import aliased, selectinload

from app.core.db import db
from app.core.errors import NotFound
from app.core.money import Rupiah
from app.core.words import gettext as _
from app.ledger.models import Account, JournalEntry, Posting


@dataclass(frozen=True)
class Balance:
    """An account with what came to it less what went from it, in rupiah."""

    code: str
    family: str
    owner: str
    stage: str | None
    amount: Rupiah


@dataclass(frozen=True)
class Check:
    """An invariant: its name, the figure found, whether it holds, and what breaks it."""

    name: str
    figure: str
    holds: bool
    breaches: tuple[str, ...] = ()


@dataclass(frozen=True)
class KeeperBalance:
    """What stands on an account in one keeper's hands, in rupiah."""

    code: str
    keeper: str
    amount: Rupiah


def keeper_balances(family: str) -> list[KeeperBalance]:
    """Balances other than 0 of a family of accounts, apart by keeper, by code."""
    flows = _flows().subquery()
    total = func.sum(flows.c.amount)
    query = (
        select(Account.code, flows.c.keeper, total)
        .join(flows, flows.c.account_id == Account.id)
        .where(Account.family == family)
        .group_by(Account.code, flows.c.keeper)
        .having(total != 0)
        .order_by(Account.code, flows.c.keeper)
    )
    return [KeeperBalance(code, keeper, int(amount)) for code, keeper, amount in db.session.execute(query)]


def _flows() -> Select[tuple[int, int, str, str | None]]:
    """Each posting twice: what came to an account (+) and what went from one (−)."""
    come = select(
        Posting.to_account_id.label("account_id"),
        Posting.amount.label("amount"),
        Posting.keeper,
        Posting.unit,
    )
    gone = select(
        Posting.from_account_id.label("account_id"),
        (-Posting.amount).label("amount"),
        Posting.keeper,
        Posting.unit,
    )
    flows = union_all(come, gone).subquery("flows")
    return select(flows.c.account_id, flows.c.amount, flows.c.keeper, flows.c.unit)


def balance(code: str) -> Rupiah:
    """One account's balance, in rupiah; an account that was never used holds 0."""
    return sum(row.amount for row in balances(codes=[code]))


def balances(*, family: str | None = None, codes: Sequence[str] | None = None) -> list[Balance]:
    """Balances of a family of accounts, or of named ones, by code; those of 0 too."""
    flows = _flows().subquery()
    query = (
        select(Account, func.coalesce(func.sum(flows.c.amount), 0))
        .outerjoin(flows, flows.c.account_id == Account.id)
        .group_by(Account.id)
        .order_by(Account.code)
    )
    if family is not None:
        query = query.where(Account.family == family)
    if codes is not None:
        query = query.where(Account.code.in_(codes))
    return [
        Balance(account.code, account.family, account.owner, account.stage, int(amount))
        for account, amount in db.session.execute(query)
    ]


@dataclass(frozen=True)
class UnitBalance:
    """What stands on an account for one unit in one keeper's hands."""

    code: str
    unit: str
    keeper: str
    amount: Rupiah
    service_on: date | None


def unit_balances(*, units: Sequence[str], family: str, stage: str | None = None) -> list[UnitBalance]:
    """Balances other than 0 by account, unit and keeper, of the given units."""
    rows = db.session.execute(_unit_flows(units, family, stage))
    return [
        UnitBalance(code, unit, keeper, int(amount), on) for code, unit, keeper, amount, on in rows if amount
    ]


def _unit_flows(units: Sequence[str], family: str, stage: str | None) -> Select:  # type: ignore[type-arg]
    sign = case((Posting.to_account_id == Account.id, 1), else_=-1)
    query = (
        select(
            Account.code,
            Posting.unit,
            Posting.keeper,
            func.sum(sign * Posting.amount),
            func.max(Posting.service_on),
        )
        .join(Account, (Account.id == Posting.to_account_id) | (Account.id == Posting.from_account_id))
        .where(Posting.unit.in_(units), Account.family == family)
        .group_by(Account.code, Posting.unit, Posting.keeper)
        .order_by(Posting.unit, Account.code, Posting.keeper)
    )
    return query if stage is None else query.where(Account.stage == stage)


def get_entry(reference: str) -> JournalEntry:
    """One entry with its postings and their accounts. Raises NotFound."""
    query = (
        select(JournalEntry)
        .where(JournalEntry.reference == reference)
        .options(
            selectinload(JournalEntry.postings).joinedload(Posting.from_account),
            selectinload(JournalEntry.postings).joinedload(Posting.to_account),
        )
    )
    entry = db.session.scalars(query.execution_options(populate_existing=True)).one_or_none()
    if entry is None:
        raise NotFound(_("There is no such entry."))
    return entry


def list_entries(subject: str) -> list[JournalEntry]:
    """Every entry about a subject, oldest first, with postings and accounts loaded."""
    query = (
        select(JournalEntry)
        .where(JournalEntry.subject == subject)
        .options(
            selectinload(JournalEntry.postings).joinedload(Posting.from_account),
            selectinload(JournalEntry.postings).joinedload(Posting.to_account),
        )
        .order_by(JournalEntry.id)
    )
    return list(db.session.scalars(query))


def checks() -> list[Check]:
    """The invariants that need only the books themselves."""
    return [_sums_to_zero(), _entries_have_postings(), _held_by_its_keeper(), *_keepers()]


def _sums_to_zero() -> Check:
    amounts = [row.amount for row in balances()]
    total = sum(amounts)
    return Check("all accounts sum to 0", f"{len(amounts)} accounts, sum Rp{total}", total == 0)


def _entries_have_postings() -> Check:
    empty = db.session.scalars(
        select(JournalEntry.reference).where(
            ~select(Posting.id).where(Posting.entry_id == JournalEntry.id).exists()
        )
    ).all()
    count = db.session.scalar(select(func.count(JournalEntry.id))) or 0
    return Check("every entry moves money", f"{count} entries, {len(empty)} empty", not empty, tuple(empty))


def _held_by_its_keeper() -> Check:
    """What lies in `held:bank:x` is moved only by postings whose keeper is bank:x, so keepers can be told apart."""
    source, target = aliased(Account), aliased(Account)
    rows = db.session.execute(
        select(Posting.id, Posting.keeper, source.family, source.code, target.family, target.code)
        .join(source, source.id == Posting.from_account_id)
        .join(target, target.id == Posting.to_account_id)
        .where((source.family == "held") | (target.family == "held"))
    )
    wrong = tuple(
        f"posting {key}"
        for key, keeper, source_family, source_code, target_family, target_code in rows
        if (source_family == "held" and source_code != f"held:{keeper}")
        or (target_family == "held" and target_code != f"held:{keeper}")
    )
    return Check(
        "money lies with the keeper it is booked to", f"{len(wrong)} postings astray", not wrong, wrong
    )


def _keepers() -> list[Check]:
    """Per keeper: what is held equals what is owed."""
    flows = _flows().subquery()
    rows = db.session.execute(
        select(
            flows.c.keeper,
            func.sum(case((Account.family == "held", -flows.c.amount), else_=0)),
            func.sum(case((Account.family == "held", 0), else_=flows.c.amount)),
        )
        .join(Account, Account.id == flows.c.account_id)
        .group_by(flows.c.keeper)
        .order_by(flows.c.keeper)
    )
    return [
        Check(f"{keeper}: held equals owed", f"held Rp{held}, owed Rp{owed}", held == owed)
        for keeper, held, owed in rows
    ]
