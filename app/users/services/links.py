"""One-time links: how somebody gets, or gets back, a password or a PIN without e-mail."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import delete, update

from app.core import audit, clock
from app.core.codes import hash_token, new_token
from app.core.db import db
from app.core.errors import Forbidden, WrongState
from app.core.words import gettext as _
from app.users import queries
from app.users.models import AddressLink, SignInLink, User
from app.users.rules import LINK_LIFE, may_open_account
from app.users.services.accounts import set_password


def create_sign_in_link(*, user_id: int, made_by_id: int | None) -> str:
    """The secret of a new one-time link with which this person sets a password or a PIN; earlier ones stop working.

    Without `made_by_id` it is the operator's. Raises NotFound; Forbidden where one of the person's offices is not the
    maker's to give, for then the link would open more than the maker has.
    """
    user = queries.get_user_for_update(user_id)
    if made_by_id is not None and not may_make_link(user=user, made_by_id=made_by_id):
        raise Forbidden(_("A link for this person has to come from somebody else."))
    now = clock.now()
    _spend_links(user.id)
    token = new_token()
    db.session.add(
        SignInLink(
            user_id=user.id, token_hash=hash_token(token), made_by_id=made_by_id, expires_at=now + LINK_LIFE
        )
    )
    audit.record(action="sign_in_link_made", subject=f"user:{user.id}", user_id=made_by_id)
    return token


def may_make_link(*, user: User, made_by_id: int) -> bool:
    """Whether somebody may make a link for a person: not for themselves, and only when they could have given every
    office that the person holds or will hold.
    """
    maker = queries.find_user(made_by_id)
    if maker is None or maker.id == user.id or user.is_guest:
        return False
    today = clock.today()
    offices = [(office.role, office.village_id) for office in user.roles if not office.is_over(today)]
    return may_open_account(maker.held(), offices)


def find_link_owner(*, token: str) -> User | None:
    """Whose password a link may set now; None when it was used, has expired, or never was."""
    link = queries.find_open_link(hash_token(token))
    if link is None or link.expires_at <= clock.now():
        return None
    user = queries.find_user(link.user_id)
    return user if user is not None and user.active else None


def use_sign_in_link(*, token: str, password: str) -> User:
    """Set the password or PIN through a one-time link. Two at once: one wins, the other is told.

    Raises WrongState when the link is used up or has expired, Invalid for a secret that will not do (the link stays).
    """
    now = clock.now()
    taken = (
        update(SignInLink)
        .where(
            SignInLink.token_hash == hash_token(token),
            SignInLink.used_at.is_(None),
            SignInLink.expires_at > now,
        )
        .values(used_at=now)
        .returning(SignInLink.user_id)
    )
    user_id = db.session.execute(taken).scalar()
    user = queries.find_user(user_id) if user_id is not None else None
    if user is None or not user.active:
        raise WrongState(_("This link has been used or is too old. Ask for a new one."))
    _spend_links(user.id)
    return set_password(user_id=user.id, password=password, by_user_id=user.id)


def forget_dead_links() -> int:
    """Delete links that nobody can use any more; gives how many. Those to addresses are counted for an hour first."""
    now = clock.now()
    dead = delete(SignInLink).where(SignInLink.expires_at <= now).returning(SignInLink.id)
    sent = delete(AddressLink).where(
        AddressLink.expires_at <= now, AddressLink.created_at <= now - timedelta(hours=1)
    )
    return sum(len(db.session.execute(one).all()) for one in (dead, sent.returning(AddressLink.id)))


def _spend_links(user_id: int) -> None:
    statement = update(SignInLink).where(SignInLink.user_id == user_id, SignInLink.used_at.is_(None))
    db.session.execute(statement.values(used_at=clock.now()))
