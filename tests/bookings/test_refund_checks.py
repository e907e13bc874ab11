"""What breaks the checks of refunds by hand: each tampering is named, by the check that is for it."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from app.bookings.queries.checks import check_books
from app.core.db import db, transaction
from app.payments.rules import PaymentMethod
from tests.bookings import acts
from tests.bookings.acts import DAY, later
from tests.bookings.hands import approve, confirm, give, owed, transfer
from tests.factories import House

AGREED = "refunds by hand were approved by a second person"
PROVED = "refunds by hand left with their proof"
FORGOTTEN = "guests' accounts are kept no longer than they may"
BOOKED = "every refund is booked as written"
FITS = "refunds fit the receipts they belong to"
HOLD = "keepers hold receipts less fees and refunds sent"
DONE = "refund_id = (SELECT min(refund_id) FROM hand_refunds)"
SOMEBODY = "(SELECT min(id) FROM users)"
SECOND = (
    "INSERT INTO refunds (reference, receipt_id, amount, state, keeper, reason, created_at) "
    "SELECT reference, receipt_id, 1, 'created', keeper, reason, created_at FROM refunds WHERE state = 'sent'"
)

TAMPERED = {
    "sent without approval": (f"UPDATE hand_refunds SET approved_by_id = NULL WHERE {DONE}", {AGREED}),
    "sent, and nobody was asked at all": (f"DELETE FROM hand_refunds WHERE {DONE}", {AGREED, BOOKED, HOLD}),
    "approved by who sent it": (f"UPDATE hand_refunds SET approved_by_id = sent_by_id WHERE {DONE}", {AGREED}),
    "approved by who wrote it down": (
        f"UPDATE hand_refunds SET entered_by_id = approved_by_id WHERE {DONE}",
        {AGREED},
    ),
    "a refund is called sent": (
        f"UPDATE refunds SET state = 'sent', sent_by_id = {SOMEBODY} WHERE state <> 'sent'",
        {AGREED, PROVED},
    ),
    "a proof is gone": (f"UPDATE hand_refunds SET state = 'sent', confirmed_at = NULL WHERE {DONE}", {PROVED}),
    "a proof out of nothing": (
        f"UPDATE hand_refunds SET state = 'confirmed', approved_by_id = {SOMEBODY} WHERE state = 'given'",
        {PROVED},
    ),
    "an account kept too long": (
        f"UPDATE hand_refunds SET confirmed_at = '2026-12-01 00:00:00.000000' WHERE {DONE}",
        {FORGOTTEN},
    ),
    "an account kept for nothing": ("UPDATE hand_refunds SET state = 'asked' WHERE state = 'given'", {FORGOTTEN}),
    "another keeper paid": (f"UPDATE hand_refunds SET paid_from = 'bank:other' WHERE {DONE}", {BOOKED, HOLD}),
    "more goes back than came": ("UPDATE refunds SET amount = 900000 WHERE state = 'sent'", {FITS, BOOKED}),
    "a second refund of the same receipt": (
        SECOND,
        {FITS},
    ),
}  # fmt: skip


@pytest.fixture
def world(house: House, two: tuple[int, int]) -> House:
    """One that went by cash to an account, one that somebody wrote down and nobody has approved."""
    treasurer, second = two
    first = owed(house, PaymentMethod.CASH)
    give(first)
    approve(first, second)
    transfer(first, treasurer)
    confirm(first, treasurer)
    give(owed(house), by_user_id=treasurer)
    acts.nothing_is_wrong()
    return house


def broken_after(statement: str) -> set[str]:
    """What does not hold once somebody has written past the doors and the table's own rules; then it is undone."""
    connection = db.session.connection()
    with connection.begin_nested() as undone:
        if connection.dialect.name == "sqlite":
            connection.execute(text("PRAGMA ignore_check_constraints = ON"))
        else:
            for name in ("account", "approved", "second", "sent", "confirmed"):
                connection.execute(text(f"ALTER TABLE hand_refunds DROP CONSTRAINT ck_hand_refunds_{name}"))
        assert connection.execute(text(statement)).rowcount > 0, statement
        db.session.expire_all()
        names = {check.name for check in check_books() if not check.holds}
        undone.rollback()
    if connection.dialect.name == "sqlite":
        connection.execute(text("PRAGMA ignore_check_constraints = OFF"))
    return names


@pytest.mark.parametrize("name", TAMPERED)
def test_a_tampering_is_named(world: House, name: str) -> None:
    statement, wanted = TAMPERED[name]
    with transaction():
        assert wanted <= broken_after(statement)
    acts.nothing_is_wrong()


def test_an_account_that_no_job_deleted_is_named_in_time(world: House) -> None:
    with later(91 * DAY):
        assert FORGOTTEN not in {check.name for check in check_books() if not check.holds}, "a day to spare"
    with later(93 * DAY):
        assert FORGOTTEN in {check.name for check in check_books() if not check.holds}


def test_refunds_of_before_two_agreed_hold(house: House, two: tuple[int, int]) -> None:
    """As the migration writes them: sent by one person from the keeper that had received it."""
    refund_id = owed(house)
    give(refund_id)
    approve(refund_id, two[1])
    transfer(refund_id, two[0])
    confirm(refund_id, two[0])
    earlier = (
        "UPDATE hand_refunds SET state = 'earlier', confirmed_at = NULL, approved_by_id = NULL, route = NULL, "
        "bank = NULL, number_locked = NULL, holder_locked = NULL, number_end = NULL"
    )
    with transaction():
        db.session.execute(text(earlier))
    acts.nothing_is_wrong()
