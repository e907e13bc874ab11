"""Accounts: people who sign in, their passwords and PINs, and what happens after wrong ones."""

from __future__ import annotations

import secrets

from flask_security import hash_password
from sqlalchemy import update
from sqlalchemy.exc import IntegrityError

from app.core import audit, clock
from app.core.db import db, savepoint
from app.core.errors import Conflict, Invalid
from app.core.forms import normalise_phone
from app.core.words import LANGUAGES
from app.core.words import gettext as _
from app.users import queries
from app.users.models import User
from app.users.rules import SecretFault, fault_of_secret, normalise_secret, pause_after


def create_user(
    *,
    name: str,
    email: str | None = None,
    phone: str | None = None,
    password: str | None = None,
    language: str = "id",
) -> User:
    """The person who signs in with this e-mail or phone; made if there is none yet.

    Somebody known is given back as he is: nothing about him changes, or a new e-mail would be a way into his account.
    Raises Invalid without a name, an e-mail or a phone, Conflict when e-mail and phone belong to two people.
    """
    email, phone = _reachable_at(email, phone)
    known = [user for user in map(queries.find_user_by_identity, filter(None, (email, phone))) if user]
    if len({user.id for user in known}) > 1:
        raise Conflict(_("The e-mail address and the phone number belong to two different people."))
    if known:
        return known[0]
    if not name.strip():
        raise Invalid(_("A name is needed."), errors=[("name", _("A name is needed."))])
    user = User(
        name=name.strip(),
        email=email,
        phone=phone,
        password=hash_password(normalise_secret(password)) if password else None,
        language=language if language in LANGUAGES else LANGUAGES[0],
        active=True,
        fs_uniquifier=secrets.token_hex(16),
        login_count=0,
        failed_attempts=0,
        created_at=clock.now(),
        roles=[],
    )
    try:
        with savepoint():
            db.session.add(user)
    except IntegrityError:
        raise Conflict(_("This person was just added. Look again at the list.")) from None
    return user


def _reachable_at(email: str | None, phone: str | None) -> tuple[str | None, str | None]:
    email = queries.normalise_email(email) if email and email.strip() else None
    try:
        phone = normalise_phone(phone) if phone and phone.strip() else None
    except ValueError as error:
        raise Invalid(str(error), errors=[("phone", str(error))]) from None
    if email is None and phone is None:
        text = _("An e-mail address or a phone number is needed to sign in.")
        raise Invalid(text, errors=[("contact", text)])
    return email, phone


def set_password(*, user_id: int, password: str, by_user_id: int | None = None) -> User:
    """Set a password or a PIN. Whoever was signed in as this person no longer is; waiting after wrong tries is over.

    Raises NotFound; Invalid for one that is too short or too easy.
    """
    user = queries.get_user_for_update(user_id)
    secret = normalise_secret(password)
    _check_secret(user, secret)
    user.password = hash_password(secret)
    user.fs_uniquifier = secrets.token_hex(16)
    user.failed_attempts, user.locked_until = 0, None
    audit.record(action="password_set", subject=f"user:{user.id}", user_id=by_user_id)
    return user


def fault_of_choice(*, user: User, password: str) -> SecretFault | None:
    """What is wrong with a password or PIN that this person chose, with what others know about them in mind."""
    ways = [user.phone, *(one.address for one in queries.list_proven_addresses(user.id))]
    national = ["0" + way.removeprefix("+62") for way in ways if way]
    return fault_of_secret(password, user.email, user.name, *ways, *national)


def _check_secret(user: User, password: str) -> None:
    fault = fault_of_choice(user=user, password=password)
    if fault is not None:
        raise Invalid(_("Choose another password or PIN."), errors=[("password", fault.value)])


def count_failed_sign_in(*, user_id: int) -> None:
    """One wrong try more; after too many, signing in rests for a while. For a number nobody has, nothing happens."""
    counted = (
        update(User)
        .where(User.id == user_id)
        .values(failed_attempts=User.failed_attempts + 1)
        .returning(User.failed_attempts)
    )
    failures = db.session.execute(counted).scalar()
    pause = pause_after(failures or 0)
    if pause:
        db.session.execute(update(User).where(User.id == user_id).values(locked_until=clock.now() + pause))


def change_language(*, user_id: int, language: str) -> None:
    """Which language messages to this person are written in. Raises NotFound; Invalid for one we do not have."""
    if language not in LANGUAGES:
        raise Invalid(_("Choose one of the languages."), errors=[("language", _("unknown language"))])
    queries.get_user_for_update(user_id).language = language
