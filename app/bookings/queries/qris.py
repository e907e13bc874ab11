"""What the QRIS provider sent on to bank accounts."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import select

from app.bookings.models import QrisSettlement
from app.core.db import db


def find_settlement(*, account: str, reference: str) -> QrisSettlement | None:
    """What arrived on an account (its code) under the bank's reference."""
    is_it = QrisSettlement.account == account, QrisSettlement.reference == reference
    return db.session.scalars(select(QrisSettlement).where(*is_it)).one_or_none()


def list_settlements(accounts: Iterable[str], *, limit: int = 50) -> list[QrisSettlement]:
    """What arrived on some accounts (their codes), the newest first."""
    query = select(QrisSettlement).where(QrisSettlement.account.in_(list(accounts)))
    return list(db.session.scalars(query.order_by(QrisSettlement.id.desc()).limit(limit)))
