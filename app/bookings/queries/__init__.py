"""What there is: bookings as guests and staff see them, whose money they may be, their months, and what must hold."""

from app.bookings.queries.bookings import (
    code_is_used,
    count_open_holds,
    find_booking,
    get_booking,
    get_booking_by_token,
    has_units_to_come,
    list_balances_to_remind,
    list_bookings,
    lock_booking,
    lock_lapsed_holds,
    lock_units_to_earn,
)
from app.bookings.queries.candidates import (
    UNPAID,
    Candidate,
    Likeness,
    count_waiting_for_money,
    list_candidates,
)
from app.bookings.queries.days import Day, Visit, day_of
from app.bookings.queries.foresight import Foresight, foresee_receipt, read_receipt
from app.bookings.queries.months import (
    BookingEarning,
    BookingMonth,
    MonthReceived,
    earnings_by_booking,
    expected_earnings,
    list_month_bookings,
    received_in_month,
)
from app.bookings.queries.pickups import list_pickups, reaches_pickup
from app.bookings.queries.refunds import (
    count_refunds_to_send,
    get_refund,
    list_refunds_sent,
    list_refunds_to_send,
    list_under_review,
)
from app.bookings.queries.shares import (
    TrailStep,
    filled_units,
    kept_shares,
    rupiah_trail,
    shares_of,
    sold_units,
)

__all__ = [
    "UNPAID",
    "BookingEarning",
    "BookingMonth",
    "Candidate",
    "Day",
    "Foresight",
    "Likeness",
    "MonthReceived",
    "TrailStep",
    "Visit",
    "code_is_used",
    "count_open_holds",
    "count_refunds_to_send",
    "count_waiting_for_money",
    "day_of",
    "earnings_by_booking",
    "expected_earnings",
    "filled_units",
    "find_booking",
    "foresee_receipt",
    "get_booking",
    "get_booking_by_token",
    "get_refund",
    "has_units_to_come",
    "kept_shares",
    "list_balances_to_remind",
    "list_bookings",
    "list_candidates",
    "list_month_bookings",
    "list_pickups",
    "list_refunds_sent",
    "list_refunds_to_send",
    "list_under_review",
    "lock_booking",
    "lock_lapsed_holds",
    "lock_units_to_earn",
    "reaches_pickup",
    "read_receipt",
    "received_in_month",
    "rupiah_trail",
    "shares_of",
    "sold_units",
]
