"""Two villages with their people, for tests about who may do what: what is A's is foreign to B."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.db import db, transaction
from app.revenue.models import Payee
from app.revenue.rules import PayeeKind
from app.users import services
from app.users.models import Office, User
from app.users.rules import ALL_VILLAGES_ROLES, PAYEE_ROLES, Role
from app.villages.models import Village
from tests.machinery.clients import Visitor

SECRET = "kopi-susu-pagi"
PHONE = "+6281234567890"

Door = Callable[[int], Visitor]
"""Given somebody's number: a browser in which they are signed in."""


@dataclass(frozen=True)
class Corner:
    """One village and one payee of each kind in it, by number."""

    village: int
    slug: str
    payees: dict[Role, int]


@dataclass(frozen=True)
class World:
    """Village A, and village B beside it."""

    a: Corner
    b: Corner


def make_world(app: Flask) -> World:
    """Write both villages."""
    with app.app_context(), transaction():
        return World(_corner("alpha", "3301"), _corner("beta", "3302"))


def _corner(slug: str, bps_code: str) -> Corner:
    village = Village(
        slug=slug,
        name=slug.capitalize(),
        bps_code=bps_code,
        latitude=-7.6,
        longitude=110.2,
        bumdes=f"BUMDes {slug}",
        bumdes_is_sample=True,
        temple_metres=1000,
        temple_minutes=5,
        temple_is_estimate=True,
    )
    db.session.add(village)
    db.session.flush()
    payees = {}
    for role in sorted(PAYEE_ROLES):
        payee = Payee(kind=PayeeKind(role.value), name=f"Sample {role} {slug}", village_id=village.id)
        db.session.add(payee)
        db.session.flush()
        payees[role] = payee.id
    return Corner(village.id, slug, payees)


def make_person(
    app: Flask,
    name: str,
    *offices: tuple[Role, Corner | None],
    password: str | None = None,
    phone: str | None = None,
) -> int:
    """Somebody with an e-mail address after their name, and offices that began today. Their number."""
    with app.app_context(), transaction():
        email = f"{name}@sample.example"
        user = services.create_user(name=name.capitalize(), email=email, phone=phone, password=password)
        for role, corner in offices:
            give(user, role, corner)
        return user.id


def make_guest_account(app: Flask, address: str) -> int:
    """A guest who has proven an address. Their number."""
    with app.app_context(), transaction():
        token = services.create_address_link(address=address, user_id=None, name="Guest", language="en")
        assert token is not None
        return services.use_address_link(token=token, user_id=None).user.id


def give(user: User, role: Role, corner: Corner | None) -> Office:
    """Give an office in the running transaction, as the operator."""
    place = {}
    if role not in ALL_VILLAGES_ROLES:
        assert corner is not None
        place = {"payee_id": corner.payees[role]} if role in PAYEE_ROLES else {"village_id": corner.village}
    return services.give_office(user_id=user.id, role=role, **place)


def sign_in(app: Flask, client: FlaskClient, user_id: int) -> FlaskClient:
    """Be signed in without typing: what the cookie says after a sign-in, and nothing else."""
    with app.app_context():
        user = db.session.get(User, user_id)
        assert user is not None
        uniquifier = user.fs_uniquifier
    with client.session_transaction() as cookie:
        cookie["_user_id"] = uniquifier
        cookie["_fresh"] = True
    return client


def office_ids(app: Flask, user_id: int) -> list[int]:
    """The numbers of a person's offices."""
    with app.app_context():
        user = db.session.get(User, user_id)
        assert user is not None
        return [office.id for office in user.roles]


def new(name: str, /, **values: str) -> User:
    """An account in the running transaction."""
    return services.create_user(**({"name": name, "email": f"{name}@sample.example"} | values))


def held(session: Session, user_id: int) -> User:
    """A person as the database knows them now."""
    session.expire_all()
    user = session.get(User, user_id)
    assert user is not None
    return user


def a_user(app: Flask, user_id: int) -> User:
    """The same from outside of a session."""
    with app.app_context():
        return held(db.session, user_id)


def find(app: Flask, **where: object) -> User:
    """The one person of that kind."""
    with app.app_context():
        return db.session.scalars(select(User).filter_by(**where)).one()


def try_in(visitor: Visitor, who: str, secret: str = SECRET, path: str = "/login") -> Visitor:
    """Sign in as a person does."""
    return visitor.open(path).submit("/login", identity=who, password=secret)


def is_in(visitor: Visitor) -> bool:
    """Whether somebody is signed in."""
    return visitor.client.get("/account").status_code == 200


def shown_link(visitor: Visitor) -> str:
    """The one-time link that stands on the page."""
    found = re.search(r"/account/link/[\w-]+", visitor.text)
    assert found is not None, visitor.text
    return found[0]
