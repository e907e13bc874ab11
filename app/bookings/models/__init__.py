"""What is stored of a booking: the contract, who was let in, the guest's papers, and periods that were closed."""

from app.bookings.models.booking import Booking, BookingLine, LineUnit, Participant
from app.bookings.models.check_ins import CheckIn
from app.bookings.models.closures import Closure, ClosureLine, ClosurePlace, Concession
from app.bookings.models.papers import IssuedReceipt, ReceiptCounter

__all__ = [
    "Booking",
    "BookingLine",
    "CheckIn",
    "Closure",
    "ClosureLine",
    "ClosurePlace",
    "Concession",
    "IssuedReceipt",
    "LineUnit",
    "Participant",
    "ReceiptCounter",
]
