"""What a guest is told when a card did something that nobody expects: paid twice, or would not take its money back."""

from __future__ import annotations

from app.bookings.models import Booking
from app.bookings.services.messages import tell_guest
from app.payments.models import Receipt, Refund


def tell_paid_too_much(*, booking: Booking, receipt: Receipt) -> None:
    """The card was charged more than was left to pay: that goes back, and the booking stays as it is."""
    event = f"too-much:{receipt.id}"
    tell_guest(booking=booking, template="paid_too_much", event=event, amount=receipt.excess)


def tell_refund_returned(*, booking: Booking, refund: Refund) -> None:
    """The guest's bank gave the money back to us: it is still theirs, and goes another way."""
    event = f"refund-returned:{refund.id}"
    tell_guest(booking=booking, template="refund_returned", event=event, amount=refund.amount)
