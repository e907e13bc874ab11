"""Guests' accounts: made by opening a link that was sent to an address, which proves that the address is theirs.

Whoever proves, gives up or deletes locks in one order: links of the addresses, people, addresses, each by number.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import delete, select, update

from app.core import audit, clock
from app.core.audit import AuditEntry
from app.core.codes import hash_token, new_token
from app.core.db import db
from app.core.errors import Conflict, NotFound, WrongState
from app.core.words import gettext as _
from app.users import queries
from app.users.models import AddressLink, ProvenAddress, SignInLink, User
from app.users.rules import ADDRESS_LINK_LIFE, DESK_LINK_LIFE, MOST_ADDRESS_LINKS


@dataclass(frozen=True)
class Arrival:
    """Whose account a link has opened; where an address was another account's, the e-mail address to tell it at."""

    user: User
    address: str
    link_id: int
    told_at: str | None = None
    former: User | None = None


def create_address_link(*, address: str, user_id: int | None, name: str, language: str) -> str | None:
    """The secret of a new one-time link for an address in its normal form; None after too many within an hour.

    `user_id`: who asked while signed in, to whom the address is added when they open it; `name`: of a new account.
    """
    now = clock.now()
    if queries.count_address_links(address, since=now - timedelta(hours=1)) >= MOST_ADDRESS_LINKS:
        return None
    token = new_token()
    life = ADDRESS_LINK_LIFE if "@" in address else DESK_LINK_LIFE
    link = AddressLink(
        address=address,
        user_id=user_id,
        name=name,
        language=language,
        token_hash=hash_token(token),
        created_at=now,
        expires_at=now + life,
    )
    db.session.add(link)
    return token


def find_address_link(*, token: str) -> AddressLink | None:
    """A link that still opens; None when it was used, has expired, or never was."""
    link = queries.find_open_address_link(hash_token(token))
    return link if link is not None and link.expires_at > clock.now() else None


def use_address_link(*, token: str, user_id: int | None) -> Arrival:
    """Prove an address by its one-time link; every other link to it is spent too. `user_id`: who is signed in here.

    To whoever asked for it and is signed in here the address is added, also where another account had it. For anybody
    else it opens the guest account that has the address, or makes one. Raises WrongState when the link is used up or
    has expired; Conflict where the address belongs to somebody with an office, who signs in with a password.
    """
    link = _spend(token)
    owner = queries.find_address_owner(link.address)
    if link.user_id is not None and link.user_id == user_id:
        return _add_address(link, owner)
    if owner is None:
        owner = _make_account(link)
        _write_address(owner.id, link.address)
        return Arrival(owner, link.address, link.id)
    owner = queries.get_user_for_update(owner.id)
    if not owner.is_guest:
        raise Conflict(
            _("This address belongs to an account with an office. Sign in with your password or PIN.")
        )
    if not owner.active:
        raise _over()
    return Arrival(owner, link.address, link.id)


def _spend(token: str) -> AddressLink:
    """The link of a token, used up now together with all others to its address. Raises WrongState."""
    token_hash, now = hash_token(token), clock.now()
    address = db.session.scalar(select(AddressLink.address).where(AddressLink.token_hash == token_hash))
    links = queries.lock_address_links(AddressLink.address == address) if address else []
    opened = next((one for one in links if one.token_hash == token_hash), None)
    if opened is None or opened.used_at is not None or opened.expires_at <= now:
        raise _over()
    for link in links:
        link.used_at = link.used_at or now
    return opened


def _over() -> WrongState:
    return WrongState(_("This link has been used or is too old. Ask for a new one."))


def _make_account(link: AddressLink) -> User:
    user = User(
        name=link.name,
        language=link.language,
        active=True,
        is_guest=True,
        fs_uniquifier=secrets.token_hex(16),
        login_count=0,
        failed_attempts=0,
        created_at=clock.now(),
        roles=[],
    )
    db.session.add(user)
    db.session.flush()
    return user


def _add_address(link: AddressLink, owner: User | None) -> Arrival:
    """Give the address to whoever asked. Where it was another's, that account loses it, and ends if it was its last."""
    assert link.user_id is not None
    people = {
        one: queries.get_user_for_update(one)
        for one in sorted({link.user_id, *([owner.id] if owner else [])})
    }
    user = people[link.user_id]
    if not user.active:
        raise _over()
    if owner is None or owner.id == user.id:
        if owner is None:
            _write_address(user.id, link.address)
        return Arrival(user, link.address, link.id)
    db.session.execute(
        update(ProvenAddress)
        .where(ProvenAddress.address == link.address)
        .values(user_id=user.id, proven_at=clock.now())
    )
    audit.record(action="address_moved", subject=f"user:{owner.id}", user_id=None, to=f"user:{user.id}")
    left = queries.list_proven_addresses(owner.id)
    if owner.is_guest and not left:
        _erase(owner.id)
        return Arrival(user, link.address, link.id)
    mails = [owner.email, *(one.address for one in left if one.is_email)]
    return Arrival(user, link.address, link.id, next(filter(None, mails), None), owner)


def _write_address(user_id: int, address: str) -> None:
    db.session.add(ProvenAddress(user_id=user_id, address=address, proven_at=clock.now()))
    db.session.flush()


def forget_address(*, user_id: int, address_id: int) -> None:
    """Take an address out of an account; its bookings are seen there no more.

    Raises NotFound where it is not this account's; WrongState for the last one of a guest, who deletes the account.
    """
    mine = {one.id: one for one in queries.list_proven_addresses(user_id)}
    if address_id not in mine:
        raise NotFound(_("There is no such address here."))
    queries.lock_address_links(AddressLink.address == mine[address_id].address)
    user = queries.get_user_for_update(user_id)
    if user.is_guest and len(queries.list_proven_addresses(user_id)) < 2:
        raise WrongState(_("This is the only address of your account. Delete the account instead."))
    _delete_address(user_id, address_id)


def _delete_address(user_id: int, address_id: int) -> None:
    gone = delete(ProvenAddress).where(ProvenAddress.id == address_id, ProvenAddress.user_id == user_id)
    db.session.execute(gone)


def end_sessions(*, user_id: int) -> None:
    """Sign somebody out wherever they are signed in. Raises NotFound."""
    queries.get_user_for_update(user_id).fs_uniquifier = secrets.token_hex(16)


def delete_guest_account(*, user_id: int) -> None:
    """Delete a guest's account: its addresses, links, password and sessions go; bookings stay, with their own links.

    Raises NotFound; WrongState for somebody who was invited: their offices have a history.
    """
    addresses = [one.address for one in queries.list_proven_addresses(user_id)]
    queries.lock_address_links(AddressLink.address.in_(addresses), AddressLink.user_id == user_id)
    user = queries.get_user_for_update(user_id)
    if not user.is_guest:
        raise WrongState(_("An account with an office is ended by whoever gave the office."))
    db.session.execute(delete(AddressLink).where(AddressLink.address.in_(addresses)))
    _erase(user.id)


def _erase(user_id: int) -> None:
    """Delete all that is about an account; what it did stays in the audit, by nobody."""
    db.session.flush()
    for table in (ProvenAddress, AddressLink, SignInLink):
        db.session.execute(delete(table).where(table.user_id == user_id))
    db.session.execute(update(AuditEntry).where(AuditEntry.user_id == user_id).values(user_id=None))
    db.session.execute(delete(User).where(User.id == user_id))
    audit.record(action="guest_account_deleted", subject=f"user:{user_id}", user_id=None)
