"""A guest has their bank take a payment back: shares stand apart, fall when that is lost, return when it is won.

The provider tells of it in any order, also before it tells of the payment. Each time the whole of what is known is
written down, and whatever of it is not in the books yet is booked: so the end is the same in whatever order.
"""

from __future__ import annotations

from app.bookings import queries
from app.bookings.services.book_dispute import advance_dispute
from app.bookings.services.card import CURRENCY, Heard, Hearing
from app.core import clock
from app.core.db import db, insert_into
from app.payments.gateway.values import ProviderDispute, ProviderDisputeState
from app.payments.models import Dispute
from app.payments.queries import find_receipt_of_charge
from app.payments.rules import Doubt


def hear_dispute(*, told: ProviderDispute) -> Hearing:
    """Act on how a dispute stands. One over a charge that is not known here waits for it, and is for a person to see;
    one in another money, or one that comes back after it was lost, is for a person too. Raises NotFound.
    """
    if told.amount is None or told.amount <= 0 or told.currency.lower() != CURRENCY:
        return Hearing(Heard.REVIEW, None, Doubt.DISPUTED, {"dispute": told.id})
    receipt = find_receipt_of_charge(told.charge)
    booking = queries.lock_booking(receipt.reference.partition(":")[2]) if receipt else None
    dispute = _write(told)
    if booking is None or receipt is None:
        return Hearing(Heard.REVIEW, None, Doubt.DISPUTED, {"dispute": told.id})
    advance_dispute(dispute=dispute, receipt=receipt, booking=booking)
    if dispute.settled_at and dispute.returned_id:
        return Hearing(Heard.REVIEW, receipt.payment_id, Doubt.DISPUTED, {"dispute": told.id})
    return Hearing(Heard.DONE, receipt.payment_id)


def _write(told: ProviderDispute) -> Dispute:
    """Write down what is told, without forgetting what is known: an older word never undoes a newer one."""
    table = Dispute.__table__
    row = {
        "provider_id": told.id,
        "charge": told.charge,
        "state": ProviderDisputeState.NEEDS_ANSWER,
        "amount": told.amount,
        "reason": told.reason[:60],
        "opened_at": told.created_at,
        "taken_net": 0,
        "taken_fee": 0,
        "returned_net": 0,
        "returned_fee": 0,
        "borne": 0,
    }
    db.session.execute(insert_into(table).values(row).on_conflict_do_nothing(index_elements=["provider_id"]))
    dispute = queries.lock_dispute(told.id)
    if dispute.state.may_become(told.state):
        dispute.state = told.state
        dispute.closed_at = clock.now() if told.state.is_over else None
    dispute.due_at = told.due_at or dispute.due_at
    if told.taken and dispute.taken_id is None:
        dispute.taken_id, dispute.taken_net, dispute.taken_fee = told.taken.id, told.taken.net, told.taken.fee
    if told.returned and dispute.returned_id is None:
        back = told.returned
        dispute.returned_id, dispute.returned_net, dispute.returned_fee = back.id, back.net, back.fee
    db.session.flush()
    return dispute
