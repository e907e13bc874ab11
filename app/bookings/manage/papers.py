"""A booking's receipts and credit notes, as staff who see all of its money read them."""

from __future__ import annotations

from flask import Response, render_template, url_for

from app.bookings import queries
from app.bookings.manage import bp
from app.bookings.manage.sight import Sight, look_at, scope_of
from app.bookings.models import IssuedReceipt
from app.bookings.views.papers import paper_answer, paper_page
from app.core.access import requires
from app.core.errors import NotFound
from app.core.words import gettext as _
from app.users.rules import Permission


@bp.get("/bookings/<code>/receipts/<number>")
@requires(Permission.MONEY_SEE)
def receipt(code: str, number: str) -> str:
    """A paper as the guest has it; the name only for who may see it. A paper tells of all parts of a trip."""
    sight, paper = _found(code, number)
    return render_template(
        "bookings/receipt.html",
        back=url_for(".booking", code=sight.booking.code),
        file=url_for(".receipt_file", code=sight.booking.code, number=paper.number),
        guest=paper.content["guest"] if sight.name else None,
        **paper_page(sight.booking, paper),
    )


@bp.get("/bookings/<code>/receipts/<number>/pdf")
@requires(Permission.MONEY_SEE)
def receipt_file(code: str, number: str) -> Response:
    """The same paper as a PDF file."""
    sight, paper = _found(code, number)
    return paper_answer(sight.booking, paper, guest=paper.content["guest"] if sight.name else None)


def _found(code: str, number: str) -> tuple[Sight, IssuedReceipt]:
    """A paper of a booking all of whose money the reader may see. Raises NotFound."""
    found = queries.get_booking(code, scope_of(Permission.MONEY_SEE))
    sight = look_at(found)
    if not sight.shows_all_money:
        raise NotFound(_("There is no receipt with this number here."))
    return sight, queries.get_paper(found.id, number)
