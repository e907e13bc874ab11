"""Double entry: what cannot be written, what cannot be changed, and what the sums say."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.orm import Session

from app.core.db import db, transaction
from app.ledger.models import Account, JournalEntry, Posting
from app.ledger.queries import balance, balances, checks, keeper_balances, list_entries, unit_balances
from app.ledger.services import AlreadyPosted, Move, moved, open_accounts, post

BANK = "bank:a"
IN = Move("held:bank:a", "booking:X", 1000, BANK)
SHARED = [
    Move("booking:X", "payee:7:pending", 700, BANK, "unit:1", date(2027, 5, 1)),
    Move("booking:X", "tax:a:pbjt", 300, BANK, "unit:1", date(2027, 5, 1)),
]


def write(reference: str, moves: Sequence[Move], **details: object) -> JournalEntry:
    with transaction():
        return post(reference=reference, kind="test", subject="booking:X", moves=moves, **details)


def failing() -> list[str]:
    return [check.name for check in checks() if not check.holds]


def test_money_moves_from_one_account_to_another(session: Session) -> None:
    write("receipt:1", [IN])
    write("allocate:1", SHARED)
    assert {row.code: row.amount for row in balances()} == {
        "booking:X": 0,
        "held:bank:a": -1000,
        "payee:7:pending": 700,
        "tax:a:pbjt": 300,
    }
    assert balance("held:bank:a") == -1000
    assert balance("never:used") == 0
    assert failing() == []


def test_accounts_know_what_they_are(session: Session) -> None:
    write("allocate:1", SHARED)
    accounts = {row.code: (row.family, row.owner, row.stage) for row in db.session.query(Account)}
    assert accounts == {
        "booking:X": ("booking", "X", None),
        "payee:7:pending": ("payee", "7", "pending"),
        "tax:a:pbjt": ("tax", "a", "pbjt"),
    }
    assert [row.code for row in balances(family="payee")] == ["payee:7:pending"]


def test_a_step_is_booked_once(session: Session) -> None:
    write("receipt:1", [IN])
    with pytest.raises(AlreadyPosted):
        write("receipt:1", [IN])
    assert balance("booking:X") == 1000


def test_after_a_refusal_the_transaction_goes_on(session: Session) -> None:
    write("receipt:1", [IN])
    with transaction():
        with pytest.raises(AlreadyPosted):
            post(reference="receipt:1", kind="test", subject="booking:X", moves=[IN])
        post(reference="receipt:2", kind="test", subject="booking:X", moves=[IN])
    assert balance("booking:X") == 2000
    assert failing() == []


@pytest.mark.parametrize("moves", [[], [Move("a:1", "b:1", 0, BANK)], [IN, Move("a:1", "b:1", -5, BANK)]])
def test_nothing_is_no_entry(session: Session, moves: list[Move]) -> None:
    with pytest.raises(ValueError, match="amount"):
        write("receipt:1", moves)
    assert list_entries("booking:X") == []


@pytest.mark.parametrize(("amount", "same"), [(0, False), (-1, False), (5, True)])
def test_the_database_knows_no_half_posting(session: Session, amount: int, same: bool) -> None:
    """An amount has two sides by its very shape, and the table refuses what is nothing or moves nowhere."""
    write("receipt:1", [IN])
    source, target = (row.id for row in db.session.query(Account).order_by(Account.id))
    row = Posting(
        entry_id=1,
        position=9,
        from_account_id=source,
        to_account_id=source if same else target,
        amount=amount,
        keeper=BANK,
    )
    row.entry_id = db.session.query(JournalEntry).one().id
    with pytest.raises(IntegrityError), transaction():
        db.session.add(row)


@pytest.mark.parametrize("table", ["accounts", "journal_entries", "postings"])
@pytest.mark.parametrize("change", ["UPDATE {} SET id = id", "DELETE FROM {}"])
def test_what_is_written_stays(session: Session, table: str, change: str) -> None:
    write("receipt:1", [IN])
    with pytest.raises(DBAPIError, match="never changed"), transaction():
        db.session.execute(text(change.format(table)))
    assert balance("booking:X") == 1000


@pytest.mark.database("postgresql")
def test_the_books_are_not_emptied(session: Session) -> None:
    write("receipt:1", [IN])
    with pytest.raises(DBAPIError, match="never changed"), transaction():
        db.session.execute(text("TRUNCATE postings"))


def test_through_the_models_neither(session: Session) -> None:
    entry = write("receipt:1", [IN])
    with pytest.raises(DBAPIError, match="never changed"), transaction():
        db.session.get_one(JournalEntry, entry.id).note = "better"


def test_a_move_goes_where_its_sign_says() -> None:
    there = moved(source="a:1", target="b:1", amount=5, keeper=BANK, unit="unit:1")
    assert there == Move("a:1", "b:1", 5, BANK, "unit:1")
    assert moved(source="a:1", target="b:1", amount=-5, keeper=BANK) == Move("b:1", "a:1", 5, BANK)
    assert moved(source="a:1", target="b:1", amount=0, keeper=BANK) is None


def test_what_stands_for_a_unit(session: Session) -> None:
    write("allocate:1", SHARED)
    on = date(2027, 5, 1)
    write("earn:1", [Move("payee:7:pending", "payee:7:payable", 700, BANK, "unit:1", on)])
    rows = unit_balances(units=["unit:1"], family="payee")
    assert [(row.code, row.amount, row.keeper, row.service_on) for row in rows] == [
        ("payee:7:payable", 700, BANK, on)
    ]
    assert unit_balances(units=["unit:1"], family="payee", stage="pending") == []
    assert [row.amount for row in unit_balances(units=["unit:1"], family="tax")] == [300]
    assert unit_balances(units=["unit:2"], family="payee") == []


def test_balances_apart_by_keeper(session: Session) -> None:
    write("receipt:1", [IN])
    write("receipt:2", [Move("held:cash:a", "booking:X", 50, "cash:a")])
    assert [(row.keeper, row.amount) for row in keeper_balances("booking")] == [(BANK, 1000), ("cash:a", 50)]
    assert balance("booking:X") == 1050


def test_entries_tell_their_story(session: Session) -> None:
    write("receipt:1", [IN], note="slip 7", booked_on=date(2027, 1, 2))
    write("allocate:1", SHARED)
    first, second = list_entries("booking:X")
    assert (first.reference, first.note, first.booked_on) == ("receipt:1", "slip 7", date(2027, 1, 2))
    assert [posting.to_account.code for posting in second.postings] == ["payee:7:pending", "tax:a:pbjt"]


def test_accounts_are_opened_once(session: Session) -> None:
    with transaction():
        open_accounts(codes=["b:1", "a:1"])
        open_accounts(codes=["a:1"])
    assert sorted(row.code for row in db.session.query(Account)) == ["a:1", "b:1"]


# Every check can fail


def test_money_in_a_strangers_hands_is_found(session: Session) -> None:
    write("receipt:1", [Move("held:bank:a", "booking:X", 1000, "bank:b")])
    assert failing() == ["money lies with the keeper it is booked to"]


def test_a_keeper_who_owes_what_he_does_not_hold_is_found(session: Session) -> None:
    write("receipt:1", [IN])
    write("odd:1", [Move("booking:X", "held:bank:a", 100, BANK), Move("a:1", "b:1", 1, "nobody")])
    assert failing() == []
    entry = JournalEntry(
        reference="empty:1",
        kind="test",
        subject="booking:X",
        booked_on=date(2027, 1, 1),
        created_at=db.session.query(JournalEntry).first().created_at,
    )
    with transaction():
        db.session.add(entry)
    assert failing() == ["every entry moves money"]
