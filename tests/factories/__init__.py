"""What tests are about, made by the services: functions with defaults for everything, to be called in a transaction.

    with app.app_context(), transaction():
        house = make_house(rooms=2, whole=True)
        booking = make_hold(house)
        make_receipt(booking.code)

Numbers and codes are given back as values, so that they may go to other threads and processes.
"""

from tests.factories.bookings import (
    ARRIVAL,
    NOW,
    asked_of,
    in_days,
    make_choice,
    make_guest,
    make_hold,
    make_paid,
    make_receipt,
)
from tests.factories.houses import PRICES, House, make_house, make_profile, make_room_type, make_user
from tests.factories.refunds import ACCOUNT, make_approved, make_sent_refund, make_transferred
from tests.factories.showcase import Goods, make_maker, make_product, make_product_choice
from tests.factories.tours import NINE, Tour, make_departure, make_package, make_package_agreement, make_texts
from tests.factories.villages import (
    BEGAN,
    SHARES,
    make_agreement,
    make_bank_account,
    make_payee,
    make_sheet,
    make_tax,
    make_village,
    qris_text,
)

__all__ = [
    "ACCOUNT",
    "ARRIVAL",
    "BEGAN",
    "NINE",
    "NOW",
    "PRICES",
    "SHARES",
    "Goods",
    "House",
    "Tour",
    "asked_of",
    "in_days",
    "make_agreement",
    "make_approved",
    "make_bank_account",
    "make_choice",
    "make_departure",
    "make_guest",
    "make_hold",
    "make_house",
    "make_maker",
    "make_package",
    "make_package_agreement",
    "make_paid",
    "make_payee",
    "make_product",
    "make_product_choice",
    "make_profile",
    "make_receipt",
    "make_room_type",
    "make_sent_refund",
    "make_sheet",
    "make_tax",
    "make_texts",
    "make_transferred",
    "make_user",
    "make_village",
    "qris_text",
]
