"""The guest's papers: a receipt or a credit note as page and as PDF, by the secret of the booking."""

from __future__ import annotations

from typing import Any

import segno
from flask import Response, render_template, url_for

from app.bookings import queries
from app.bookings.models import Booking, IssuedReceipt
from app.bookings.views import bp
from app.bookings.views.paper_file import paper_file
from app.bookings.views.show import mine
from app.core import codes
from app.core.access import public
from app.core.settings import settings
from app.core.spelling import terbilang
from app.core.words import current_language


@bp.get("/<code>/receipts/<number>")
@public
def receipt(code: str, number: str) -> str:
    """A paper as it was issued, for whoever has the booking's secret in this browser."""
    booking = mine(code)
    paper = queries.get_paper(booking.id, number)
    return render_template(
        "bookings/receipt.html",
        back=url_for("bookings.show", code=booking.code),
        file=url_for("bookings.receipt_file", code=booking.code, number=paper.number),
        guest=paper.content["guest"],
        **paper_page(booking, paper),
    )


@bp.get("/<code>/receipts/<number>/pdf")
@public
def receipt_file(code: str, number: str) -> Response:
    """The same paper as a PDF file."""
    booking = mine(code)
    paper = queries.get_paper(booking.id, number)
    return paper_answer(booking, paper, guest=paper.content["guest"])


def paper_page(booking: Booking, paper: IssuedReceipt) -> dict[str, Any]:
    """What the page of a paper shows, for guest and staff alike: the paper, the amount in words, the trail's QR."""
    trail_url = settings().base_url + url_for("trail.show", token=codes.trail_token(booking.id))
    return {
        "booking": booking,
        "paper": paper,
        "words": terbilang(paper.amount, current_language()),
        "notes": [one for one in queries.list_papers(booking.id) if one.credits_id == paper.id],
        "trail_url": trail_url,
        "qr": segno.make(trail_url, error="m").svg_data_uri(scale=4, border=4),
    }


def paper_answer(booking: Booking, paper: IssuedReceipt, *, guest: str | None) -> Response:
    """The paper's PDF as an answer that a browser opens and saves under the paper's number."""
    answer = Response(paper_file(guest=guest, **paper_page(booking, paper)), mimetype="application/pdf")
    answer.headers["Content-Disposition"] = f'inline; filename="{paper.number}.pdf"'
    return answer
