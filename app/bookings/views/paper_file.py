"""A receipt or a credit note as a PDF: the words of its page, laid out for paper."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from app.bookings.models import Booking, IssuedReceipt
from app.bookings.rules import PaperKind
from app.core import qr
from app.core.filters import plain_date, rupiah
from app.core.pdf import make_pdf
from app.core.words import current_language
from app.core.words import gettext as _

Row = tuple[str, str]


def paper_file(
    *,
    booking: Booking,
    paper: IssuedReceipt,
    guest: str | None,
    words: str,
    notes: Sequence[IssuedReceipt],
    trail_url: str,
    **_page: Any,
) -> bytes:
    """The PDF of a paper. `guest` is left out where None; `words` spell the amount; `notes` credit the paper."""
    is_receipt = paper.kind == PaperKind.RECEIPT
    said = paper.content
    facts = {
        "language": current_language(),
        "kind": _("Receipt") if is_receipt else _("Credit note"),
        "number": paper.number,
        "title": _titled(paper),
        "issuer": said["issuer"],
        "about": _about(booking, paper, guest),
        "amount_name": _("Received") if is_receipt else _("Owed back to the guest"),
        "amount": rupiah(paper.amount),
        "words": _("In words: %(words)s", words=words),
        "sums": _sums(paper),
        "lines_title": _("What is booked"),
        "lines": [_line(line) for line in said["lines"]],
        "notes": [_credited(note) for note in notes],
        "trail_title": _("Where every rupiah is"),
        "trail_text": _("Scan this to see how the money of this booking is divided. The page names nobody."),
        "trail_url": trail_url,
        "foot": _(
            "A receipt is never changed. What was wrong or goes back gets a credit note with a number of its own."
        ),
    }
    return make_pdf("bookings/receipt.typ", facts, {"qr": qr.svg(trail_url)})


def _titled(paper: IssuedReceipt) -> str:
    if paper.kind == PaperKind.RECEIPT:
        return _("Receipt %(number)s", number=paper.number)
    return _("Credit note %(number)s", number=paper.number)


def _about(booking: Booking, paper: IssuedReceipt, guest: str | None) -> list[Row]:
    ways = {
        "transfer": _("Bank transfer"),
        "qris": _("QRIS"),
        "cash": _("Cash"),
        "card": _("Card"),
        "credit": _("Gift or credit"),
    }
    way = paper.content.get("method")
    rows = [
        (_("Issued on"), plain_date(paper.issued_at)),
        (_("Guest"), guest),
        (_("Booking code"), booking.code),
        (_("How it was paid"), ways.get(way, way) if way else None),
        (_("Credits receipt"), paper.credited.number if paper.credited else None),
        (_("Replaces receipt"), paper.content.get("replaces")),
    ]
    return [(name, value) for name, value in rows if value]


def _sums(paper: IssuedReceipt) -> list[Row]:
    said = paper.content
    rows = [
        (_("Local tax inside"), paper.tax),
        (_("Unique code, for the village cash"), said.get("unique_code") or None),
        (_("Paid so far"), said.get("paid")),
        (_("Price of the whole booking"), said["total"]),
    ]
    return [(name, rupiah(amount)) for name, amount in rows if amount is not None]


def _line(line: dict[str, Any]) -> dict[str, str]:
    kinds = {"stay": _("Stay"), "package": _("Tour package"), "product": _("Village product")}
    detail = " · ".join([kinds.get(line["kind"], line["kind"]), line["detail"], line["village"]])
    return {"title": line["title"], "detail": detail, "price": rupiah(line["price"])}


def _credited(note: IssuedReceipt) -> str:
    amount, day = rupiah(note.amount), plain_date(note.issued_at)
    text = _("%(amount)s of this receipt was credited on %(date)s.", amount=amount, date=day)
    return f"{text} {_titled(note)}"
