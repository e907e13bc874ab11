"""The checks of vouchers and credits hold in an honest world, and each kind of tampering is named."""

from __future__ import annotations

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from app.bookings import services
from app.bookings.queries.checks import check_books, check_inventory
from app.bookings.queries.checks.coupons import coupon_checks
from app.core.db import db, transaction
from app.payments.queries import list_refunds
from app.users.rules import Role
from tests.bookings import acts
from tests.bookings.coupons import EVERYTHING, gift, hold_with, voucher


@pytest.fixture
def world(season: Session) -> Session:
    """A voucher on a certain and on a held trip; gifts spent in part, promised and come back; a credit."""
    house = acts.house(rooms=6)
    often = voucher(house.village_id, uses=5)
    acts.pay(hold_with(often, house).code)
    hold_with(often, house)
    hold_with(gift(450_000), house)
    hold_with(gift(150_000), house)
    returned = hold_with(gift(450_000), house).code
    with transaction():
        services.cancel_booking(code=returned, reason=None)
    paid = hold_with(None, house)
    acts.pay(paid.code)
    with transaction():
        services.cancel_booking(code=paid.code, reason=None)
    (refund,) = list_refunds(paid.reference)
    by = acts.user(Role.MANAGER)
    with transaction():
        services.credit_instead_of_refund(
            refund_id=refund.id, valid_until=None, reason="asked", by_user_id=by, scope=EVERYTHING
        )
    return season


def broken() -> set[str]:
    """Names of the checks that do not hold."""
    return {check.name for check in (*check_books(), *check_inventory()) if not check.holds}


def after(statement: str) -> set[str]:
    """What does not hold once somebody has written past the doors; then it is undone."""
    connection = db.session.connection()
    with connection.begin_nested() as undone:
        assert connection.execute(text(statement)).rowcount > 0, statement
        db.session.expire_all()
        names = broken()
        undone.rollback()
    return names


GIFT = "(SELECT min(id) FROM credits WHERE kind = 'gift')"
TAMPERED = {
    "a gift grows": f"UPDATE credits SET amount = amount + 1 WHERE id = {GIFT}",
    "a gift is called a refund": f"UPDATE credits SET kind = 'refund' WHERE id = {GIFT}",
    "a credit is called a gift": "UPDATE credits SET kind = 'gift' WHERE kind = 'refund'",
    "a counter grows": (
        f"UPDATE counters SET capacity = capacity + 1 WHERE id = (SELECT counter_id FROM credits WHERE id = {GIFT})"
    ),
    "a receipt came from another credit": (
        "UPDATE receipts SET credit_id = (SELECT max(id) FROM credits) WHERE id = "
        "(SELECT min(id) FROM receipts WHERE credit_id IS NOT NULL)"
    ),
    "a receipt came from outside": "UPDATE receipts SET credit_id = NULL WHERE credit_id IS NOT NULL",
    "a refund left": "UPDATE refunds SET credit_id = NULL WHERE credit_id IS NOT NULL",
    "a use is gone": "DELETE FROM claims WHERE reference LIKE 'voucher:%'",
    "a promise is gone": "DELETE FROM claims WHERE reference LIKE 'credit:%' AND expires_at IS NOT NULL",
    "what was spent is claimed no more": (
        "DELETE FROM claims WHERE reference LIKE 'credit:%' AND expires_at IS NULL"
    ),
    "a claim is nobody's": "UPDATE claims SET reference = 'voucher:XXXXXXX' WHERE reference LIKE 'voucher:%' "
    "AND expires_at IS NULL",
    "a discount is without a voucher": "UPDATE bookings SET voucher_id = NULL WHERE voucher_id IS NOT NULL",
    "a discount grows": "UPDATE line_units SET discount = discount + 1 WHERE discount > 0",
    "a certain trip is called expired": (
        "UPDATE bookings SET state = 'expired' WHERE state = 'confirmed' AND voucher_id IS NOT NULL"
    ),
}


def test_every_tampering_is_named_and_every_check_can_fail(world: Session) -> None:
    assert broken() == set()
    named = {name: after(statement) for name, statement in TAMPERED.items()}
    assert [name for name, found in named.items() if not found] == []
    assert {check.name for check in coupon_checks()} - set().union(*named.values()) == set()
