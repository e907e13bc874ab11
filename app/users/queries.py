"""People who sign in, their offices and links; and the names of the places that offices are about.

Villages and payees live in higher packages. Here they are known as foreign keys know them: by their tables.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, FromClause, Select, and_, false, func, or_, select, true

from app.core.db import Base, db
from app.core.errors import NotFound
from app.core.forms import normalise_phone
from app.core.words import gettext as _
from app.users.models import AddressLink, Office, ProvenAddress, SignInLink, User
from app.users.rules import Role, Scope

PEOPLE_A_PAGE = 50


@dataclass(frozen=True)
class Place:
    """A village or a payee as an office needs it: number and name; a payee's kind and village too."""

    id: int
    name: str
    slug: str = ""
    kind: str = ""
    village_id: int | None = None


def normalise_email(text: str) -> str:
    """An e-mail address as it is kept: without spaces around it, in small letters."""
    return text.strip().casefold()


def normalise_address(text: str) -> str:
    """An address as it is proven, and as `codes.guest_key` knows a guest: e-mail in small letters, a phone number as
    E.164. Not folded further than that, or one mailbox would prove another's. Raises ValueError.
    """
    return text.strip().lower() if "@" in text else normalise_phone(text)


def find_user(user_id: int) -> User | None:
    """The person with that number."""
    return db.session.get(User, user_id)


def find_user_by_identity(text: str) -> User | None:
    """The person who signs in with this e-mail address or phone number, written in any of the usual ways."""
    if not text.isprintable():
        return None
    if "@" in text:
        return db.session.scalar(select(User).where(func.lower(User.email) == normalise_email(text)))
    try:
        phone = normalise_phone(text)
    except ValueError:
        return None
    return db.session.scalar(select(User).where(User.phone == phone))


def get_user_for_update(user_id: int) -> User:
    """The person, locked: two who change the same person's offices or links do it one after the other.

    Raises NotFound.
    """
    statement = select(User).where(User.id == user_id).with_for_update(of=User)
    user = db.session.scalar(statement.execution_options(populate_existing=True))
    if user is None:
        raise NotFound(_("There is no such person."))
    return user


def get_person(user_id: int, scope: Scope) -> User:
    """A person who holds or held an office within the scope. Raises NotFound, also for other people's people."""
    user = db.session.scalar(select(User).where(User.id == user_id, _is_reached(scope)))
    if user is None:
        raise NotFound(_("There is no such person."))
    return user


def list_people(
    scope: Scope, *, words: str = "", after: tuple[str, int] | None = None, limit: int = PEOPLE_A_PAGE
) -> list[User]:
    """People with an office within the scope, past ones too, by name; `after`: (name, id) of the last one seen."""
    statement = select(User).where(_is_reached(scope)).order_by(User.name, User.id).limit(limit)
    if words:
        pattern = "%" + words.casefold().replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
        texts = (User.name, User.email, User.phone)
        statement = statement.where(or_(*(func.lower(text).like(pattern, escape="\\") for text in texts)))
    if after is not None:
        name, number = after
        statement = statement.where(or_(User.name > name, and_(User.name == name, User.id > number)))
    return list(db.session.scalars(statement))


def list_office_holders(*, role: Role, payee_id: int | None, day: date) -> list[User]:
    """Active people who hold the role for a payee on a day; `payee_id` is None where it belongs to no payee."""
    query = (
        select(User)
        .join(Office, Office.user_id == User.id)
        .where(
            User.active.is_(True), Office.role == role, Office.payee_id == payee_id, Office.starts_on <= day
        )
        .where(or_(Office.ends_on.is_(None), Office.ends_on > day))
        .order_by(User.id)
        .distinct()
    )
    return list(db.session.scalars(query))


def get_office(office_id: int, scope: Scope) -> Office:
    """An office within the scope. Raises NotFound."""
    office = db.session.scalar(select(Office).where(Office.id == office_id, _reaches(scope)))
    if office is None:
        raise NotFound(_("There is no such office."))
    return office


def list_offices(user: User, scope: Scope) -> list[Office]:
    """A person's offices within the scope, newest first; what somebody does elsewhere is not ours to read."""
    return list_offices_of([user], scope)[user.id]


def list_offices_of(users: Iterable[User], scope: Scope) -> dict[int, list[Office]]:
    """The same for many people at once, by the person's number."""
    held: dict[int, list[Office]] = {user.id: [] for user in users}
    statement = select(Office).where(Office.user_id.in_(held), _reaches(scope))
    for office in db.session.scalars(statement.order_by(Office.starts_on.desc(), Office.id.desc())):
        held[office.user_id].append(office)
    return held


def find_open_link(token_hash: str) -> SignInLink | None:
    """A link that has not been used, whatever its time."""
    return db.session.scalar(
        select(SignInLink).where(SignInLink.token_hash == token_hash, SignInLink.used_at.is_(None))
    )


# Proven addresses


def list_proven_addresses(user_id: int) -> list[ProvenAddress]:
    """What an account has proven, oldest first."""
    query = (
        select(ProvenAddress)
        .where(ProvenAddress.user_id == user_id)
        .order_by(ProvenAddress.proven_at, ProvenAddress.id)
    )
    return list(db.session.scalars(query))


def find_address_owner(address: str) -> User | None:
    """The account that has proven an address, in its normal form."""
    return db.session.scalar(select(User).join(ProvenAddress).where(ProvenAddress.address == address))


def find_user_to_sign_in(text: str) -> User | None:
    """Who signs in with this e-mail address or phone number: somebody invited, else a guest who has proven it."""
    user = find_user_by_identity(text)
    if user is not None or not text.isprintable():
        return user
    try:
        owner = find_address_owner(normalise_address(text))
    except ValueError:
        return None
    return owner if owner is not None and owner.is_guest else None


def find_open_address_link(token_hash: str) -> AddressLink | None:
    """A link to an address that has not been used, whatever its time."""
    return db.session.scalar(
        select(AddressLink).where(AddressLink.token_hash == token_hash, AddressLink.used_at.is_(None))
    )


def count_address_links(address: str, *, since: datetime) -> int:
    """How many links were made for an address since then."""
    query = select(func.count(AddressLink.id)).where(
        AddressLink.address == address, AddressLink.created_at > since
    )
    return db.session.scalar(query) or 0


def lock_address_links(*wanted: ColumnElement[bool]) -> list[AddressLink]:
    """Links that match any of these, locked in one order: who proves, moves or gives up an address takes turns here."""
    query = select(AddressLink).where(or_(*wanted)).order_by(AddressLink.id).with_for_update()
    return list(db.session.scalars(query.execution_options(populate_existing=True)))


# Places


def list_villages(scope: Scope) -> list[Place]:
    """The villages within the scope, by name."""
    table = _table("villages")
    statement = select(table.c.id, table.c.name, table.c.slug).order_by(table.c.name)
    if not scope.everything:
        statement = statement.where(table.c.id.in_(scope.villages))
    return [Place(row.id, row.name, row.slug) for row in db.session.execute(statement)]


def find_village(slug: str) -> Place | None:
    """A village by the name in its address."""
    table = _table("villages")
    row = db.session.execute(
        select(table.c.id, table.c.name, table.c.slug).where(table.c.slug == slug)
    ).first()
    return Place(row.id, row.name, row.slug) if row else None


def list_payees(village_id: int, kinds: Iterable[str]) -> list[Place]:
    """The payees of those kinds in a village, by name."""
    table = _table("payees")
    statement = _payees().where(table.c.village_id == village_id, table.c.kind.in_(list(kinds)))
    return [Place(**row) for row in db.session.execute(statement.order_by(table.c.name)).mappings()]


def find_payee(payee_id: int) -> Place | None:
    """A payee by number."""
    row = db.session.execute(_payees().where(_table("payees").c.id == payee_id)).mappings().first()
    return Place(**row) if row else None


def names_of_places(offices: Iterable[Office]) -> dict[int, str]:
    """What each office (by number) is about: the payee's name, else the village's; left out where it is about all."""
    offices = list(offices)
    payees = _names("payees", {office.payee_id for office in offices})
    villages = _names("villages", {office.village_id for office in offices})
    named: dict[int, str] = {}
    for office in offices:
        parts = (payees.get(office.payee_id), villages.get(office.village_id))
        if any(parts):
            named[office.id] = ", ".join(part for part in parts if part)
    return named


def _names(table_name: str, ids: set[int | None]) -> dict[int | None, str]:
    table = _table(table_name)
    rows = db.session.execute(select(table.c.id, table.c.name).where(table.c.id.in_(ids - {None})))
    return {row.id: row.name for row in rows}


def _payees() -> Select[Any]:
    table = _table("payees")
    return select(table.c.id, table.c.name, table.c.kind, table.c.village_id)


def _table(name: str) -> FromClause:
    return Base.metadata.tables[name]


def _reaches(scope: Scope) -> ColumnElement[bool]:
    """Whether the scope reaches an office: through its village, or through the village of its payee."""
    if scope.everything:
        return true()
    if not scope.villages:
        return false()
    payees = _table("payees")
    own = select(payees.c.id).where(payees.c.village_id.in_(scope.villages))
    return or_(Office.village_id.in_(scope.villages), Office.payee_id.in_(own))


def _is_reached(scope: Scope) -> ColumnElement[bool]:
    """Whether a person is the scope's to see; a guest's account is nobody's but the guest's."""
    if scope.everything:
        return User.is_guest.is_(False)
    return User.id.in_(select(Office.user_id).where(_reaches(scope)))
