"""Cash: who holds how much since when, for whom, and what is on its way from one hand to another."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from sqlalchemy import String, case, cast, exists, func, literal, or_, select

from app.bookings.models import BookingLine, CashHandover, LineUnit, QrisSettlement
from app.bookings.rules import AgeBand, age_band
from app.core.db import db
from app.core.errors import NotFound
from app.core.money import Rupiah
from app.core.words import gettext as _
from app.ledger.models import Account, JournalEntry, Posting
from app.ledger.queries import balances
from app.users.rules import Scope
from app.villages.models import Village
from app.villages.queries import list_bank_accounts, list_villages

NEAR = timedelta(days=7)
"""By how much the day of a bank's line may differ from the day that somebody wrote down."""


@dataclass(frozen=True)
class CashLayer:
    """Cash that came at a time and is still there, in rupiah; `subject` is what it came for."""

    since: datetime
    amount: Rupiah
    subject: str


@dataclass(frozen=True)
class CashBox:
    """What a village's cash box holds, in rupiah, the oldest first; `others` is what of it is for other villages'
    people, by village, and `given` what is on its way to somebody who has not confirmed it.
    """

    village: Village
    amount: Rupiah
    layers: tuple[CashLayer, ...]
    others: dict[int, Rupiah] = field(default_factory=dict)
    given: Rupiah = 0

    @property
    def keeper(self) -> str:
        """Its name in the ledger."""
        return f"cash:{self.village.slug}"

    @property
    def since(self) -> datetime | None:
        """Since when the oldest of it lies here."""
        return self.layers[0].since if self.layers else None

    def by_band(self, now: datetime) -> dict[AgeBand, Rupiah]:
        """How much of it is how old."""
        found: dict[AgeBand, Rupiah] = dict.fromkeys(AgeBand, 0)
        for layer in self.layers:
            found[age_band(layer.since, now)] += layer.amount
        return found


def list_boxes(scope: Scope) -> list[CashBox]:
    """The cash boxes within the scope that hold something, the oldest cash first: what came first left first."""
    villages = {v.slug: v for v in list_villages() if scope.has_village(v.id)}
    held = {slug: cash for slug, cash in _held(villages).items() if cash}
    layers, others, given = _layers(held), _for_others(held), _given(held)
    boxes = [
        CashBox(
            village=villages[slug],
            amount=cash,
            layers=tuple(layers[slug]),
            others={key: sum_ for key, sum_ in others[slug].items() if key != villages[slug].id and sum_},
            given=given.get(f"cash:{slug}", 0),
        )
        for slug, cash in held.items()
    ]
    return sorted(boxes, key=lambda box: (box.since is None, box.since, box.village.slug))


def cash_held(slug: str) -> Rupiah:
    """What a village's cash box holds by the books, in rupiah."""
    return _held([slug]).get(slug, 0)


def cash_given(slug: str) -> Rupiah:
    """What of it was handed to somebody who has not confirmed it, in rupiah."""
    return _given([slug]).get(f"cash:{slug}", 0)


def lock_handover(handover_id: int) -> CashHandover:
    """Cash on its way, locked until the transaction ends. Raises NotFound."""
    query = select(CashHandover).where(CashHandover.id == handover_id).with_for_update()
    found = db.session.scalars(query.execution_options(populate_existing=True)).one_or_none()
    if found is None:
        raise NotFound(_("There is no such handing over."))
    return found


def list_handovers(scope: Scope, *, limit: int = 100) -> list[CashHandover]:
    """Cash that left or reached hands within the scope: what waits for confirmation first, then the newest."""
    keepers = [f"cash:{v.slug}" for v in list_villages() if scope.has_village(v.id)]
    keepers += [f"bank:{account.code}" for account in list_bank_accounts(scope)]
    is_over = case(
        (or_(CashHandover.confirmed_at.is_not(None), CashHandover.dropped_at.is_not(None)), 1), else_=0
    )
    query = select(CashHandover).where(
        or_(CashHandover.giver.in_(keepers), CashHandover.receiver.in_(keepers))
    )
    return list(db.session.scalars(query.order_by(is_over, CashHandover.id.desc()).limit(limit)))


def _held(slugs: Iterable[str]) -> dict[str, Rupiah]:
    rows = balances(codes=[f"held:cash:{slug}" for slug in slugs])
    return {str(row.stage): -row.amount for row in rows}


def _given(slugs: Iterable[str]) -> dict[str, Rupiah]:
    is_open = CashHandover.confirmed_at.is_(None), CashHandover.dropped_at.is_(None)
    query = select(CashHandover.giver, func.sum(CashHandover.amount)).where(
        *is_open, CashHandover.giver.in_([f"cash:{slug}" for slug in slugs])
    )
    return {giver: int(amount) for giver, amount in db.session.execute(query.group_by(CashHandover.giver))}


def _layers(held: dict[str, Rupiah]) -> dict[str, list[CashLayer]]:
    """What came last, up to what is there: all before it has left."""
    running = func.sum(Posting.amount).over(partition_by=Account.stage, order_by=Posting.id.desc())
    came = (
        select(
            Account.stage,
            Posting.id,
            Posting.amount,
            JournalEntry.created_at,
            JournalEntry.subject,
            running.label("sum"),
        )
        .join(Account, Account.id == Posting.from_account_id)
        .join(JournalEntry, JournalEntry.id == Posting.entry_id)
        .where(Account.code.in_([f"held:cash:{slug}" for slug in held]))
        .subquery()
    )
    most = max(held.values(), default=0)
    query = select(came).where(came.c.sum - came.c.amount < most).order_by(came.c.id.desc())
    left = dict(held)
    layers: dict[str, list[CashLayer]] = defaultdict(list)
    for slug, _id, amount, since, subject, _sum in db.session.execute(query):
        part = min(amount, left[slug])
        if part > 0:
            left[slug] -= part
            layers[slug].insert(0, CashLayer(since, part, subject))
    return layers


def _for_others(held: dict[str, Rupiah]) -> dict[str, dict[int, Rupiah]]:
    """What a box's keeper owes by the books to people of each village, by the lines that they sold."""
    owed: dict[str, dict[int, Rupiah]] = defaultdict(lambda: defaultdict(int))
    for side, sign in ((Posting.to_account_id, 1), (Posting.from_account_id, -1)):
        query = (
            select(Posting.keeper, BookingLine.village_id, func.sum(Posting.amount))
            .join(Account, Account.id == side)
            .join(LineUnit, Posting.unit == literal("unit:") + cast(LineUnit.id, String))
            .join(BookingLine, BookingLine.id == LineUnit.line_id)
            .where(
                Posting.keeper.in_([f"cash:{slug}" for slug in held]), Account.family.in_(["payee", "tax"])
            )
            .group_by(Posting.keeper, BookingLine.village_id)
        )
        for keeper, village_id, amount in db.session.execute(query):
            owed[keeper.partition(":")[2]][village_id] += sign * int(amount)
    return owed


def came_by_hand(keeper: str, amount: Rupiah, on: date) -> bool:
    """Whether a sum that the bank shows on a day was recorded by hand in these days: what QRIS or a cash box sent to
    the account (`keeper`).
    """
    days = on - NEAR, on + NEAR
    by_qris = exists().where(
        QrisSettlement.account == keeper.partition(":")[2],
        QrisSettlement.amount == amount,
        QrisSettlement.arrived_on.between(*days),
    )
    by_cash = exists().where(
        CashHandover.receiver == keeper,
        CashHandover.counted == amount,
        CashHandover.handed_on.between(*days),
    )
    return bool(db.session.scalar(select(or_(by_qris, by_cash))))
