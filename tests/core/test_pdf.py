"""Documents as PDF: what is written in them is text, whatever it looks like."""

from __future__ import annotations

import json

import typst

from app.core import qr
from app.core.pdf import APP, FONTS, make_pdf

FACTS = {
    "language": "en",
    "kind": "Receipt",
    "number": "SARIHAYU-2027-00001",
    "title": "Receipt",
    "issuer": "BUMDes",
    "about": [["Guest", "Siti"]],
    "amount_name": "Received",
    "amount": "Rp1",
    "words": "one rupiah",
    "sums": [["Tax", "Rp0"]],
    "lines_title": "What is booked",
    "lines": [],
    "notes": [],
    "trail_title": "Trail",
    "trail_text": "Scan",
    "trail_url": "https://example.org/trail/1-x",
    "foot": "Never changed.",
}


def drawn(guest: str, lines: int = 1) -> list[bytes]:
    """The pages as pictures of their letters: two texts that read the same are drawn the same."""
    line = {"title": "House", "detail": "2 nights", "price": "Rp1"}
    facts = FACTS | {"about": [["Guest", guest]], "lines": [line] * lines}
    made = typst.compile(
        APP / "templates" / "bookings" / "receipt.typ",
        font_paths=[FONTS],
        ignore_system_fonts=True,
        sys_inputs={"facts": json.dumps(facts), "qr": qr.svg("x")},
        format="svg",
    )
    return [made] if isinstance(made, bytes) else made


def test_a_name_is_never_run() -> None:
    assert make_pdf("bookings/receipt.typ", FACTS | {"issuer": '#panic("run")'}, {"qr": qr.svg("x")})
    assert drawn("#lower[SITI]") != drawn("siti")
    assert drawn("*SITI*") != drawn("SITI")


def test_many_lines_fill_more_pages() -> None:
    assert [len(drawn("Siti", lines)) for lines in (1, 60)] == [1, 4]
