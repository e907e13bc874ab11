"""What the movements of a provider's payout are in our books."""

from __future__ import annotations

from collections.abc import Sequence

from app.payments import queries
from app.payments.gateway.values import PayoutPart
from app.payments.models import Dispute, Receipt, Refund
from app.payments.rules import MOVED_ON, PayoutLine, RefundState

LEFT = frozenset({"refund", "payment_refund"})
"""Kinds of movements by which a refund leaves; by the others it comes back."""

BACK = frozenset({*MOVED_ON, RefundState.FAILED})
GONE = BACK | {RefundState.SENT}
"""A refund that failed left first and came back, whether we heard of it in between or not."""


def payout_lines(parts: Sequence[PayoutPart]) -> list[PayoutLine | None]:
    """For each movement whose it is and what it is worth; None for what is not known here."""
    receipts = queries.receipts_of_charges([part.charge for part in parts if part.charge])
    refunds = queries.refunds_at_provider([part.refund for part in parts if part.refund])
    disputes = queries.disputes_by_movement([part.movement for part in parts if part.movement])
    found: list[PayoutLine | None] = []
    for part in parts:
        if part.charge in receipts:
            found.append(_charge(receipts[part.charge]))
        elif part.refund in refunds and refunds[part.refund].sent_by_id is None:
            # What a person sent instead is settled between the two keepers, and is no part of a payout.
            found.append(_refund(refunds[part.refund], has_left=part.kind in LEFT))
        elif part.movement in disputes:
            found.append(_dispute(disputes[part.movement], part.movement))
        else:
            found.append(None)
    return found


def _charge(receipt: Receipt) -> PayoutLine:
    return PayoutLine(receipt, "payout_id", receipt.net)


def _refund(refund: Refund, *, has_left: bool) -> PayoutLine:
    if has_left:
        return PayoutLine(refund, "payout_id", -refund.amount if refund.state in GONE else None)
    return PayoutLine(refund, "returned_payout_id", refund.amount if refund.state in BACK else None)


def _dispute(dispute: Dispute, movement: str) -> PayoutLine:
    if movement == dispute.taken_id:
        return PayoutLine(dispute, "taken_payout_id", -dispute.taken_net if dispute.taken_at else None)
    return PayoutLine(dispute, "returned_payout_id", dispute.returned_net if dispute.returned_at else None)
