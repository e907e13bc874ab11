"""A receipt that names the wrong person is never edited: a credit note takes it back, and a new one is issued."""

from __future__ import annotations

from app.bookings import queries
from app.bookings.models import IssuedReceipt
from app.bookings.rules import PaperKind, corrected_source, correction_source
from app.bookings.services.issue import issue
from app.core import audit
from app.core.errors import Invalid, WrongState
from app.core.words import gettext as _

LONGEST_NAME = 120


def correct_receipt(*, code: str, number: str, name: str, reason: str, by_user_id: int) -> IssuedReceipt:
    """The new receipt, made out to `name`, over what is not credited of the old one; no money moves.

    Raises NotFound, Invalid without a name or a reason or where nothing changes, WrongState for a credit note and a
    receipt of which nothing is left.
    """
    booking = queries.lock_booking(code)
    paper = queries.get_paper(booking.id, number)
    papers = queries.list_papers(booking.id)
    left = paper.amount - queries.credits_of(papers).get(paper.id, 0)
    notes = [one for one in papers if one.credits_id == paper.id]
    if paper.kind != PaperKind.RECEIPT or left <= 0:
        raise WrongState(_("Only a receipt that still holds can be corrected."))
    name, reason = _checked(name, reason, paper.content["guest"])
    tax = paper.tax - sum(note.tax for note in notes)
    issue(
        booking=booking,
        kind=PaperKind.CREDIT_NOTE,
        source=correction_source(paper.id),
        amount=left,
        tax=tax,
        credits_id=paper.id,
        reason="corrected",
    )
    new = issue(
        booking=booking,
        kind=PaperKind.RECEIPT,
        source=corrected_source(paper.source),
        amount=left,
        tax=tax,
        said=paper.content | {"guest": name, "replaces": paper.number},
    )
    audit.record(
        action="receipt:corrected",
        subject=booking.reference,
        user_id=by_user_id,
        reason=reason,
        old=paper.number,
        new=new.number,
    )
    return new


def _checked(name: str, reason: str, known: str) -> tuple[str, str]:
    """Both without spaces around. Raises Invalid."""
    name, reason = " ".join(name.split()), reason.strip()
    if not name or len(name) > LONGEST_NAME:
        message = _("Say whom the receipt is for.")
        raise Invalid(message, errors=[("name", message)])
    if name == known:
        message = _("The receipt says that already.")
        raise Invalid(message, errors=[("name", message)])
    if not reason:
        message = _("Say why the receipt is corrected.")
        raise Invalid(message, errors=[("reason", message)])
    return name, reason
