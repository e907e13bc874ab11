"""What the card provider kept of a charge: no part of the split, but a line of its own, borne as it is agreed."""

from __future__ import annotations

from app.bookings import queries
from app.bookings.services.bear_fee import bear_fee
from app.bookings.services.card import Heard, Hearing
from app.core import audit
from app.core.db import db
from app.payments.gateway.values import ChargeFee
from app.payments.models import Receipt
from app.payments.queries import find_receipt_of_charge, get_receipt
from app.payments.rules import Doubt
from app.payments.services import ask_fee_soon


def hear_charge(*, charge: str) -> Hearing:
    """The provider says that something about a charge is new: if its fee is not known, it is asked for at the next run.

    The fee itself is not told: it is asked for outside of any transaction (`payments.calls.ask_fee`).
    """
    receipt = find_receipt_of_charge(charge)
    if receipt is None or receipt.fee is not None:
        return Hearing(Heard.NOTHING)
    ask_fee_soon(receipt=receipt)
    return Hearing(Heard.DONE, receipt.payment_id)


def hear_fee(*, receipt_id: int, told: ChargeFee) -> Hearing:
    """Book what the provider kept of a charge, once: each line's part from its bearer, whatever became of the line.

    A bearer's `payable` may go below 0: the fee is spent whether the guest comes or not. Raises NotFound.
    """
    receipt = get_receipt(receipt_id)
    booking = queries.lock_booking(receipt.reference.partition(":")[2])
    db.session.refresh(receipt)
    if receipt.fee is not None:
        return Hearing(Heard.NOTHING, receipt.payment_id)
    if told.amount != receipt.amount or told.charge != receipt.charge:
        return _doubt(receipt, told)
    bear_fee(booking=booking, receipt=receipt, fee=told.fee, net=told.net)
    return Hearing(Heard.DONE, receipt.payment_id)


def _doubt(receipt: Receipt, told: ChargeFee) -> Hearing:
    """The charge is not the one that was received: nothing is booked, and a person must look."""
    facts = {"asked": receipt.amount, "paid": told.amount}
    audit.record(
        action="money:review",
        subject=receipt.reference,
        user_id=None,
        reason=Doubt.OTHER_AMOUNT.value,
        receipt=receipt.id,
        **facts,
    )
    return Hearing(Heard.REVIEW, receipt.payment_id, Doubt.OTHER_AMOUNT, facts)
