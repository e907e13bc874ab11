"""The guest's papers: receipts and credit notes of a booking, by number and in order."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from app.bookings.models import Booking, IssuedReceipt
from app.bookings.queries.bookings import whole_bookings
from app.bookings.rules import PaperKind
from app.core.db import db
from app.core.errors import NotFound
from app.core.money import Rupiah
from app.core.words import gettext as _
from app.ledger.queries import unit_balances


def list_papers(booking_id: int) -> list[IssuedReceipt]:
    """All papers of a booking, oldest first."""
    query = select(IssuedReceipt).where(IssuedReceipt.booking_id == booking_id).order_by(IssuedReceipt.id)
    return list(db.session.scalars(query))


def get_paper(booking_id: int, number: str) -> IssuedReceipt:
    """A paper of this booking, with the one that it credits. Raises NotFound, also for another booking's."""
    query = (
        select(IssuedReceipt)
        .options(joinedload(IssuedReceipt.credited))
        .where(IssuedReceipt.booking_id == booking_id, IssuedReceipt.number == number.upper())
    )
    paper = db.session.scalars(query).one_or_none()
    if paper is None:
        raise NotFound(_("There is no receipt with this number here."))
    return paper


def find_paper_of(source: str) -> IssuedReceipt | None:
    """The paper that was issued for something: `receipt:12`, `refund:5`."""
    return db.session.scalars(select(IssuedReceipt).where(IssuedReceipt.source == source)).one_or_none()


def credits_of(papers: Sequence[IssuedReceipt]) -> dict[int, Rupiah]:
    """What was credited of each of a booking's papers, in rupiah by the paper's id."""
    credited: dict[int, Rupiah] = {}
    for paper in papers:
        if paper.credits_id is not None:
            credited[paper.credits_id] = credited.get(paper.credits_id, 0) + paper.amount
    return credited


def tax_on_papers(papers: Sequence[IssuedReceipt]) -> Rupiah:
    """The tax that a booking's papers say together, in rupiah: receipts less credit notes."""
    return sum(paper.tax if paper.kind == PaperKind.RECEIPT else -paper.tax for paper in papers)


def tax_in_books(booking: Booking) -> Rupiah:
    """The tax that the books have of a booking, in rupiah."""
    units = [f"unit:{unit.id}" for line in booking.lines for unit in line.units]
    return sum(row.amount for row in unit_balances(units=units, family="tax"))


def find_numbering_gaps() -> list[str]:
    """Issuers and years whose numbers are not 1 to as many as there are; empty where all is well."""
    query = select(
        IssuedReceipt.issuer, IssuedReceipt.year, func.count(), func.max(IssuedReceipt.position)
    ).group_by(IssuedReceipt.issuer, IssuedReceipt.year)
    return [
        f"{issuer} {year}: {count} papers, the last is number {last}"
        for issuer, year, count, last in db.session.execute(query)
        if count != last
    ]


def get_booking_by_id(booking_id: int) -> Booking:
    """A booking by its row. Raises NotFound."""
    booking = db.session.scalars(whole_bookings().where(Booking.id == booking_id)).one_or_none()
    if booking is None:
        raise NotFound(_("There is no booking behind this link."))
    return booking
