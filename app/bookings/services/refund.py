"""Money goes back to the guest: owed at once, sent when a person has proof."""

from __future__ import annotations

from app.bookings import queries
from app.bookings.models import Booking
from app.bookings.services import messages
from app.bookings.services.coupons import return_to_credit
from app.bookings.services.issue import issue_credit_notes
from app.core import audit
from app.core.errors import Invalid, WrongState
from app.core.words import gettext as _
from app.ledger.queries import unit_balances
from app.ledger.services import Move, post
from app.payments.models import Receipt, Refund
from app.payments.queries import list_receipts, lock_refund, refunded_of
from app.payments.rules import CARD_KEEPER, RefundState
from app.payments.services import create_refund, mark_refund_sent
from app.users.rules import Scope


def refund_everything(*, booking: Booking, reason: str) -> list[Refund]:
    """Owe the guest all that was received and not yet returned, unique codes and excess included.

    What was already divided comes back from the shares first, so that the booking's account ends at 0.
    """
    open_receipts = [
        receipt
        for receipt in reversed(list_receipts(booking.reference))
        if receipt.amount > refunded_of(receipt.id)
    ]
    if not open_receipts:
        return []
    taken_back = _take_back_shares(booking)
    refunds = []
    for receipt in open_receipts:
        refund = create_refund(receipt=receipt, amount=receipt.amount, reason=reason)
        refunds.append(refund)
        post(
            reference=f"refund:{refund.id}",
            kind="refund",
            subject=booking.reference,
            moves=[*taken_back, *_owe(booking, receipt, refund)],
            note=reason,
        )
        taken_back = []
        booking.refunded += receipt.applied
    return_to_credit(booking=booking, refunds=refunds)
    issue_credit_notes(booking=booking, refunds=refunds)
    return refunds


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


def _owe(booking: Booking, receipt: Receipt, refund: Refund) -> list[Move]:
    account = receipt.keeper.partition(":")[2]
    parts = (
        (booking.reference, receipt.applied),
        (f"codes:{account}", receipt.code_amount),
        (f"review:{receipt.id}", receipt.excess),
    )
    return [Move(source, f"refund:{refund.id}", amount, receipt.keeper) for source, amount in parts if amount]


def send_refund(*, refund_id: int, proof: str, by_user_id: int, scope: Scope) -> Refund:
    """Record that a refund has left, with its proof (a transfer's number, or who was handed the cash).

    Raises NotFound when it is not in the scope, WrongState when it was sent before, Invalid without proof.
    """
    if not proof.strip():
        message = _("Write down the transfer's number, or who was handed the cash.")
        raise Invalid(message, errors=[("proof", message)])
    refund = lock_refund(refund_id)
    booking = queries.get_booking(refund.reference.partition(":")[2], scope)
    if refund.keeper == CARD_KEEPER and refund.state in {RefundState.CREATED, RefundState.PENDING}:
        raise WrongState(
            _("The card service sends this by itself. Only what it cannot send is sent by hand.")
        )
    mark_refund_sent(refund=refund, proof=proof.strip(), by_user_id=by_user_id)
    post(
        reference=f"refund-sent:{refund.id}",
        kind="refund_sent",
        subject=booking.reference,
        moves=[Move(f"refund:{refund.id}", f"held:{refund.keeper}", refund.amount, refund.keeper)],
        by_user_id=by_user_id,
    )
    audit.record(
        action="refund:sent",
        subject=booking.reference,
        user_id=by_user_id,
        reason=refund.reason,
        refund=refund.id,
    )
    messages.tell_refund_sent(booking=booking, refund=refund)
    return refund
