"""Vouchers and credits, by their codes and as staff see them."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import ColumnElement, case, func, or_, select
from sqlalchemy.orm import selectinload

from app.bookings.models import Booking, Credit, Voucher
from app.core import codes
from app.core.db import db
from app.core.errors import NotFound
from app.core.money import Rupiah
from app.core.words import gettext as _
from app.payments.models import Receipt, Refund
from app.revenue.models import Payee
from app.revenue.rules import PayeeKind
from app.users.rules import Scope


def find_voucher(code: str) -> Voucher | None:
    """A voucher by its code, however it was typed."""
    return db.session.scalars(
        select(Voucher).where(Voucher.code == normal_code(code)).options(selectinload(Voucher.counter))
    ).one_or_none()


def find_credit(code: str) -> Credit | None:
    """A credit by its code, however it was typed."""
    return db.session.scalars(
        select(Credit).where(Credit.code == normal_code(code)).options(selectinload(Credit.counter))
    ).one_or_none()


def normal_code(text: str) -> str:
    """A code as it is kept: capitals and digits alone, whatever stands between them."""
    return "".join(char for char in text.upper() if char.isascii() and char.isalnum())[:20]


def new_voucher_code() -> str:
    """A code that neither a voucher nor a credit has: not to be guessed."""
    code = codes.new_code() + codes.new_code()
    while find_voucher(code) or find_credit(code):
        code = codes.new_code() + codes.new_code()
    return code


def list_vouchers(scope: Scope, limit: int = 100) -> Sequence[Voucher]:
    """Vouchers whose bearer the scope reaches, newest first."""
    query = select(Voucher).join(Payee, Payee.id == Voucher.payee_id).where(_reached(Payee.village_id, scope))
    query = query.options(selectinload(Voucher.counter)).order_by(Voucher.id.desc()).limit(limit)
    return db.session.scalars(query).all()


def list_credits(scope: Scope, limit: int = 100) -> Sequence[Credit]:
    """Credits that the scope's villages gave out, newest first."""
    query = select(Credit).where(_reached(Credit.village_id, scope)).options(selectinload(Credit.counter))
    return db.session.scalars(query.order_by(Credit.id.desc()).limit(limit)).all()


def lock_voucher(voucher_id: int, scope: Scope) -> Voucher:
    """A voucher whose bearer the scope reaches, locked. Raises NotFound."""
    query = select(Voucher).join(Payee, Payee.id == Voucher.payee_id).where(Voucher.id == voucher_id)
    query = query.where(_reached(Payee.village_id, scope)).with_for_update(of=Voucher)
    voucher = db.session.scalars(query).one_or_none()
    if voucher is None:
        raise NotFound(_("There is no such voucher here."))
    return voucher


def lock_credit(credit_id: int, scope: Scope) -> Credit:
    """A credit that the scope's villages gave out, locked. Raises NotFound."""
    query = select(Credit).where(Credit.id == credit_id, _reached(Credit.village_id, scope)).with_for_update()
    credit = db.session.scalars(query).one_or_none()
    if credit is None:
        raise NotFound(_("There is no such credit here."))
    return credit


def list_bearers(scope: Scope) -> list[tuple[int, str]]:
    """The parties that may bear a voucher of the scope's: (number, name), by name. A village decides on what is its own
    or its BUMDes'; a host's or maker's share is not its to give.
    """
    query = select(Payee.id, Payee.name).where(_reached(Payee.village_id, scope))
    if not scope.everything:
        query = query.where(Payee.kind.in_([PayeeKind.BUMDES, PayeeKind.VILLAGE_CASH]))
    query = query.order_by(Payee.name, Payee.id)
    return [(key, name) for key, name in db.session.execute(query)]


def spent_of_credit(booking: Booking) -> Rupiah:
    """What of a credit was spent on a booking and has not come back, in rupiah."""
    mine = Receipt.reference == booking.reference, Receipt.credit_id.is_not(None)
    spent = db.session.scalar(select(func.coalesce(func.sum(Receipt.applied), 0)).where(*mine))
    back = select(func.coalesce(func.sum(Refund.amount), 0)).join(Receipt, Receipt.id == Refund.receipt_id)
    return int(spent or 0) - int(db.session.scalar(back.where(*mine)) or 0)


def promised_amount() -> ColumnElement[int]:
    """An SQL expression on Booking: what of a credit lies ready while it is held."""
    return case((Booking.state == "held", Booking.credit_amount), else_=0)


def _reached(village_id: object, scope: Scope) -> ColumnElement[bool]:
    column: ColumnElement[int] = village_id  # type: ignore[assignment]
    return or_(scope.everything, column.in_(scope.villages))  # type: ignore[arg-type]
