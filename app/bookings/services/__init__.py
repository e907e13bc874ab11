"""What happens to a booking, one file per verb."""

from app.bookings.services.cancel import (
    Cancellation,
    LineCancellation,
    cancel_booking,
    cancellation_of,
)
from app.bookings.services.cancel_line import (
    PartCancellation,
    cancel_line,
    line_cancellation_of,
    list_line_cancellations,
)
from app.bookings.services.card import Heard, Hearing, hear_refund, hear_session
from app.bookings.services.earn import complete_services
from app.bookings.services.expire import expire_holds
from app.bookings.services.hold import Guest, hold_trip
from app.bookings.services.link import send_link_again
from app.bookings.services.pay import payment_methods, start_payment
from app.bookings.services.pickup import hand_over, mark_ready
from app.bookings.services.quote import LineQuote, PaymentOption, Quote, quote_trip
from app.bookings.services.receive import receive_payment, vouch_booking
from app.bookings.services.refund import send_refund
from app.bookings.services.release import release_hold
from app.bookings.services.remind import remind_balances

__all__ = [
    "Cancellation",
    "Guest",
    "Heard",
    "Hearing",
    "LineCancellation",
    "LineQuote",
    "PartCancellation",
    "PaymentOption",
    "Quote",
    "cancel_booking",
    "cancel_line",
    "cancellation_of",
    "complete_services",
    "expire_holds",
    "hand_over",
    "hear_refund",
    "hear_session",
    "hold_trip",
    "line_cancellation_of",
    "list_line_cancellations",
    "mark_ready",
    "payment_methods",
    "quote_trip",
    "receive_payment",
    "release_hold",
    "remind_balances",
    "send_link_again",
    "send_refund",
    "start_payment",
    "vouch_booking",
]
