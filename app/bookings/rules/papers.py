"""Receipts and credit notes: who issues them, their numbers, and the tax on them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from enum import StrEnum

from app.core.money import Rupiah


class PaperKind(StrEnum):
    """What a numbered paper in the guest's hands says."""

    RECEIPT = "receipt"
    CREDIT_NOTE = "credit_note"


COMPANY = "pendamping"
"""The issuer of papers for trips over several villages: the assisting company."""


def issuer_of(villages: Collection[str]) -> str:
    """Who issues the papers of a trip through villages (slugs): the BUMDes of the one, else the assisting company."""
    return next(iter(villages)) if len(villages) == 1 else COMPANY


def paper_number(issuer: str, year: int, position: int) -> str:
    """How the number of a paper is written: SARIHAYU-2027-00012. One row of numbers for receipts and credit notes."""
    return f"{issuer.upper()}-{year}-{position:05d}"


def tax_fallen(amounts: Sequence[Rupiah], on_papers: Rupiah, in_books: Rupiah) -> list[Rupiah]:
    """How the tax that a refund took back stands on its credit notes of these amounts, in rupiah, the first one first.

    Afterwards the papers of a booking say as much tax as its books: what they said too much falls, never more than a
    note gives back.
    """
    left, parts = max(0, on_papers - in_books), []
    for amount in amounts:
        parts.append(min(left, amount))
        left -= parts[-1]
    return parts


def correction_source(paper_id: int) -> str:
    """What the credit note is for that takes a paper back because its words were wrong."""
    return f"correction:{paper_id}"


def corrected_source(source: str) -> str:
    """What the next receipt for the same money is for: receipt:12, receipt:12/2, receipt:12/3."""
    base, _slash, count = source.partition("/")
    return f"{base}/{int(count or 1) + 1}"


def money_of(source: str) -> str:
    """The money that a receipt is for, corrected or not: receipt:12."""
    return source.partition("/")[0]
