"""The guest's papers against the money: numbers without gaps, and each paper says what came or goes back."""

from __future__ import annotations

from sqlalchemy import select

from app.bookings.models import IssuedReceipt, ReceiptCounter
from app.bookings.queries.checks.base import verdict
from app.bookings.queries.papers import credits_of, find_numbering_gaps
from app.bookings.rules import PaperKind, corrected_source, correction_source, money_of
from app.core.db import db
from app.core.filters import rupiah
from app.ledger.models import JournalEntry
from app.ledger.queries import Check
from app.payments.models import Receipt, Refund

DIVIDED = "allocate:receipt:"


def paper_checks() -> list[Check]:
    """Receipts and credit notes."""
    papers = db.session.scalars(select(IssuedReceipt).order_by(IssuedReceipt.id)).all()
    return [
        _numbers_run(list(papers)),
        _papers_say_what_came(list(papers)),
        _divided_money_has_a_paper(list(papers)),
    ]


def _numbers_run(papers: list[IssuedReceipt]) -> Check:
    """From 1 on without a gap, and the counter stands at the last: the next paper follows."""
    breaches = find_numbering_gaps()
    last: dict[tuple[str, int], int] = {}
    for paper in papers:
        key = (paper.issuer, paper.year)
        last[key] = max(last.get(key, 0), paper.position)
    counted = {(one.issuer, one.year): one.last for one in db.session.scalars(select(ReceiptCounter))}
    for key in sorted(last.keys() | counted.keys()):
        if last.get(key) != counted.get(key):
            breaches.append(
                f"{key[0]} {key[1]}: counted to {counted.get(key)}, the last paper is {last.get(key)}"
            )
    return verdict("papers are numbered without gaps", f"{len(papers)} papers", breaches)


def _papers_say_what_came(papers: list[IssuedReceipt]) -> Check:
    """A receipt says what was divided of the money and its unique code; notes credit no more than it says."""
    receipts = {
        f"receipt:{one.id}": one.applied + one.code_amount for one in db.session.scalars(select(Receipt))
    }
    refunds = {f"refund:{one.id}": one.amount for one in db.session.scalars(select(Refund))}
    notes = {one.source: one for one in papers}
    wrong = {corrected_source(one.source): one for one in papers if one.kind == PaperKind.RECEIPT}
    credited = credits_of(papers)
    breaches = []
    for paper in papers:
        wanted = receipts.get(paper.source)
        if (old := wrong.get(paper.source)) is not None:
            note = notes.get(correction_source(old.id))
            wanted = note.amount if note else None
        if paper.kind == PaperKind.RECEIPT and wanted != paper.amount:
            breaches.append(f"{paper.number}: says {rupiah(paper.amount)}, not what {paper.source} brought")
        if paper.source in refunds and refunds[paper.source] < paper.amount:
            breaches.append(
                f"{paper.number}: says {rupiah(paper.amount)}, more than {paper.source} gives back"
            )
        if credited.get(paper.id, 0) > paper.amount:
            breaches.append(f"{paper.number}: more is credited than it says")
    return verdict("papers say what came and goes back", f"{len(papers)} papers", breaches)


def _divided_money_has_a_paper(papers: list[IssuedReceipt]) -> Check:
    """All money that was divided, from the first paper on."""
    sources = {money_of(paper.source) for paper in papers if paper.kind == PaperKind.RECEIPT}
    first = min((int(source.partition(":")[2]) for source in sources), default=0)
    divided = db.session.scalars(
        select(JournalEntry.reference).where(JournalEntry.reference.startswith(DIVIDED))
    )
    numbers = {int(reference.removeprefix(DIVIDED)) for reference in divided}
    breaches = [
        f"receipt {number}: divided, and the guest has no paper"
        for number in sorted(numbers)
        if sources and number >= first and f"receipt:{number}" not in sources
    ]
    return verdict("whoever paid has a receipt", f"{len(numbers)} payments", breaches)
