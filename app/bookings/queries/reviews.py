"""Money that came and belongs to nobody yet: too much for its booking, or a bank's line that no rule could place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import and_, func, or_, select

from app.bookings.models import BankLine, Booking, ReviewDecision
from app.bookings.queries.bookings import reached_by, whole_bookings
from app.core.db import db
from app.core.errors import NotFound
from app.core.money import Rupiah
from app.core.words import gettext as _
from app.ledger.queries import keeper_balances
from app.payments.models import Receipt, Refund
from app.payments.rules import RefundState
from app.users.rules import Scope
from app.villages.queries import list_bank_accounts

LINE = "line:"
"""How receipts of bank lines that belong to no booking are referred to."""


@dataclass(frozen=True)
class Review:
    """Money under review, in rupiah, with the receipt it came with; its booking, the bank's line, or both."""

    receipt: Receipt
    amount: Rupiah
    booking: Booking | None
    line: BankLine | None


def list_reviews(scope: Scope) -> list[Review]:
    """All that waits for a decision within the scope, oldest first. What the books say is what counts."""
    standing = {int(row.code.partition(":")[2]): row.amount for row in keeper_balances("review")}
    query = select(Receipt).where(Receipt.id.in_(standing)).order_by(Receipt.id)
    receipts = list(db.session.scalars(query))
    bookings, lines, keepers = _bookings_of(receipts, scope), _lines_of(receipts), _keepers(scope)
    return [
        Review(receipt, standing[receipt.id], bookings.get(receipt.reference), lines.get(receipt.id))
        for receipt in receipts
        if receipt.reference in bookings or (receipt.reference.startswith(LINE) and receipt.keeper in keepers)
    ]


def get_review(receipt_id: int, scope: Scope) -> Review:
    """Money under review by its receipt. Raises NotFound where there is none, or none any more."""
    found = next((one for one in list_reviews(scope) if one.receipt.id == receipt_id), None)
    if found is None:
        raise NotFound(_("Nothing waits for a decision here."))
    return found


def find_decision(receipt_id: int) -> ReviewDecision | None:
    """What was decided on the money of a receipt."""
    query = select(ReviewDecision).where(ReviewDecision.receipt_id == receipt_id)
    return db.session.scalars(query).one_or_none()


def list_decisions(scope: Scope, *, limit: int = 20) -> list[tuple[ReviewDecision, Receipt]]:
    """What was decided lately on money within the scope, newest first."""
    booked = select(Booking.id).where(Receipt.reference == "booking:" + Booking.code, reached_by(scope))
    of_line = and_(Receipt.reference.startswith(LINE), Receipt.keeper.in_(_keepers(scope)))
    query = (
        select(ReviewDecision, Receipt)
        .join(Receipt, Receipt.id == ReviewDecision.receipt_id)
        .where(or_(booked.exists(), of_line))
        .order_by(ReviewDecision.id.desc())
        .limit(limit)
    )
    return [(decision, receipt) for decision, receipt in db.session.execute(query)]


def decided_by_receipt(receipt_ids: Sequence[int]) -> dict[int, ReviewDecision]:
    """What was decided, by receipt."""
    rows = db.session.scalars(select(ReviewDecision).where(ReviewDecision.receipt_id.in_(receipt_ids)))
    return {row.receipt_id: row for row in rows}


def decider_of(refund_id: int) -> int | None:
    """Who decided that money of nobody known goes back: their number."""
    query = select(ReviewDecision.by_user_id).where(ReviewDecision.refund_id == refund_id)
    return db.session.scalars(query).one_or_none()


def list_line_refunds(scope: Scope) -> list[tuple[Refund, BankLine]]:
    """What goes back to people of whom no booking is known and has not been sent, with the bank's line."""
    query = (
        select(Refund, BankLine)
        .join(BankLine, BankLine.receipt_id == Refund.receipt_id)
        .where(
            Refund.reference.startswith(LINE),
            Refund.state != RefundState.SENT,
            Refund.keeper.in_(_keepers(scope)),
        )
        .order_by(Refund.id)
    )
    return [(refund, line) for refund, line in db.session.execute(query)]


def moved_on() -> dict[str, Rupiah]:
    """What left review for another receipt, or out of the books, in rupiah by keeper."""
    left = ReviewDecision.refund_id.is_(None)
    query = (
        select(Receipt.keeper, func.sum(ReviewDecision.amount))
        .join(Receipt, Receipt.id == ReviewDecision.receipt_id)
        .where(left)
        .group_by(Receipt.keeper)
    )
    return {keeper: int(amount) for keeper, amount in db.session.execute(query)}


def _bookings_of(receipts: Sequence[Receipt], scope: Scope) -> dict[str, Booking]:
    codes = [one.reference.partition(":")[2] for one in receipts if one.reference.startswith("booking:")]
    query = whole_bookings().where(Booking.code.in_(codes), reached_by(scope))
    return {booking.reference: booking for booking in db.session.scalars(query)}


def _lines_of(receipts: Sequence[Receipt]) -> dict[int, BankLine]:
    query = select(BankLine).where(BankLine.receipt_id.in_([receipt.id for receipt in receipts]))
    return {line.receipt_id: line for line in db.session.scalars(query) if line.receipt_id is not None}


def _keepers(scope: Scope) -> list[str]:
    return [f"bank:{account.code}" for account in list_bank_accounts(scope)]
