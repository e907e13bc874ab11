"""The guest's papers: a receipt for what was taken for the booking, a credit note for what is owed back of it.

Numbers run without gaps by issuer and year: the counter's row is locked until the transaction that took a number ends,
and one that is undone gives its number back. Papers come last among what a transaction writes, for the lock is short.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from app.bookings import queries
from app.bookings.models import Booking, IssuedReceipt, ReceiptCounter
from app.bookings.rules import COMPANY, PaperKind, issuer_of, money_of, paper_number, tax_fallen
from app.core import clock
from app.core.db import db, insert_into
from app.core.money import Rupiah
from app.core.settings import settings
from app.payments.models import Receipt, Refund
from app.revenue.queries import find_payee
from app.revenue.rules import PayeeKind


def issue_receipt(*, booking: Booking, receipt: Receipt, tax: Rupiah) -> IssuedReceipt | None:
    """The receipt for money that was divided: what was applied and its unique code; `tax` is inside, in rupiah.

    None where nothing of it was for the booking. What came in too much is on no paper: it belongs to nobody yet. Issued
    once however often it is asked for.
    """
    source, amount = f"receipt:{receipt.id}", receipt.applied + receipt.code_amount
    if not receipt.applied or (known := queries.find_paper_of(source)) is not None:
        return known if receipt.applied else None
    return issue(
        booking=booking,
        kind=PaperKind.RECEIPT,
        source=source,
        amount=amount,
        tax=tax,
        method=receipt.method.value,
        received_on=receipt.received_on.isoformat(),
        unique_code=receipt.code_amount,
        paid=booking.received,
    )


def issue_credit_notes(*, booking: Booking, refunds: Sequence[Refund]) -> list[IssuedReceipt]:
    """Credit notes for refunds whose entries are in the books, from the day they are owed: then the shares fall.

    A refund of money that was never divided, or came in too much, has no receipt and needs no note. Issued once.
    """
    papers = queries.list_papers(booking.id)
    credited = queries.credits_of(papers)
    # The newest receipt for the money is the one that holds: the older ones were taken back.
    receipts = {money_of(paper.source): paper for paper in papers}
    wanted = []
    for refund in refunds:
        paper = receipts.get(f"receipt:{refund.receipt_id}")
        left = paper.amount - credited.get(paper.id, 0) if paper else 0
        if paper and (amount := min(refund.amount, left)) and f"refund:{refund.id}" not in receipts:
            credited[paper.id] = credited.get(paper.id, 0) + amount
            wanted.append((refund, paper, amount))
    if not wanted:
        return []
    amounts = [amount for _refund, _paper, amount in wanted]
    taxes = tax_fallen(amounts, queries.tax_on_papers(papers), queries.tax_in_books(booking))
    return [
        issue(
            booking=booking,
            kind=PaperKind.CREDIT_NOTE,
            source=f"refund:{refund.id}",
            amount=amount,
            tax=tax,
            credits_id=paper.id,
            reason=refund.reason,
        )
        for (refund, paper, amount), tax in zip(wanted, taxes, strict=True)
    ]


def issue(
    *,
    booking: Booking,
    kind: PaperKind,
    source: str,
    amount: Rupiah,
    tax: Rupiah,
    credits_id: int | None = None,
    said: dict[str, Any] | None = None,
    **more: Any,
) -> IssuedReceipt:
    """Write a paper with the next number. It says what the booking is now and `more`, or only `said` where given."""
    issuer, year = issuer_of({line.village.slug for line in booking.lines}), clock.today().year
    position = _take_number(issuer, year)
    paper = IssuedReceipt(
        number=paper_number(issuer, year, position),
        issuer=issuer,
        year=year,
        position=position,
        kind=kind,
        source=source,
        booking_id=booking.id,
        credits_id=credits_id,
        amount=amount,
        tax=tax,
        content=said or _content(booking, issuer) | more,
        issued_at=clock.now(),
    )
    db.session.add(paper)
    db.session.flush()
    return paper


def _take_number(issuer: str, year: int) -> int:
    """The next number, in one statement: whoever comes meanwhile waits until this transaction has ended."""
    table = ReceiptCounter.__table__
    insert = insert_into(table).values(issuer=issuer, year=year, last=1)
    taken = insert.on_conflict_do_update(index_elements=["issuer", "year"], set_={"last": table.c.last + 1})
    return int(db.session.execute(taken.returning(table.c.last)).scalar_one())


def _content(booking: Booking, issuer: str) -> dict[str, Any]:
    """What the paper says for good, as it is now: of persons only the guest's name."""
    return {
        "issuer": _issuer_name(booking, issuer),
        "guest": booking.guest_name,
        "total": booking.total,
        "lines": [
            {
                "kind": line.kind.value,
                "title": line.title,
                "detail": line.detail,
                "village": line.village.name,
                "arrival": line.arrival.isoformat(),
                "departure": line.departure.isoformat(),
                "price": line.price_now,
            }
            for line in booking.lines
        ],
    }


def _issuer_name(booking: Booking, issuer: str) -> str:
    if issuer != COMPANY:
        return booking.lines[0].village.bumdes
    company = find_payee(kind=PayeeKind.MANAGER, village_id=None)
    return company.name if company else settings().site_name
