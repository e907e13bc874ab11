"""Take what the provider tells: once and for good, the event and its work in one transaction."""

from __future__ import annotations

from app.bookings.services import (
    Heard,
    Hearing,
    hear_charge,
    hear_dispute,
    hear_failed_payout,
    hear_payout,
    hear_refund,
    hear_session,
)
from app.core import audit
from app.core.errors import NotFound
from app.payments.gateway.values import EventKind, ProviderEvent
from app.payments.rules import Doubt, EventOutcome
from app.payments.services import add_event

OUTCOMES = {
    Heard.DONE: EventOutcome.DONE,
    Heard.NOTHING: EventOutcome.IGNORED,
    Heard.REVIEW: EventOutcome.REVIEW,
}


def take_event(*, event: ProviderEvent) -> EventOutcome | None:
    """Act on an event; None when it was told before and is done with. Raises whatever its work raises: told again, it
    is tried again.
    """
    row = add_event(event=event)
    if row is None:
        return None
    hearing = _hear(event)
    row.payment_id, row.outcome = hearing.payment_id, OUTCOMES[hearing.heard]
    if hearing.heard == Heard.REVIEW and hearing.why:
        row.note, row.facts = hearing.why.value, hearing.facts
        audit.record(
            action="money:review",
            subject=f"event:{event.id}"[:80],
            user_id=None,
            reason=hearing.why.value,
            **hearing.facts,
        )
    return row.outcome


def _hear(event: ProviderEvent) -> Hearing:
    try:
        if event.kind in {EventKind.SESSION_COMPLETED, EventKind.SESSION_EXPIRED} and event.session:
            return hear_session(session=event.session)
        if event.kind == EventKind.REFUND_CHANGED and event.refund:
            return hear_refund(answer=event.refund)
    except NotFound:
        return Hearing(Heard.REVIEW, None, Doubt.NO_BOOKING)
    if event.kind == EventKind.CHARGE_CHANGED and event.charge:
        return hear_charge(charge=event.charge)
    if event.kind == EventKind.PAYOUT_PAID and event.payout:
        return hear_payout(payout=event.payout, event_id=event.id)
    if event.kind == EventKind.PAYOUT_FAILED and event.payout:
        return hear_failed_payout(payout=event.payout)
    if event.kind == EventKind.DISPUTE_CHANGED and event.dispute:
        return hear_dispute(told=event.dispute)
    return Hearing(Heard.NOTHING)
