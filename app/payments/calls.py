"""Conversations with the card provider, each in three steps: write down what will be asked, ask, write down the answer.

Called by doors and jobs outside of any transaction. A crash in between leaves a row that `reconcile-payments` finishes:
asking again under the same key gives the same answer. What an answer means for a booking is not known here: whoever
calls says who shall `hear` it, and that happens in the transaction of the third step.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import TypeVar

import structlog

from app.core import clock
from app.core.db import transaction
from app.core.errors import Unavailable
from app.core.words import gettext as _
from app.payments import queries, services
from app.payments.gateway import Gateway, gateway
from app.payments.gateway.values import ProviderEvent, Refused, SessionRequest
from app.payments.models import Payment
from app.payments.rules import OPEN_STATES, CardRequest, PayoutState, RefundState

T = TypeVar("T")

log = structlog.get_logger()

KEY_LIFE = timedelta(hours=23)
"""The provider forgets a key after a day: what is older is looked up, never asked for again under it."""

SKEW = timedelta(minutes=5)
"""By how much the provider's clock may be behind ours."""

DISPUTED = "charge_disputed"
"""The provider's word for a refund that it will not send while, or because, the guest's bank has taken the money."""


def open_session(payment_id: int) -> str | None:
    """Open the attempt's page at the provider, or find it again; gives its address, None where there will be none.

    Raises Unavailable when the provider does not answer, NotFound.
    """
    provider = _provider()
    with transaction():
        payment = queries.lock_payment(payment_id)
        if payment.session_id is not None or payment.session_state is not None:
            return payment.session_url
        if payment.asked_at is None and payment.state not in OPEN_STATES:
            return None
        if payment.asked_at and clock.now() - payment.asked_at > KEY_LIFE:
            services.fail_payment(payment=payment)
            return None
        request = _request(payment)
        if payment.asked_at is None:
            services.note_asking(payment=payment)
    try:
        session = provider.open_session(request)
    except Refused:
        with transaction():
            payment = queries.lock_payment(payment_id)
            services.fail_payment(payment=payment)
            return payment.session_url
    with transaction():
        services.note_session(payment=queries.lock_payment(payment_id), session=session)
    return session.url


def finish_session(payment_id: int, *, hear: Callable[..., object]) -> None:
    """Finish the opening of a page whose answer was never heard. Asked for too long ago it is looked up and believed,
    and never asked for again: the provider has forgotten the key. Raises Unavailable, Refused, NotFound.
    """
    provider = _provider()
    with transaction():
        payment = queries.lock_payment(payment_id)
        is_unheard = payment.session_id is None and payment.session_state is None
        asked_at = payment.asked_at if is_unheard else None
        is_old = asked_at is not None and clock.now() - asked_at > KEY_LIFE
        reference, since = payment.reference, payment.created_at - SKEW
    found = (
        provider.find_session(
            reference=reference, payment_id=payment_id, since=since, until=asked_at + KEY_LIFE
        )
        if is_old and asked_at is not None
        else None
    )
    if found is None:
        open_session(payment_id)
        return
    with transaction():
        hear(session=found)


def ask_session(payment_id: int, *, hear: Callable[..., T]) -> T | None:
    """Ask how the attempt's page stands, and let the answer be acted on; None when it was never opened.

    Raises Unavailable, NotFound.
    """
    return _about_page(payment_id, hear, close=False)


def close_session(payment_id: int, *, hear: Callable[..., T]) -> T | None:
    """Close the attempt's page. The answer is believed, also when it says paid. Raises Unavailable, NotFound."""
    return _about_page(payment_id, hear, close=True)


def close_left_pages(reference: str, *, hear: Callable[..., T]) -> bool:
    """Close the pages of attempts that are no longer good, so that nobody pays on two; one that was paid is believed.

    Gives whether none is open any more. Where the provider does not answer, the reconciling job goes on with it.
    """
    for payment_id in queries.list_left_pages(reference):
        try:
            close_session(payment_id, hear=hear)
        except (Unavailable, Refused):
            return False
    return True


def _about_page(payment_id: int, hear: Callable[..., T], *, close: bool) -> T | None:
    provider = _provider()
    with transaction():
        payment = queries.lock_payment(payment_id)
        session_id = payment.session_id
        if session_id is None:
            return None
        services.note_asking(payment=payment)
    session = provider.expire_session(session_id) if close else provider.retrieve_session(session_id)
    with transaction():
        return hear(session=session)


def send_refund(refund_id: int, *, hear: Callable[..., T]) -> T | None:
    """Ask the provider to send a refund, or how far it is, and let the answer be acted on; None if nothing is to do.

    What was asked for before and perhaps never heard is looked up first. What the provider refuses is for a person.
    Raises Unavailable, Refused, NotFound.
    """
    provider = _provider()
    with transaction():
        refund = queries.lock_refund(refund_id)
        charge = queries.get_receipt(refund.receipt_id).charge
        if charge is None or refund.state not in {RefundState.CREATED, RefundState.PENDING}:
            return None
        if queries.has_open_dispute(refund.receipt_id):
            return None
        amount, asked_before = refund.amount, refund.asked_at is not None
        services.note_refund_asking(refund=refund)
    answer = provider.find_refund(charge=charge, refund_id=refund_id) if asked_before else None
    if answer is None:
        key = f"refund:{charge}:{refund_id}"
        try:
            answer = provider.refund(charge=charge, amount=amount, refund_id=refund_id, idempotency_key=key)
        except Refused as error:
            with transaction():
                _write_refusal(refund_id, error.code)
            raise
    with transaction():
        return hear(answer=answer)


def _write_refusal(refund_id: int, code: str) -> None:
    """No is no, but for a dispute that is not decided, or not heard of yet: then nothing was sent, and may be later."""
    refund = queries.lock_refund(refund_id)
    disputes = queries.list_disputes(refund.receipt_id)
    is_decided = bool(disputes) and all(dispute.state.is_over for dispute in disputes)
    if code == DISPUTED and not is_decided:
        services.put_off_refund(refund=refund)
    else:
        services.fail_refund(refund=refund)


def send_refunds(reference: str, *, hear: Callable[..., T]) -> None:
    """Ask at once for all that goes back to a card. Where the provider does not answer, the job goes on with it; what
    it refuses keeps nothing else back.
    """
    for refund_id in queries.list_new_card_refunds(reference):
        try:
            send_refund(refund_id, hear=hear)
        except Unavailable:
            return
        except Refused as error:
            log.warning("provider refused", what="refund", number=refund_id, code=error.code)


def ask_fee(receipt_id: int, *, hear: Callable[..., T]) -> T | None:
    """Ask what the provider kept of a charge, and let the answer be acted on; None while it does not say.

    Only asks, so it may be asked as often as one likes. Raises Unavailable, Refused, NotFound.
    """
    provider = _provider()
    with transaction():
        receipt = queries.lock_receipt(receipt_id)
        charge = receipt.charge
        if charge is None or receipt.fee is not None:
            return None
        services.note_fee_asking(receipt=receipt)
    told = provider.charge_fee(charge)
    if told is None:
        return None
    with transaction():
        return hear(receipt_id=receipt_id, told=told)


def ask_payout(payout_id: int, *, hear: Callable[..., T]) -> T | None:
    """Ask what a payout sent to the bank, and let the answer be acted on; None when that is done.

    Only asks, so it may be asked as often as one likes. Raises Unavailable, Refused, NotFound.
    """
    provider = _provider()
    with transaction():
        payout = queries.lock_payout(payout_id)
        if payout.state != PayoutState.TOLD:
            return None
        provider_id = payout.provider_id
        services.note_payout_asking(payout=payout)
    parts = provider.payout_parts(provider_id)
    with transaction():
        return hear(payout_id=payout_id, parts=parts)


def list_missed_events() -> list[ProviderEvent]:
    """What the provider tried to tell and nobody took, of our mode, oldest first; whoever takes one that was taken
    meanwhile does nothing twice. Raises Unavailable, Refused.
    """
    provider = _provider()
    return [event for event in provider.missed_events() if event.live == provider.live]


def _provider() -> Gateway:
    provider = gateway()
    if provider is None:
        raise Unavailable(_("Cards cannot be used here at the moment. Choose another way to pay."))
    return provider


def _request(payment: Payment) -> SessionRequest:
    assert payment.session_request is not None, "a card attempt says what it asks for"
    kept = CardRequest.from_data(payment.session_request)
    return SessionRequest(
        reference=payment.reference,
        payment_id=payment.id,
        amount=payment.amount,
        description=kept.description,
        language=kept.language,
        return_url=kept.return_url,
        cancel_url=kept.cancel_url,
        expires_at=kept.expires_at,
        idempotency_key=kept.key,
        email=kept.email,
    )
