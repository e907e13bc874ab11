"""Money goes back to the guest: owed at once, sent by the card service or by hand."""

from __future__ import annotations

from app.bookings import queries
from app.bookings.models import Booking
from app.bookings.services.coupons import return_to_credit
from app.bookings.services.issue import issue_credit_notes
from app.bookings.services.set_aside import set_aside
from app.core.money import Rupiah
from app.ledger.queries import balance, unit_balances
from app.ledger.services import Move, post
from app.payments.models import Receipt, Refund
from app.payments.queries import list_receipts
from app.payments.services import create_refund


def refund_everything(*, booking: Booking, reason: str) -> list[Refund]:
    """Owe the guest all that was received and not yet returned, unique codes and excess included.

    What was already divided comes back from the shares first, so that the booking's account ends at 0.
    """
    receipts = reversed(list_receipts(booking.reference))
    # What came in too much, or a part of the rest, may have gone back before, or have been decided upon.
    left = [(one, queries.applied_left(one), balance(f"review:{one.id}")) for one in receipts]
    open_receipts = [row for row in left if row[1] or row[2]]
    if not open_receipts:
        return []
    taken_back = _take_back_shares(booking)
    refunds = []
    for receipt, applied, excess in open_receipts:
        amount = applied + receipt.code_amount + excess
        refund = create_refund(receipt=receipt, amount=amount, reason=reason)
        refunds.append(refund)
        post(
            reference=f"refund:{refund.id}",
            kind="refund",
            subject=booking.reference,
            moves=[*taken_back, *_owe(booking, receipt, refund, applied, excess)],
            note=reason,
        )
        taken_back = []
        booking.refunded += applied
    return_to_credit(booking=booking, refunds=refunds)
    issue_credit_notes(booking=booking, refunds=refunds)
    set_aside(booking=booking, reference=f"refund:{refunds[0].id}")
    return refunds


def refund_receipt(*, booking: Booking, receipt: Receipt, reason: str) -> Refund:
    """Owe the guest one receipt that has just come and belongs to nothing: it was not divided, so no share falls."""
    refund = create_refund(receipt=receipt, amount=receipt.amount, reason=reason)
    moves = _owe(booking, receipt, refund, receipt.applied, receipt.excess)
    post(reference=f"refund:{refund.id}", kind="refund", subject=booking.reference, moves=moves, note=reason)
    booking.refunded += receipt.applied
    return refund


def refund_excess(*, booking: Booking, receipt: Receipt, reason: str) -> Refund:
    """Owe the guest what came in too much with a receipt, all of it that is still under review; nothing else moves."""
    amount = balance(f"review:{receipt.id}")
    refund = create_refund(receipt=receipt, amount=amount, reason=reason)
    moves = [Move(f"review:{receipt.id}", f"refund:{refund.id}", amount, receipt.keeper)]
    post(reference=f"refund:{refund.id}", kind="refund", subject=booking.reference, moves=moves, note=reason)
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


def _owe(booking: Booking, receipt: Receipt, refund: Refund, applied: Rupiah, excess: Rupiah) -> list[Move]:
    account = receipt.keeper.partition(":")[2]
    parts = (
        (booking.reference, applied),
        (f"codes:{account}", receipt.code_amount),
        (f"review:{receipt.id}", excess),
    )
    return [Move(source, f"refund:{refund.id}", amount, receipt.keeper) for source, amount in parts if amount]
