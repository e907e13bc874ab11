"""Money goes back to the guest: owed at once, by the way it came (`hand_refund` where a person has to send it)."""

from __future__ import annotations

from app.bookings import queries
from app.bookings.models import Booking, ReviewDecision
from app.bookings.services.issue import issue_credit_notes
from app.core.money import Rupiah
from app.ledger.queries import unit_balances
from app.ledger.services import Move, post
from app.payments.models import Receipt, Refund
from app.payments.queries import list_receipts, refunded_of
from app.payments.services import create_refund


def refund_everything(*, booking: Booking, reason: str) -> list[Refund]:
    """Owe the guest all that was received and not yet returned, unique codes and excess included.

    What was already divided comes back from the shares first, so that the booking's account ends at 0.
    """
    receipts = list_receipts(booking.reference)
    decided = queries.decided_by_receipt([receipt.id for receipt in receipts])
    open_receipts = [receipt for receipt in reversed(receipts) if _is_open(receipt, decided.get(receipt.id))]
    if not open_receipts:
        return []
    taken_back = _take_back_shares(booking)
    refunds = []
    for receipt in open_receipts:
        gone = decided[receipt.id].amount if receipt.id in decided else 0
        refund = create_refund(receipt=receipt, amount=receipt.amount - gone, reason=reason)
        refunds.append(refund)
        post(
            reference=f"refund:{refund.id}",
            kind="refund",
            subject=booking.reference,
            moves=[*taken_back, *_owe(booking, receipt, refund, gone)],
            note=reason,
        )
        taken_back = []
        booking.refunded += receipt.applied
    issue_credit_notes(booking=booking, refunds=refunds)
    return refunds


def _is_open(receipt: Receipt, decision: ReviewDecision | None) -> bool:
    """Whether something of a receipt has not gone back; too much that somebody decided on went its own way."""
    gone = decision.amount if decision else 0
    returned = refunded_of(receipt.id) - (gone if decision and decision.refund_id is not None else 0)
    return receipt.amount - gone > returned


def refund_receipt(*, booking: Booking, receipt: Receipt, reason: str) -> Refund:
    """Owe the guest one receipt that has just come and belongs to nothing: it was not divided, so no share falls."""
    refund = create_refund(receipt=receipt, amount=receipt.amount, reason=reason)
    moves = _owe(booking, receipt, refund)
    post(reference=f"refund:{refund.id}", kind="refund", subject=booking.reference, moves=moves, note=reason)
    booking.refunded += receipt.applied
    return refund


def _take_back_shares(booking: Booking) -> list[Move]:
    units = [f"unit:{unit.id}" for line in booking.lines for unit in line.units]
    rows = [*unit_balances(units=units, family="payee"), *unit_balances(units=units, family="tax")]
    return [
        Move(row.code, booking.reference, row.amount, row.keeper, row.unit, row.service_on)
        if row.amount > 0
        else Move(booking.reference, row.code, -row.amount, row.keeper, row.unit, row.service_on)
        for row in rows
    ]


def _owe(booking: Booking, receipt: Receipt, refund: Refund, gone: Rupiah = 0) -> list[Move]:
    account = receipt.keeper.partition(":")[2]
    parts = (
        (booking.reference, receipt.applied),
        (f"codes:{account}", receipt.code_amount),
        (f"review:{receipt.id}", receipt.excess - gone),
    )
    return [Move(source, f"refund:{refund.id}", amount, receipt.keeper) for source, amount in parts if amount]
