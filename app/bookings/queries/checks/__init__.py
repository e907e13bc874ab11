"""What must hold between bookings, money, nights, seats and pieces. Reading only, for the two `check` commands."""

from app.bookings.queries.checks.bookings import booking_checks
from app.bookings.queries.checks.closures import closure_checks
from app.bookings.queries.checks.counters import counter_checks
from app.bookings.queries.checks.coupons import coupon_checks
from app.bookings.queries.checks.disputes import dispute_checks
from app.bookings.queries.checks.fees import fee_checks
from app.bookings.queries.checks.hand_refunds import hand_refund_checks
from app.bookings.queries.checks.hands import hands_checks
from app.bookings.queries.checks.nights import night_checks
from app.bookings.queries.checks.papers import paper_checks
from app.bookings.queries.checks.receipts import receipt_checks
from app.bookings.queries.checks.shares import share_checks
from app.bookings.queries.checks.statements import statement_checks
from app.ledger.queries import Check
from app.ledger.queries import checks as ledger_checks


def check_books() -> list[Check]:
    """Every invariant of the money, with figures."""
    return [
        *ledger_checks(),
        *booking_checks(),
        *receipt_checks(),
        *fee_checks(),
        *dispute_checks(),
        *share_checks(),
        *paper_checks(),
        *hand_refund_checks(),
        *statement_checks(),
        *coupon_checks(),
        *closure_checks(),
        *hands_checks(),
    ]


def check_inventory() -> list[Check]:
    """Every invariant of nights, seats and pieces, with figures."""
    return [*night_checks(), *counter_checks()]


__all__ = ["check_books", "check_inventory"]
