"""What runners do who open links to one address at the same moment."""

from __future__ import annotations

from sqlalchemy import select

from app.core import clock
from app.core.codes import hash_token
from app.core.db import db, transaction
from app.users import services
from app.users.models import AddressLink, ProvenAddress, User
from app.users.rules import ADDRESS_LINK_LIFE


def open_link(token: str, user_id: int | None) -> int:
    """Open a link, signed in or not: whose account it was."""
    with transaction():
        return services.use_address_link(token=token, user_id=user_id).user.id


def delete_account(user_id: int) -> None:
    """Delete a guest's account."""
    with transaction():
        services.delete_guest_account(user_id=user_id)


def open_carelessly(token: str) -> int:
    """The control: whether the address has an owner is looked up before the transaction, and no link is locked."""
    link = db.session.scalars(select(AddressLink).where(AddressLink.token_hash == hash_token(token))).one()
    address = link.address
    owner = db.session.scalar(select(ProvenAddress.user_id).where(ProvenAddress.address == address))
    db.session.rollback()
    with transaction():
        if owner is not None:
            return owner
        user = User(
            name="Guest",
            language="en",
            active=True,
            is_guest=True,
            fs_uniquifier=token[:32],
            login_count=0,
            failed_attempts=0,
            created_at=clock.now() - ADDRESS_LINK_LIFE,
            roles=[],
        )
        db.session.add(user)
        db.session.flush()
        db.session.add(ProvenAddress(user_id=user.id, address=f"{address}:{user.id}", proven_at=clock.now()))
        return user.id
