"""Refunds that people sent: two agreed, the account is theirs and not kept too long, the money left once."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import or_, select

from app.bookings.models import HandRefund, ReviewDecision
from app.bookings.queries.checks.base import verdict
from app.bookings.queries.reviews import LINE
from app.bookings.rules import KEPT_FOR, LEFT, HandState
from app.core import clock
from app.core.db import db
from app.ledger.queries import Check
from app.payments.models import Refund
from app.payments.rules import RefundState

JOB_MAY_BE_LATE = timedelta(days=2)
"""Accounts are deleted once a day; a day without a worker is no breach yet."""


def hand_refund_checks() -> list[Check]:
    """Refunds by hand against who agreed, and what is kept of guests' accounts."""
    return [_two_agreed(), _proof_matches(), _accounts_are_forgotten()]


def paid_from() -> dict[int, str]:
    """Whose money left for refunds that people sent, by the refund's number."""
    rows = db.session.execute(
        select(HandRefund.refund_id, HandRefund.paid_from).where(HandRefund.paid_from.is_not(None))
    )
    return {number: keeper for number, keeper in rows if keeper is not None}


def _two_agreed() -> Check:
    """What a person sent somebody else approved, and neither of them wrote the account down and approved it."""
    rows = db.session.execute(
        select(Refund, HandRefund, ReviewDecision.by_user_id)
        .outerjoin(HandRefund, HandRefund.refund_id == Refund.id)
        .outerjoin(ReviewDecision, ReviewDecision.refund_id == Refund.id)
        .where(
            or_(
                # What became a credit went to nobody's account.
                (Refund.state == RefundState.SENT)
                & Refund.sent_by_id.is_not(None)
                & Refund.credit_id.is_(None),
                HandRefund.state.in_([HandState.APPROVED, *LEFT]),
            )
        )
        .order_by(Refund.id)
    ).all()
    breaches = [
        f"refund {refund.id}: {fault}"
        for refund, hand, decider in rows
        if (fault := _fault(refund, hand, decider)) is not None
    ]
    return verdict("refunds by hand were approved by a second person", f"{len(rows)} refunds", breaches)


def _fault(refund: Refund, hand: HandRefund | None, decider: int | None) -> str | None:
    if hand is None and refund.reference.startswith(LINE):
        return "one person was both" if decider in {None, refund.sent_by_id} else None
    if hand is None:
        return "sent by a person, and nobody approved it"
    if hand.state == HandState.EARLIER:
        return None
    if hand.approved_by_id is None:
        return f"{hand.state.value}, and nobody approved it"
    if hand.approved_by_id in {hand.entered_by_id, hand.sent_by_id}:
        return "one person was both"
    return None


def _proof_matches() -> Check:
    """A refund has left by hand exactly where its proof is noted."""
    rows = db.session.execute(
        select(Refund, HandRefund).join(HandRefund, HandRefund.refund_id == Refund.id).order_by(Refund.id)
    ).all()
    proved = {HandState.CONFIRMED, HandState.EARLIER}
    breaches = [
        f"refund {refund.id}: {refund.state.value}, by hand {hand.state.value}"
        for refund, hand in rows
        if hand.state != HandState.DROPPED and (refund.state == RefundState.SENT) != (hand.state in proved)
    ]
    return verdict("refunds by hand left with their proof", f"{len(rows)} refunds", breaches)


def _accounts_are_forgotten() -> Check:
    """No account is kept longer than it may be, and none of a refund that needs none."""
    kept = db.session.scalars(
        select(HandRefund)
        .where(or_(HandRefund.number_locked.is_not(None), HandRefund.number_end.is_not(None)))
        .order_by(HandRefund.refund_id)
    ).all()
    latest = clock.now() - KEPT_FOR - JOB_MAY_BE_LATE
    needless = {HandState.ASKED, HandState.DROPPED, HandState.EARLIER}
    breaches = [
        f"refund {hand.refund_id}: the guest's account is still kept"
        for hand in kept
        if hand.state in needless or (hand.confirmed_at is not None and hand.confirmed_at < latest)
    ]
    return verdict("guests' accounts are kept no longer than they may", f"{len(kept)} accounts", breaches)
