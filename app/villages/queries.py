"""Villages, their bank accounts, and who lies how far from whom by road."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import and_, case, or_, select
from sqlalchemy.orm import aliased

from app.core.db import db
from app.core.errors import NotFound
from app.core.words import gettext as _
from app.users.rules import Scope
from app.villages.models import BankAccount, QrisRate, QrisSheet, Road, Village


@dataclass(frozen=True)
class Neighbour:
    """Another village as seen from one: how far it is by road."""

    village: Village
    metres: int
    minutes: int
    is_estimate: bool


def list_villages() -> list[Village]:
    """All villages by name."""
    return list(db.session.scalars(select(Village).order_by(Village.name)))


def list_villages_from(slug: str | None) -> list[tuple[Village, int | None]]:
    """All villages by name, each with the minutes by road from the one with this slug; itself is 0 minutes away.

    None: no road is known, or there is no village with this slug.
    """
    start = aliased(Village)
    way = or_(
        and_(Road.village_id == Village.id, Road.other_id == start.id),
        and_(Road.other_id == Village.id, Road.village_id == start.id),
    )
    minutes = case((Village.id == start.id, 0), else_=Road.minutes)
    # No village is named so, and PostgreSQL refuses to be asked for it.
    here = None if slug is None or "\0" in slug else slug
    query = (
        select(Village, minutes)
        .select_from(Village)
        .outerjoin(start, start.slug == here)
        .outerjoin(Road, way)
    )
    return [(village, minutes) for village, minutes in db.session.execute(query.order_by(Village.name))]


def find_village(slug: str) -> Village | None:
    """The village with this slug."""
    if "\0" in slug:  # nothing is named so, and PostgreSQL refuses to be asked for it
        return None
    return db.session.scalar(select(Village).where(Village.slug == slug))


def get_village(slug: str) -> Village:
    """The village with this slug. Raises NotFound."""
    return _there(find_village(slug))


def get_village_by_id(village_id: int) -> Village:
    """The village with this number. Raises NotFound."""
    return _there(db.session.get(Village, village_id))


def get_own_village(slug: str, scope: Scope) -> Village:
    """The village with this slug, if the scope reaches it. Raises NotFound."""
    village = get_village(slug)
    return _there(village if scope.has_village(village.id) else None)


def list_own_villages(scope: Scope) -> list[Village]:
    """The villages that the scope reaches as a whole, by name."""
    return [village for village in list_villages() if scope.has_village(village.id)]


def _there(village: Village | None) -> Village:
    if village is None:
        raise NotFound(_("There is no village of that name here."))
    return village


def find_road(village_id: int, other_id: int) -> Road | None:
    """The way between two villages, whichever is named first."""
    low, high = sorted((village_id, other_id))
    return db.session.scalar(select(Road).where(Road.village_id == low, Road.other_id == high))


def list_neighbours(village_id: int, *, limit: int | None = None) -> list[Neighbour]:
    """The other villages, nearest by road first."""
    touches = or_(Road.village_id == village_id, Road.other_id == village_id)
    other = or_(Village.id == Road.other_id, Village.id == Road.village_id)
    rows = db.session.execute(
        select(Village, Road.metres, Road.minutes, Road.is_estimate)
        .join(Road, other)
        .where(touches, Village.id != village_id)
        .order_by(Road.minutes, Road.metres, Village.name)
        .limit(limit)
    )
    return [Neighbour(*row) for row in rows]


def road_minutes(village_id: int) -> dict[int, int]:
    """Minutes by road from a village to each other one, by their ids; itself is 0 minutes away."""
    return {village_id: 0} | {n.village.id: n.minutes for n in list_neighbours(village_id)}


def find_bank_account(village_id: int) -> BankAccount | None:
    """The village's own account, to which its guests transfer."""
    return db.session.scalar(
        select(BankAccount)
        .where(BankAccount.village_id == village_id, BankAccount.is_shared.is_(False))
        .order_by(BankAccount.id)
        .limit(1)
    )


def find_bank_account_by_code(code: str) -> BankAccount | None:
    """The account of this code, a village's own or the shared collecting one."""
    return db.session.scalar(select(BankAccount).where(BankAccount.code == code))


def get_bank_account(code: str) -> BankAccount:
    """The account of this code. Raises NotFound."""
    account = find_bank_account_by_code(code)
    if account is None:
        raise NotFound(_("There is no bank account of that name here."))
    return account


def get_receiving_account(village_ids: set[int], collecting_code: str) -> BankAccount:
    """Where a trip's transfer goes: one village's own account, or the shared one for several. Raises NotFound."""
    own = find_bank_account(next(iter(village_ids))) if len(village_ids) == 1 else None
    return own or get_bank_account(collecting_code)


def list_bank_accounts(scope: Scope) -> list[BankAccount]:
    """The accounts of the villages in scope, by code."""
    accounts = db.session.scalars(select(BankAccount).order_by(BankAccount.code))
    return [account for account in accounts if scope.has_village(account.village_id)]


def lock_bank_account(code: str) -> BankAccount:
    """The account of this code, locked until the transaction ends. Raises NotFound."""
    account = db.session.scalar(select(BankAccount).where(BankAccount.code == code).with_for_update())
    if account is None:
        raise NotFound(_("There is no bank account of that name here."))
    return account


def find_sheet(code: str) -> QrisSheet | None:
    """The QRIS sheet that is in force for the account of this code."""
    in_force = BankAccount.code == code, QrisSheet.ended_at.is_(None)
    query = select(QrisSheet).join(BankAccount, BankAccount.id == QrisSheet.account_id).where(*in_force)
    return db.session.scalars(query).one_or_none()


def find_receiving_sheet(village_ids: set[int], collecting_code: str) -> QrisSheet | None:
    """The QRIS sheet in force of the account that a trip's money goes to (`get_receiving_account`)."""
    own = BankAccount.village_id.in_(village_ids if len(village_ids) == 1 else ())
    is_candidate = or_(and_(own, BankAccount.is_shared.is_(False)), BankAccount.code == collecting_code)
    in_force = and_(QrisSheet.account_id == BankAccount.id, QrisSheet.ended_at.is_(None))
    query = select(BankAccount, QrisSheet).outerjoin(QrisSheet, in_force).where(is_candidate)
    rows = db.session.execute(query.order_by(BankAccount.is_shared, BankAccount.id)).all()
    return rows[0][1] if rows else None


def list_sheets(account_ids: set[int]) -> list[QrisSheet]:
    """Every QRIS sheet of some accounts, the newest first."""
    query = select(QrisSheet).where(QrisSheet.account_id.in_(account_ids))
    return list(db.session.scalars(query.order_by(QrisSheet.id.desc())))


def list_qris_rates(account_ids: set[int]) -> list[QrisRate]:
    """What the QRIS provider keeps of payments into some accounts, by the day from which it does, the newest first."""
    query = select(QrisRate).where(QrisRate.account_id.in_(account_ids))
    return list(db.session.scalars(query.order_by(QrisRate.from_on.desc())))


def qris_rate_on(code: str, day: date) -> int:
    """What the QRIS provider keeps of a payment of a day into the account of this code, in basis points."""
    query = (
        select(QrisRate.basis_points)
        .join(BankAccount, BankAccount.id == QrisRate.account_id)
        .where(BankAccount.code == code, QrisRate.from_on <= day)
    )
    return db.session.scalar(query.order_by(QrisRate.from_on.desc()).limit(1)) or 0
