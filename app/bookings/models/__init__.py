"""What is stored of a booking: the contract, who was let in, and the guest's papers."""

from app.bookings.models.booking import Booking, BookingLine, LineUnit, Participant
from app.bookings.models.check_ins import CheckIn
from app.bookings.models.papers import IssuedReceipt, ReceiptCounter

__all__ = [
    "Booking",
    "BookingLine",
    "CheckIn",
    "IssuedReceipt",
    "LineUnit",
    "Participant",
    "ReceiptCounter",
]
