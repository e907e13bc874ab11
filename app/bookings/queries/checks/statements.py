"""Bank lines against receipts, and money under review against the books."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select

from app.bookings.models import BankLine, ReviewDecision
from app.bookings.queries.checks.base import verdict
from app.bookings.queries.disputes import excess_returned
from app.bookings.rules import Decision
from app.core.db import db
from app.core.filters import rupiah
from app.ledger.queries import Check, keeper_balances
from app.payments.models import Receipt, Refund


def statement_checks() -> list[Check]:
    """Every line has its receipt; what is under review stands apart until somebody decided, and no longer."""
    receipts = {one.id: one for one in db.session.scalars(select(Receipt))}
    return [_lines_have_receipts(receipts), _reviews_stand_apart(receipts), _decisions_hold(receipts)]


def _lines_have_receipts(receipts: dict[int, Receipt]) -> Check:
    """One receipt for each line, of its account and amount, and none for two lines."""
    lines = db.session.scalars(select(BankLine).order_by(BankLine.id)).all()
    seen: set[int] = set()
    breaches = []
    for line in lines:
        receipt = receipts.get(line.receipt_id or 0)
        if receipt is None or receipt.id in seen:
            breaches.append(f"line {line.id}: has no receipt of its own")
            continue
        seen.add(receipt.id)
        if (receipt.keeper, receipt.amount) != (f"bank:{line.account}", line.amount):
            breaches.append(f"line {line.id}: {rupiah(line.amount)}, receipt {receipt.id} says otherwise")
    return verdict("every bank line has its receipt", f"{len(lines)} lines", breaches)


def _reviews_stand_apart(receipts: dict[int, Receipt]) -> Check:
    """What came in too much and nobody decided on is in its account, whole, with whoever received it."""
    decided = set(db.session.scalars(select(ReviewDecision.receipt_id)))
    standing = {row.code: (row.amount, row.keeper) for row in keeper_balances("review")}
    waiting = [one for one in receipts.values() if one.excess and one.id not in decided]
    breaches = [
        f"receipt {one.id}: {rupiah(one.excess)} is not under review"
        for one in waiting
        # What ended gives all of it back, and a card gets back what was too much, without anybody deciding.
        if standing.get(f"review:{one.id}", (0, one.keeper))
        != (one.excess - excess_returned(one.id), one.keeper)
    ]
    breaches += [f"receipt {key}: decided, and still under review" for key in _still(decided, standing)]
    return verdict("money under review is in its account", f"{len(standing)} under review", breaches)


def _still(decided: set[int], standing: dict[str, tuple[int, str]]) -> Sequence[int]:
    return [key for key in sorted(decided) if f"review:{key}" in standing]


def _decisions_hold(receipts: dict[int, Receipt]) -> Check:
    """What was decided moved what was too much, to a receipt or a refund of the same amount."""
    rows = db.session.scalars(select(ReviewDecision).order_by(ReviewDecision.id)).all()
    refunds = {one.id: one.amount for one in db.session.scalars(select(Refund))}
    breaches = []
    for row in rows:
        if row.amount != receipts[row.receipt_id].excess:
            breaches.append(f"decision {row.id}: {rupiah(row.amount)} is not what was too much")
        if row.kind == Decision.ASSIGNED and receipts[row.new_receipt_id or 0].amount != row.amount:
            breaches.append(f"decision {row.id}: receipt {row.new_receipt_id} has another amount")
        if row.kind == Decision.OWED_BACK and refunds[row.refund_id or 0] != row.amount:
            breaches.append(f"decision {row.id}: refund {row.refund_id} has another amount")
    return verdict("decisions moved what was under review", f"{len(rows)} decisions", breaches)
