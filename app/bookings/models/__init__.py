"""What is stored of a booking: the contract, who was let in, the guest's papers, refunds by hand, periods that were
closed, and money between hands."""

from app.bookings.models.booking import Booking, BookingLine, LineUnit, Participant
from app.bookings.models.check_ins import CheckIn
from app.bookings.models.claims import AcceptedTransfer, ClaimPhoto, TransferClaim
from app.bookings.models.closures import Closure, ClosureLine, ClosurePlace, Concession
from app.bookings.models.hands import BankFee, CashHandover, QrisSettlement
from app.bookings.models.offline_scans import OfflineScan
from app.bookings.models.papers import IssuedReceipt, ReceiptCounter
from app.bookings.models.refunds import HandRefund
from app.bookings.models.statements import BankFile, BankLine, ReviewDecision
from app.bookings.models.vouchers import Credit, Voucher

__all__ = [
    "AcceptedTransfer",
    "BankFee",
    "BankFile",
    "BankLine",
    "Booking",
    "BookingLine",
    "CashHandover",
    "CheckIn",
    "ClaimPhoto",
    "Closure",
    "ClosureLine",
    "ClosurePlace",
    "Concession",
    "Credit",
    "HandRefund",
    "IssuedReceipt",
    "LineUnit",
    "OfflineScan",
    "Participant",
    "QrisSettlement",
    "ReceiptCounter",
    "ReviewDecision",
    "TransferClaim",
    "Voucher",
]
