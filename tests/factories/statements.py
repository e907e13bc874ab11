"""Bank statements, as treasurers download them, and what stands in review because of them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from app.bookings.models import BankFile
from app.bookings.rules import Decision
from app.bookings.services import add_bank_file, decide_review, post_line, statement_of
from app.core import clock
from app.core.money import Rupiah
from app.users.rules import Scope
from app.villages.queries import find_bank_account

EVERYWHERE = Scope(everything=True)
HEAD = "Tanggal;Keterangan;Jumlah;DB/CR"
Entry = tuple[Rupiah, str]
"""What came in, in rupiah, and the bank's text."""


def csv_of(entries: Iterable[Entry], day: date | None = None, kept: Iterable[Entry] = ()) -> bytes:
    """A statement of one day: what came, then what the bank kept."""
    on = day or clock.today()
    lines = [(*entry, "CR") for entry in entries] + [(*entry, "DB") for entry in kept]
    rows = [f"{on:%d/%m/%Y};{text};{amount:,};{kind}".replace(",", ".") for amount, text, kind in lines]
    return "\n".join([HEAD, *rows, ""]).encode()


def add_file(
    account: str, by_user_id: int, *entries: Entry, day: date | None = None, kept: Iterable[Entry] = ()
) -> BankFile:
    """A statement that was sent in."""
    content = csv_of(entries, day, kept)
    return add_bank_file(
        account=account, name="mutasi.csv", content=content, layout=None, by_user_id=by_user_id
    )


def post_file(file: BankFile, by_user_id: int, scope: Scope = EVERYWHERE) -> list[int]:
    """Post all of it in one go; the numbers of the lines that were posted now."""
    said = statement_of(file=file)
    assert said is not None
    posted = [post_line(file=file, line=line, by_user_id=by_user_id, scope=scope) for line in said.lines]
    return [line.id for line in posted if line is not None]


def make_statement(village_id: int, by_user_id: int) -> tuple[int, int, int]:
    """A statement with two lines of nobody known, and in its fourth row a fee: its number, a receipt under review, a
    refund to be sent.
    """
    account = find_bank_account(village_id)
    assert account is not None
    came = (1_234_567, "NOBODY ONE"), (2_345_678, "NOBODY TWO")
    file = add_file(account.code, by_user_id, *came, kept=[(1_000, "BIAYA ADM")])
    said = statement_of(file=file)
    assert said is not None
    receipts = []
    for line in said.lines:
        posted = post_line(file=file, line=line, by_user_id=by_user_id, scope=EVERYWHERE)
        assert posted is not None
        assert posted.receipt_id is not None
        receipts.append(posted.receipt_id)
    decided = decide_review(
        receipt_id=receipts[1],
        decision=Decision.OWED_BACK,
        reason="sample",
        by_user_id=by_user_id,
        scope=EVERYWHERE,
    )
    assert decided.refund_id is not None
    return file.id, receipts[0], decided.refund_id
