"""What is stored of a booking: the contract, who was let in, and the guest's papers."""

from app.bookings.models.booking import Booking, BookingLine, LineUnit, Participant
from app.bookings.models.check_ins import CheckIn
from app.bookings.models.papers import IssuedReceipt, ReceiptCounter
from app.bookings.models.vouchers import Credit, Voucher

__all__ = [
    "Booking",
    "BookingLine",
    "CheckIn",
    "Credit",
    "IssuedReceipt",
    "LineUnit",
    "Participant",
    "ReceiptCounter",
    "Voucher",
]
