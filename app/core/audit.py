"""Who did what, to which thing, and why. Money moves and exceptions need a row here."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from app.core import clock
from app.core.db import Base, Instant, Key, Keyed, db


class AuditEntry(Keyed, Base):
    """One act by a person, or by a job (no user)."""

    __tablename__ = "audit_entries"
    __table_args__ = (Index("ix_audit_entries_subject", "subject", "id"),)

    at: Mapped[datetime] = mapped_column(Instant)
    user_id: Mapped[int | None] = mapped_column(Key, ForeignKey("users.id"))
    action: Mapped[str] = mapped_column(String(60))
    subject: Mapped[str] = mapped_column(String(80))
    reason: Mapped[str | None] = mapped_column(Text)
    details: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)


def record(
    *, action: str, subject: str, user_id: int | None, reason: str | None = None, **details: Any
) -> None:
    """Write an audit row in the running transaction. `subject` is a reference such as `booking:HX3K9PT`."""
    entry = AuditEntry(
        at=clock.now(), user_id=user_id, action=action, subject=subject, reason=reason, details=details
    )
    db.session.add(entry)
