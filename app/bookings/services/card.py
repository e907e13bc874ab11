"""What the card provider says, believed and acted on, however often and in whatever order it says it."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from app.bookings import queries
from app.bookings.rules import LEFT
from app.bookings.services import messages
from app.bookings.services.book_dispute import take_up_disputes_of
from app.bookings.services.hand_account import drop_account
from app.bookings.services.receive import receive_card
from app.bookings.services.take_back import take_refund_back
from app.core import audit
from app.core.db import db
from app.ledger.services import Move, post
from app.payments.gateway import gateway
from app.payments.gateway.values import ProviderRefund, ProviderRefundState, Session, SessionState
from app.payments.models import Payment, Refund
from app.payments.queries import find_card_payment, find_receipt_of_charge, find_refund, lock_refund
from app.payments.rules import CARD_KEEPER, MOVED_ON, Doubt, RefundState
from app.payments.services import mark_refund_sent, note_provider_refund, note_session

CURRENCY = "idr"


class Heard(StrEnum):
    """What came of something the provider said."""

    DONE = "done"
    NOTHING = "nothing"
    REVIEW = "review"


@dataclass(frozen=True)
class Hearing:
    """What came of it, about which attempt, and for a person who must look: why, with what the words for it
    name.
    """

    heard: Heard
    payment_id: int | None = None
    why: Doubt | None = None
    facts: dict[str, Any] = field(default_factory=dict)


def hear_session(*, session: Session) -> Hearing:
    """Act on how a payment page stands: money that was paid is received, once; a page that is closed ends its attempt.

    What does not fit what was asked for (another amount or currency, a page nobody here opened) confirms nothing and is
    for a person to look at. Raises NotFound when the booking is not there.
    """
    payment = find_card_payment(
        session_id=session.id, payment_id=session.payment_id, reference=session.reference
    )
    if payment is None:
        return Hearing(Heard.REVIEW, None, Doubt.UNKNOWN_PAGE, {"page": session.id})
    booking = queries.lock_booking(payment.reference.partition(":")[2])
    db.session.refresh(payment)
    known = session.charge is not None and find_receipt_of_charge(session.charge) is not None
    note_session(payment=payment, session=session)
    if known:
        return Hearing(Heard.DONE, payment.id)
    is_paid = session.state == SessionState.COMPLETE and session.charge is not None
    if not is_paid:
        return Hearing(Heard.NOTHING, payment.id)
    if (fault := _fault(payment, session)) is not None:
        why, facts = fault
        audit.record(
            action="money:review",
            subject=booking.reference,
            user_id=None,
            reason=why.value,
            payment=payment.id,
            **facts,
        )
        return Hearing(Heard.REVIEW, payment.id, why, facts)
    charge = str(session.charge)
    receipt = receive_card(booking=booking, payment=payment, amount=payment.amount, charge=charge)
    take_up_disputes_of(receipt=receipt, booking=booking)
    return Hearing(Heard.DONE, payment.id)


def _fault(payment: Payment, session: Session) -> tuple[Doubt, dict[str, Any]] | None:
    """Why what was paid is not what was asked for, with the facts; None when it is."""
    provider = gateway()
    if provider is None or session.live != provider.live:
        return Doubt.OTHER_MODE, {}
    if session.currency.lower() != CURRENCY:
        return Doubt.OTHER_CURRENCY, {"currency": session.currency}
    if session.paid != payment.amount or session.asked != payment.amount:
        return Doubt.OTHER_AMOUNT, {"asked": payment.amount, "paid": session.paid}
    if session.reference != payment.reference:
        return Doubt.OTHER_BOOKING, {"booking": session.reference.partition(":")[2]}
    return None


def hear_refund(*, answer: ProviderRefund) -> Hearing:
    """Act on how a refund to a card stands: succeeded is sent, with the provider's number as proof; failed is for the
    treasurer, who sends it another way.
    """
    refund = find_refund(answer.refund_id) if answer.refund_id is not None else None
    if refund is None or refund.keeper != CARD_KEEPER:
        return Hearing(Heard.REVIEW, None, Doubt.UNKNOWN_REFUND, {"refund": answer.id})
    queries.lock_booking(refund.reference.partition(":")[2])  # before the refund, as everywhere
    refund = lock_refund(refund.id)
    if refund.state in {RefundState.SENT, *MOVED_ON}:
        return _hear_after_sent(refund, answer)
    if refund.state == RefundState.FAILED and refund.provider_id == answer.id:
        return Hearing(Heard.NOTHING)  # an older word: what failed there never arrives any more
    if answer.currency.lower() != CURRENCY or answer.amount != refund.amount:
        return Hearing(Heard.REVIEW, None, Doubt.REFUND_AMOUNT, {"refund": answer.id, "asked": refund.amount})
    if refund.provider_id not in {None, answer.id} and answer.state != ProviderRefundState.SUCCEEDED:
        return Hearing(Heard.NOTHING)
    if answer.state == ProviderRefundState.SUCCEEDED and _left_by_hand(refund):
        return Hearing(Heard.REVIEW, None, Doubt.REFUND_TWICE, {"refund": answer.id})
    note_provider_refund(
        refund=refund, provider_id=answer.id, is_failed=answer.state == ProviderRefundState.FAILED
    )
    if answer.state == ProviderRefundState.SUCCEEDED:
        drop_account(refund_id=refund.id)
        _send(refund, answer.id)
    return Hearing(Heard.DONE)


def _left_by_hand(refund: Refund) -> bool:
    """Whether a person has sent it meanwhile, though its proof may still be missing."""
    hand = queries.find_hand(refund.id)
    return hand is not None and hand.state in LEFT


def _hear_after_sent(refund: Refund, answer: ProviderRefund) -> Hearing:
    """Sent is sent, unless the guest's bank gives it back days later: then it is owed again, another way."""
    is_the_same = answer.id == refund.provider_id and refund.sent_by_id is None
    if answer.state == ProviderRefundState.FAILED and is_the_same and refund.state == RefundState.SENT:
        take_refund_back(refund=refund)
        return Hearing(Heard.DONE)
    went_otherwise = refund.sent_by_id is not None or refund.state == RefundState.PARTED
    if answer.state == ProviderRefundState.SUCCEEDED and went_otherwise:
        return Hearing(Heard.REVIEW, None, Doubt.REFUND_TWICE, {"refund": answer.id})
    return Hearing(Heard.NOTHING)


def _send(refund: Refund, proof: str) -> None:
    booking = queries.find_booking(refund.reference.partition(":")[2])
    assert booking is not None, "a booking is never deleted"
    mark_refund_sent(refund=refund, proof=proof, by_user_id=None)
    post(
        reference=f"refund-sent:{refund.id}",
        kind="refund_sent",
        subject=booking.reference,
        moves=[Move(f"refund:{refund.id}", f"held:{refund.keeper}", refund.amount, refund.keeper)],
    )
    audit.record(
        action="refund:sent", subject=booking.reference, user_id=None, reason=refund.reason, refund=refund.id
    )
    messages.tell_refund_sent(booking=booking, refund=refund)
