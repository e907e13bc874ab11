"""The second click. Only a success is remembered, for good, by route and key, in the work's own transaction."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime
from typing import Any

from sqlalchemy import String, UniqueConstraint, select, update
from sqlalchemy.orm import Mapped, mapped_column

from app.core import clock
from app.core.db import Base, Instant, Keyed, db, insert_into
from app.core.errors import Conflict, Invalid
from app.core.words import gettext as _


class IdempotencyKey(Keyed, Base):
    """A key under which something succeeded, and what came of it."""

    __tablename__ = "idempotency_keys"
    __table_args__ = (UniqueConstraint("route", "key"),)

    route: Mapped[str] = mapped_column(String(120))
    key: Mapped[str] = mapped_column(String(200))
    digest: Mapped[str] = mapped_column(String(64))
    reference: Mapped[str | None] = mapped_column(String(80))
    created_at: Mapped[datetime] = mapped_column(Instant)


def digest_of(body: Any) -> str:
    """What makes two requests the same: the SHA-256 of their canonical JSON."""
    text = json.dumps(body, sort_keys=True, separators=(",", ":"), default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def claim(*, route: str, key: str, digest: str) -> str | None:
    """First statement of the transaction: None when the work is ours to do, else the reference of the first success.

    Two at once: the second waits here for the first. Raises Conflict (`idempotency_conflict`) when the key came with
    another body, Invalid for an unusable key.
    """
    if not 1 <= len(key) <= 200 or not key.isprintable():
        raise Invalid(_("The Idempotency-Key must have 1 to 200 printable characters."))
    table = IdempotencyKey.__table__
    row = {"route": route, "key": key, "digest": digest, "created_at": clock.now()}
    insert = insert_into(table).values(row).on_conflict_do_nothing(index_elements=["route", "key"])
    if db.session.execute(insert.returning(table.c.id)).first() is not None:
        return None
    known = db.session.execute(
        select(IdempotencyKey.digest, IdempotencyKey.reference).where(
            IdempotencyKey.route == route, IdempotencyKey.key == key
        )
    ).one()
    if known.digest != digest:
        raise Conflict(_("This key was used for another request."), code="idempotency_conflict")
    return known.reference or ""


def remember(*, route: str, key: str, reference: str) -> None:
    """Last statement of the work: what the key led to."""
    db.session.execute(
        update(IdempotencyKey)
        .where(IdempotencyKey.route == route, IdempotencyKey.key == key)
        .values(reference=reference)
    )
