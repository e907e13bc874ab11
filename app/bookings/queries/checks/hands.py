"""Money on its way between hands: QRIS received and sent on, cash handed over, what banks kept for themselves."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import select

from app.bookings.models import BankFee, CashHandover, QrisSettlement
from app.bookings.queries.checks.base import Moved, moved_under, verdict
from app.core.db import db
from app.core.filters import rupiah
from app.core.money import Rupiah
from app.ledger.queries import Check
from app.payments.models import Receipt
from app.payments.rules import PaymentMethod


def hands_checks() -> list[Check]:
    """What went from hand to hand against the books."""
    return [_qris_has_a_fee(), _settlements_are_booked(), _handovers_are_booked(), _bank_fees_are_booked()]


def moved_between() -> Iterator[tuple[str, Rupiah]]:
    """By how much each keeper has more, or less, in rupiah, for what went between hands or to a bank."""
    for settled in db.session.scalars(select(QrisSettlement)):
        yield f"bank:{settled.account}", settled.amount
        yield f"qris:{settled.account}", -settled.amount
    for handed in db.session.scalars(select(CashHandover).where(CashHandover.counted.is_not(None))):
        yield handed.giver, -handed.amount
        yield handed.receiver, handed.counted or 0
    for fee in db.session.scalars(select(BankFee)):
        yield fee.keeper, -fee.amount


def _qris_has_a_fee() -> Check:
    """Money by QRIS lies with QRIS, was seen under a reference, and what was kept of it is known."""
    rows = db.session.scalars(select(Receipt).order_by(Receipt.id)).all()
    by_qris = [one for one in rows if one.method == PaymentMethod.QRIS]
    breaches = [
        f"receipt {one.id} of {one.reference}: with {one.keeper}, reference {one.qris_reference}, fee {one.fee}"
        for one in rows
        if (one.method == PaymentMethod.QRIS) != one.keeper.startswith("qris:")
        or (one in by_qris and (one.qris_reference is None or one.fee is None))
    ]
    return verdict("money by QRIS has its reference and fee", f"{len(by_qris)} receipts", breaches)


def _settlements_are_booked() -> Check:
    """Each lies with the bank, which owes it to those whose money QRIS held, once."""
    booked = moved_under("qris-settled", QrisSettlement.id)
    rows = db.session.scalars(select(QrisSettlement).order_by(QrisSettlement.id)).all()
    breaches = [
        f"settlement {row.id} of {row.account}: not booked as written"
        for row in rows
        if booked.get(row.id, {}) != _settled(row)
    ]
    return verdict("every QRIS settlement is booked once", f"{len(rows)} settlements", breaches)


def _settled(row: QrisSettlement) -> Moved:
    bank, qris = f"bank:{row.account}", f"qris:{row.account}"
    return {
        (f"held:{bank}", f"between:{qris}", bank): row.amount,
        (f"between:{bank}", f"held:{qris}", qris): row.amount,
    }


def _handovers_are_booked() -> Check:
    """What was counted lies with who took it; what was given has left the box, a difference standing apart by name."""
    booked = moved_under("handover", CashHandover.id)
    rows = db.session.scalars(select(CashHandover).order_by(CashHandover.id)).all()
    breaches = [
        f"handing over {row.id} from {row.giver}: not booked as written"
        for row in rows
        if booked.get(row.id, {}) != _handed(row)
    ]
    done = sum(row.amount for row in rows if row.counted is not None)
    return verdict(
        "every handing over of cash is booked once",
        f"{len(rows)} times, {rupiah(done)}",
        breaches,
    )


def _handed(row: CashHandover) -> Moved:
    if row.counted is None:
        return {}
    giver, receiver, counted = row.giver, row.receiver, row.counted
    missing, apart = row.amount - counted, f"difference:{row.giver}"
    wanted: Moved = {
        (f"held:{receiver}", f"between:{giver}", receiver): counted,
        (f"between:{receiver}", f"held:{giver}", giver): counted,
        (apart, f"held:{giver}", giver): missing,
        (f"held:{giver}", apart, giver): -missing,
    }
    return {way: amount for way, amount in wanted.items() if amount > 0}


def _bank_fees_are_booked() -> Check:
    """Each from who bears it to the hands that it left, once."""
    booked = moved_under("bank-fee", BankFee.id)
    rows = db.session.scalars(select(BankFee).order_by(BankFee.id)).all()
    breaches = [
        f"bank fee {row.id} of {row.keeper}: not booked as written"
        for row in rows
        if booked.get(row.id, {})
        != {(f"payee:{row.payee_id}:payable", f"held:{row.keeper}", row.keeper): row.amount}
    ]
    total = sum(row.amount for row in rows)
    return verdict("every bank fee is booked once", f"{len(rows)} fees, {rupiah(total)}", breaches)
