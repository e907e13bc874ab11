"""The one way to write in the books."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError

from app.core import clock
from app.core.db import db, insert_into, savepoint
from app.core.errors import Conflict
from app.core.money import Rupiah
from app.core.words import gettext as _
from app.ledger.models import Account, JournalEntry, Posting


@dataclass(frozen=True)
class Move:
    """An amount > 0 in rupiah from one account to another, in a keeper's hands, perhaps for one sold unit."""

    source: str
    target: str
    amount: Rupiah
    keeper: str
    unit: str | None = None
    service_on: date | None = None


class AlreadyPosted(Conflict):
    """This step of money was posted before, under the same reference."""


def post(
    *,
    reference: str,
    kind: str,
    subject: str,
    moves: Sequence[Move],
    note: str | None = None,
    by_user_id: int | None = None,
    booked_on: date | None = None,
    reverses_id: int | None = None,
) -> JournalEntry:
    """Write one entry. `booked_on` is a village date, today unless given.

    Raises AlreadyPosted when the reference is taken, ValueError when there is nothing to post.
    """
    if not moves or any(move.amount <= 0 for move in moves):
        raise ValueError("an entry needs moves, and a move an amount > 0")
    accounts = _accounts({code for move in moves for code in (move.source, move.target)})
    entry = JournalEntry(
        reference=reference,
        kind=kind,
        subject=subject,
        booked_on=booked_on or clock.today(),
        note=note,
        by_user_id=by_user_id,
        reverses_id=reverses_id,
        created_at=clock.now(),
    )
    _add(entry)
    db.session.execute(insert(Posting), [_row(entry, at, move, accounts) for at, move in enumerate(moves)])
    return entry


def reverse(*, reference: str, entry: JournalEntry, note: str | None = None) -> JournalEntry:
    """Undo an entry (from `get_entry`) by a new one that is linked to it: what it moved, moved back.

    Raises AlreadyPosted when the reference is taken or the entry was undone before.
    """
    moves = [
        Move(one.to_account.code, one.from_account.code, one.amount, one.keeper, one.unit, one.service_on)
        for one in reversed(entry.postings)
    ]
    kind, subject = f"{entry.kind}_undone", entry.subject
    return post(reference=reference, kind=kind, subject=subject, moves=moves, note=note, reverses_id=entry.id)


def open_accounts(*, codes: Iterable[str]) -> None:
    """Let accounts come into being at once, for whoever writes several entries in one transaction.

    Opened entry by entry they would not be in ascending order, and two of that kind could wait in a circle.
    """
    _accounts(codes)


def lock_account(*, code: str) -> None:
    """Nobody else who asks first works out from this account's balance what may leave it, until the transaction ends.
    Whoever only posts waits for nobody.
    """
    open_accounts(codes=[code])
    db.session.execute(select(Account.id).where(Account.code == code).with_for_update(key_share=True))


def moved(*, source: str, target: str, amount: Rupiah, keeper: str, **unit: object) -> Move | None:
    """A move in the direction that the sign asks for; None when nothing moves."""
    if amount == 0:
        return None
    if amount < 0:
        source, target, amount = target, source, -amount
    return Move(source, target, amount, keeper, **unit)  # type: ignore[arg-type]


def _add(entry: JournalEntry) -> None:
    try:
        with savepoint():
            db.session.add(entry)
    except IntegrityError as error:
        raise AlreadyPosted(_("This step was already booked.")) from error


def _row(entry: JournalEntry, position: int, move: Move, accounts: dict[str, int]) -> dict[str, object]:
    return {
        "entry_id": entry.id,
        "position": position,
        "from_account_id": accounts[move.source],
        "to_account_id": accounts[move.target],
        "amount": move.amount,
        "keeper": move.keeper,
        "unit": move.unit,
        "service_on": move.service_on,
    }


def _accounts(codes: Iterable[str]) -> dict[str, int]:
    """Ids by code; accounts come into being when they are first used."""
    wanted = sorted(set(codes))
    known = _known(wanted)
    missing = [code for code in wanted if code not in known]
    if missing:
        rows = [_taken_apart(code) for code in missing]
        insert_new = insert_into(Account.__table__).on_conflict_do_nothing(index_elements=["code"])
        db.session.execute(insert_new, rows)
        known = _known(wanted)
    return known


def _known(codes: Sequence[str]) -> dict[str, int]:
    return dict(db.session.execute(select(Account.code, Account.id).where(Account.code.in_(codes))).all())


def _taken_apart(code: str) -> dict[str, str | None]:
    family, _colon, rest = code.partition(":")
    owner, _colon, stage = rest.partition(":")
    return {"code": code, "family": family, "owner": owner, "stage": stage or None}
