"""Whoever writes past the doors on bank lines, or on money under review, is named by a check."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from app.bookings import queries, services
from app.bookings.rules import Decision
from app.core.db import transaction
from app.users.rules import Role
from app.villages.queries import find_bank_account
from tests.bookings import acts
from tests.bookings.test_checks import after, broken
from tests.factories.statements import EVERYWHERE, add_file, post_file

LINES = "every bank line has its receipt"
REVIEW = "money under review is in its account"
DECISIONS = "decisions moved what was under review"


@pytest.fixture
def books(season: Session) -> Session:
    """A line for a booking, one too much, one of nobody, and one of each decision."""
    house = acts.house(rooms=3)
    account = find_bank_account(house.village_id)
    assert account is not None
    by = acts.user(Role.BUMDES_TREASURER, at=house)
    exact, more, other = acts.hold(house), acts.hold(house), acts.hold(house)
    entries = [
        (acts.asked(exact), "A"),
        (500_000, more),
        (5_000, "B"),
        (6_000, "C"),
        (400_000, "D"),
        (7_000, "E"),
    ]
    with transaction():
        post_file(add_file(account.code, by, *entries), by)
    waiting = {review.amount: review.receipt.id for review in queries.list_reviews(EVERYWHERE)}
    for amount, kind in (
        (5_000, Decision.OWED_BACK),
        (6_000, Decision.NOT_OURS),
        (400_000, Decision.ASSIGNED),
    ):
        with transaction():
            services.decide_review(
                receipt_id=waiting[amount],
                decision=kind,
                reason="sample",
                by_user_id=by,
                scope=EVERYWHERE,
                booking_code=other,
            )
    return season


def test_an_honest_world_holds(books: Session) -> None:
    assert broken() == set()
    acts.nothing_is_wrong()


OFF_BY_ONE = (
    "UPDATE postings SET amount = amount - 1 WHERE to_account_id IN "
    "(SELECT id FROM accounts WHERE family = 'review')"
)
TAMPERED = [
    (LINES, "UPDATE bank_lines SET receipt_id = NULL WHERE id = (SELECT min(id) FROM bank_lines)"),
    (LINES, "UPDATE bank_lines SET amount = amount + 1 WHERE id = (SELECT min(id) FROM bank_lines)"),
    (LINES, "UPDATE bank_lines SET account = 'elsewhere' WHERE id = (SELECT min(id) FROM bank_lines)"),
    (
        REVIEW,
        OFF_BY_ONE,
    ),
    (REVIEW, "DELETE FROM review_decisions WHERE kind = 'not_ours'"),
    (DECISIONS, "UPDATE review_decisions SET amount = amount + 1 WHERE kind = 'not_ours'"),
    (DECISIONS, "UPDATE review_decisions SET amount = amount + 1 WHERE kind = 'assigned'"),
    (
        "keepers hold receipts less fees and refunds sent",
        "UPDATE review_decisions SET amount = amount + 1 WHERE kind = 'not_ours'",
    ),
]


@pytest.mark.parametrize(("name", "statement"), TAMPERED)
def test_tampering_is_named(books: Session, name: str, statement: str) -> None:
    assert name in after(statement)


def test_money_taken_out_of_review_without_a_decision_is_named(books: Session) -> None:
    decided = (
        "UPDATE review_decisions SET receipt_id = (SELECT min(id) FROM receipts) WHERE kind = 'not_ours'"
    )
    assert {REVIEW, DECISIONS} <= after(decided)
