"""What banks and the QRIS provider kept for themselves."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import select

from app.bookings.models import BankFee
from app.core.db import db
from app.revenue.models import Payee


def find_bank_fee(fingerprint: str) -> BankFee | None:
    """The fee that this line of a bank statement said."""
    return db.session.scalars(select(BankFee).where(BankFee.fingerprint == fingerprint)).one_or_none()


def booked_fees(fingerprints: Iterable[str]) -> set[str]:
    """Which of these lines of bank statements were booked as fees."""
    query = select(BankFee.fingerprint).where(BankFee.fingerprint.in_(list(fingerprints)))
    return {str(one) for one in db.session.scalars(query)}


def list_bank_fees(accounts: Iterable[str], *, limit: int = 50) -> list[tuple[BankFee, Payee]]:
    """Fees of some accounts (their codes) and who bore each, the newest day first."""
    keepers = [f"{kind}:{code}" for code in accounts for kind in ("bank", "qris")]
    query = (
        select(BankFee, Payee).join(Payee, Payee.id == BankFee.payee_id).where(BankFee.keeper.in_(keepers))
    )
    rows = db.session.execute(query.order_by(BankFee.booked_on.desc(), BankFee.id.desc()).limit(limit))
    return [(fee, payee) for fee, payee in rows]
