"""A bank statement comes in: kept for a dry run, then posted line by line, each once for good."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import update

from app.bookings import queries
from app.bookings.models import BankFile, BankLine
from app.bookings.queries import Match
from app.bookings.rules import Statement, StatementLine, Verdict, decode, read_statement
from app.bookings.services.receive import receive_payment
from app.core import audit, clock
from app.core.dates import village_date
from app.core.db import db, insert_into
from app.core.errors import WrongState
from app.core.words import gettext as _
from app.ledger.services import Move, post
from app.payments.models import Receipt
from app.payments.rules import PaymentMethod, Reading
from app.payments.services import add_receipt
from app.users.rules import Scope

KEEP_FILES = timedelta(days=7)
"""A statement names other people too: its text goes after this, posted or not."""

KEEP_PHOTOS = timedelta(days=30)
"""So long after somebody looked a guest's photo may still answer a question."""


def add_bank_file(
    *, account: str, name: str, content: bytes, layout: str | None, by_user_id: int
) -> BankFile:
    """Keep a statement of an account for a dry run; nothing is posted. Raises StatementRefused."""
    text = decode(content)
    statement = read_statement(text, clock.today(), layout)
    kept = BankFile(
        account=account,
        name=name[:120],
        layout=statement.layout,
        content=text,
        uploaded_at=clock.now(),
        uploaded_by_id=by_user_id,
    )
    db.session.add(kept)
    db.session.flush()
    audit.record(
        action="statement:added",
        subject=f"account:{account}",
        user_id=by_user_id,
        file=kept.id,
        lines=len(statement.lines),
    )
    return kept


def post_line(*, file: BankFile, line: StatementLine, by_user_id: int, scope: Scope) -> BankLine | None:
    """Post one line of a statement; None when it was posted before, from whichever file, by whomever.

    What a rule knows is received for its booking and does what any such money does; what somebody typed before is only
    noted; the rest stands apart for a person. `file` may have been read before the transaction.
    """
    posted = _claim(file, line, by_user_id)
    if posted is None:
        return None
    found = _match(file.account, line, scope)
    if found.receipt is not None:
        receipt = found.receipt
    elif found.booking is not None:
        receipt = receive_payment(
            code=found.booking.code,
            method=PaymentMethod.TRANSFER,
            amount=line.amount,
            by_user_id=by_user_id,
            received_on=line.booked_on,
            account=file.account,
            # Kept for good, and the bank's text names other people: it stays with the line.
            note=f"bank line {posted.id}",
        )
    else:
        receipt = _stand_apart(posted, by_user_id)
    posted.verdict, posted.receipt_id = found.verdict, receipt.id
    db.session.flush()
    return posted


def _claim(file: BankFile, line: StatementLine, by_user_id: int) -> BankLine | None:
    """The line as ours to post. Two at once: the second waits for the first, and finds it posted."""
    table = BankLine.__table__
    row = {
        "fingerprint": line.fingerprint(file.account),
        "file_id": file.id,
        "account": file.account,
        "booked_on": line.booked_on,
        "amount": line.amount,
        "text": line.text,
        "number": line.number,
        "verdict": Verdict.UNKNOWN,
        "posted_at": clock.now(),
        "posted_by_id": by_user_id,
    }
    insert = insert_into(table).values(row).on_conflict_do_nothing(index_elements=["fingerprint"])
    key = db.session.execute(insert.returning(table.c.id)).scalar_one_or_none()
    return None if key is None else db.session.get_one(BankLine, key)


def _match(account: str, line: StatementLine, scope: Scope) -> Match:
    """Whose money it is, once more with the booking locked: it may have moved since somebody looked."""
    first = queries.match_line(line, queries.look_up(account, [line], scope))
    code = _code_of(first)
    if code is None:
        return first
    queries.lock_booking(code)
    second = queries.match_line(line, queries.look_up(account, [line], scope))
    if _code_of(second) not in {code, None}:
        return Match(Verdict.AMBIGUOUS, second.by)
    return second


def _code_of(found: Match) -> str | None:
    if found.receipt is not None:
        return found.receipt.reference.partition(":")[2]
    return found.booking.code if found.booking is not None else None


def _stand_apart(line: BankLine, by_user_id: int) -> Receipt:
    """Money of nobody known: received, and kept apart until somebody decides."""
    keeper = f"bank:{line.account}"
    receipt = add_receipt(
        reference=f"{queries.LINE}{line.id}",
        payment=None,
        method=PaymentMethod.TRANSFER,
        amount=line.amount,
        reading=Reading(0, 0, line.amount),
        keeper=keeper,
        received_on=line.booked_on,
        by_user_id=by_user_id,
        note=line.text or None,
    )
    post(
        reference=f"receipt:{receipt.id}",
        kind="receipt",
        subject=receipt.reference,
        moves=[Move(f"held:{keeper}", f"review:{receipt.id}", line.amount, keeper)],
        by_user_id=by_user_id,
    )
    audit.record(
        action="money:review",
        subject=receipt.reference,
        user_id=by_user_id,
        reason=line.verdict.value,
        receipt=receipt.id,
        amount=line.amount,
    )
    return receipt


def statement_of(*, file: BankFile) -> Statement | None:
    """What a file says, as on the day it was sent in; None once its text has gone."""
    if file.content is None:
        return None
    return read_statement(file.content, village_date(file.uploaded_at), file.layout)


def finish_file(*, file_id: int, by_user_id: int, scope: Scope) -> BankFile:
    """All of it is posted: its text goes. Raises NotFound, WrongState while something is left to post."""
    file = queries.get_bank_file(file_id, scope)
    if (statement := statement_of(file=file)) is not None:
        prints = [line.fingerprint(file.account) for line in statement.lines]
        if len(queries.lines_by_fingerprint(prints)) < len(prints):
            raise WrongState(_("Something is left to post in this file."))
        file.content, file.finished_at = None, clock.now()
        audit.record(
            action="statement:posted", subject=f"account:{file.account}", user_id=by_user_id, file=file.id
        )
    return file


def forget_transfer_papers() -> tuple[int, int]:
    """Empty statements of a week ago, and delete photos a month after somebody looked; how many of each."""
    now = clock.now()
    files = db.session.execute(
        update(BankFile)
        .where(BankFile.content.is_not(None), BankFile.uploaded_at < now - KEEP_FILES)
        .values(content=None)
        .returning(BankFile.id)
    ).all()
    photos = list(queries.list_old_photos(looked_before=now - KEEP_PHOTOS))
    for photo in photos:
        db.session.delete(photo)
    return len(files), len(photos)
