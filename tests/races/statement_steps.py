"""What runners do who post statements and decide on money under review, and the halves of naive ones."""

from __future__ import annotations

from threading import local

from sqlalchemy import text

from app.bookings import queries, services
from app.bookings.rules import Decision
from app.core.db import db, transaction
from tests.factories.statements import EVERYWHERE

_seen = local()


def post_file(file_id: int, by_user_id: int) -> int:
    """Post a statement line by line, each in a transaction of its own; how many lines were ours."""
    file = queries.get_bank_file(file_id, EVERYWHERE)
    said = services.statement_of(file=file)
    assert said is not None
    count = 0
    for line in said.lines:
        with transaction():
            posted = services.post_line(file=file, line=line, by_user_id=by_user_id, scope=EVERYWHERE)
            count += posted is not None
    return count


def decide(receipt_id: int, kind: str, code: str | None, by_user_id: int) -> str:
    """Decide on money under review."""
    with transaction():
        services.decide_review(
            receipt_id=receipt_id,
            decision=Decision(kind),
            reason="seen",
            by_user_id=by_user_id,
            scope=EVERYWHERE,
            booking_code=code,
        )
    return kind


def claim(code: str) -> int:
    """The guest says that the transfer is sent."""
    with transaction():
        return services.claim_transfer(code=code).id


def naive_look() -> None:
    """The control's first half: is the line posted already, asked in no transaction of one's own."""
    _seen.value = db.session.scalar(text("SELECT count(*) FROM naive_lines"))


def naive_post() -> None:
    """The control's second half: post it, in a table without a key."""
    with transaction():
        if not _seen.value:
            db.session.execute(text("INSERT INTO naive_lines (amount) VALUES (1)"))
