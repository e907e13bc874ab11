"""What is asked of the card provider once our own work is written down: a page to pay on."""

from __future__ import annotations

from app.bookings.models import Booking
from app.core.errors import Unavailable
from app.payments import calls
from app.payments.models import Payment
from app.payments.rules import OPEN_STATES, PaymentMethod


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
