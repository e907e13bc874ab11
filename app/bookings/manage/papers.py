"""A booking's receipts and credit notes, as staff who see all of its money read and correct them."""

from __future__ import annotations

from flask import Response, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app.bookings import queries
from app.bookings.manage import bp
from app.bookings.manage.forms import CorrectionForm
from app.bookings.manage.sight import Sight, look_at, scope_of
from app.bookings.models import IssuedReceipt
from app.bookings.rules import PaperKind
from app.bookings.services import correct_receipt
from app.bookings.views.papers import paper_answer, paper_page
from app.core.access import requires
from app.core.db import transaction
from app.core.errors import Conflict, Invalid, NotFound
from app.core.limits import WRITES, limiter
from app.core.words import gettext as _
from app.users.rules import Permission


@bp.get("/bookings/<code>/receipts/<number>")
@requires(Permission.MONEY_SEE)
def receipt(code: str, number: str) -> str:
    """A paper as the guest has it; the name only for who may see it. A paper tells of all parts of a trip."""
    sight, paper = _found(code, number)
    return _page(sight, paper, CorrectionForm(formdata=None))


@bp.get("/bookings/<code>/receipts/<number>/pdf")
@requires(Permission.MONEY_SEE)
def receipt_file(code: str, number: str) -> Response:
    """The same paper as a PDF file."""
    sight, paper = _found(code, number)
    return paper_answer(sight.booking, paper, guest=paper.content["guest"] if sight.name else None)


@bp.post("/bookings/<code>/receipts/<number>/correct")
@requires(Permission.MONEY_RECEIVE)
@limiter.limit(WRITES)
def correct(code: str, number: str) -> ResponseReturnValue:
    """Make the receipt out to somebody else: a credit note takes it back, and there is a new one."""
    sight, paper = _found(code, number)
    if not _may_correct(sight, paper):
        raise NotFound(_("There is no receipt with this number here."))
    form = CorrectionForm()
    if not form.validate_on_submit():
        return _page(sight, paper, form), 422
    try:
        with transaction():
            new = correct_receipt(
                code=sight.booking.code,
                number=paper.number,
                name=form.guest_name.data or "",
                reason=form.reason.data or "",
                by_user_id=current_user.id,
            )
    except (Conflict, Invalid) as error:
        flash(str(error.message), "error")
        return redirect(url_for(".receipt", code=sight.booking.code, number=paper.number), 303)
    flash(_("The old receipt was credited, and this is the new one."), "success")
    return redirect(url_for(".receipt", code=sight.booking.code, number=new.number), 303)


def _found(code: str, number: str) -> tuple[Sight, IssuedReceipt]:
    """A paper of a booking all of whose money the reader may see. Raises NotFound."""
    found = queries.get_booking(code, scope_of(Permission.MONEY_SEE))
    sight = look_at(found)
    if not sight.shows_all_money:
        raise NotFound(_("There is no receipt with this number here."))
    return sight, queries.get_paper(found.id, number)


def _may_correct(sight: Sight, paper: IssuedReceipt) -> bool:
    """Whoever receives money for the booking, of a receipt whose name they may read."""
    return sight.may_receive and bool(sight.name) and paper.kind == PaperKind.RECEIPT


def _page(sight: Sight, paper: IssuedReceipt, form: CorrectionForm) -> str:
    return render_template(
        "bookings/receipt.html",
        back=url_for(".booking", code=sight.booking.code),
        file=url_for(".receipt_file", code=sight.booking.code, number=paper.number),
        guest=paper.content["guest"] if sight.name else None,
        form=form if _may_correct(sight, paper) else None,
        **paper_page(sight.booking, paper),
    )
