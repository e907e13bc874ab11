"""What is asked of the card provider once our own work is written down: a page to pay on, money to send back."""

from __future__ import annotations

from app.bookings.models import Booking
from app.bookings.services import hear_refund
from app.core.errors import Unavailable
from app.payments import calls
from app.payments.gateway.values import Refused
from app.payments.models import Payment
from app.payments.queries import list_refunds
from app.payments.rules import CARD_KEEPER, OPEN_STATES, PaymentMethod, RefundState


def open_page(booking: Booking, payment: Payment | None) -> None:
    """Open the page of a card attempt that has none yet. Where the provider is away, the next request tries again."""
    if payment is None or payment.method != PaymentMethod.CARD or payment.session_url is not None:
        return
    if payment.state not in OPEN_STATES or booking.amount_due <= 0:
        return
    try:
        calls.open_session(payment.id)
    except Unavailable:
        return


def send_refunds(reference: str) -> None:
    """Ask for what goes back to a card. Where the provider is away, the reconciling job goes on with it."""
    waiting = [
        refund.id
        for refund in list_refunds(reference)
        if refund.keeper == CARD_KEEPER and refund.state == RefundState.CREATED
    ]
    for refund_id in waiting:
        try:
            calls.send_refund(refund_id, hear=hear_refund)
        except (Unavailable, Refused):
            return
