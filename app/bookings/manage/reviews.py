"""Money that belongs to nobody yet: each with all that a person needs to decide."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app.bookings import queries
from app.bookings.manage import bp
from app.bookings.manage.forms import DecisionForm, ProofForm
from app.bookings.manage.sight import look_at, scope_of
from app.bookings.manage.statement_words import decision_words
from app.bookings.manage.words import keeper_names
from app.bookings.queries import Review
from app.bookings.rules import Decision
from app.bookings.services import decide_review, send_line_refund
from app.core import clock
from app.core.access import requires
from app.core.dates import village_date
from app.core.db import transaction
from app.core.errors import Forbidden, Invalid, NotFound, WrongState
from app.core.limits import WRITES, limiter
from app.core.words import gettext as _
from app.payments.queries import list_payments, list_receipts
from app.payments.rules import CARD_KEEPER
from app.users.queries import find_user
from app.users.rules import Permission

ID = "<int(max=9223372036854775807):receipt_id>"
REFUND = "<int(max=9223372036854775807):refund_id>"


@bp.get("/reviews")
@requires(Permission.MONEY_REFUND)
def reviews() -> str:
    """What waits for a decision, the oldest first; what goes back to nobody known; what was decided lately."""
    return _list(ProofForm(formdata=None))


@bp.get(f"/reviews/{ID}")
@requires(Permission.MONEY_REFUND)
def review(receipt_id: int) -> str:
    """One of them, with the bookings that it may be for."""
    found = queries.get_review(receipt_id, scope_of(Permission.MONEY_REFUND))
    form = DecisionForm(
        formdata=None, decisions=_decisions(found), booking=request.args.get("booking", "")[:12]
    )
    if form.booking.data:
        form.decision.data = Decision.ASSIGNED.value
    return _page(found, form)


@bp.post(f"/reviews/{ID}")
@requires(Permission.MONEY_REFUND)
@limiter.limit(WRITES)
def decide(receipt_id: int) -> ResponseReturnValue:
    """Decide, once and with a reason. Whoever comes second is told so."""
    scope = scope_of(Permission.MONEY_REFUND)
    form = DecisionForm(decisions=_decisions(None))
    if not form.validate_on_submit():
        return _page(queries.get_review(receipt_id, scope), form), 422
    try:
        with transaction():
            decide_review(
                receipt_id=receipt_id,
                decision=Decision(form.decision.data),
                reason=form.reason.data or "",
                by_user_id=current_user.id,
                scope=scope,
                booking_code=form.booking.data or None,
            )
    except WrongState as error:
        flash(error.message, "info")
    except Invalid as error:
        form.show(error)
        return _page(queries.get_review(receipt_id, scope), form), 422
    else:
        flash(_("Decided. Your name and the reason are kept."), "success")
    return redirect(url_for(".reviews"), 303)


@bp.post(f"/reviews/refunds/{REFUND}")
@requires(Permission.MONEY_REFUND)
@limiter.limit(WRITES)
def sent_back(refund_id: int) -> ResponseReturnValue:
    """Money of nobody known has gone back to where it came from, with its proof."""
    scope = scope_of(Permission.MONEY_REFUND)
    if refund_id not in {refund.id for refund, _line in queries.list_line_refunds(scope)}:
        raise NotFound(_("There is no such refund."))
    form = ProofForm()
    if not form.validate_on_submit():
        return _list(form), 422
    try:
        with transaction():
            send_line_refund(
                refund_id=refund_id, proof=form.proof.data or "", by_user_id=current_user.id, scope=scope
            )
    except Forbidden as error:
        flash(error.message, "error")
    else:
        flash(_("Noted: it went back."), "success")
    return redirect(url_for(".reviews"), 303)


def _decisions(found: Review | None) -> list[tuple[str, str]]:
    """What can be decided: other income is only what came for no booking; a card takes back what is too much."""
    kinds = list(Decision)
    if found is not None and found.booking is not None:
        kinds.remove(Decision.NOT_OURS)
    if found is not None and found.receipt.keeper == CARD_KEEPER:
        kinds.remove(Decision.ASSIGNED)
    return [(kind.value, decision_words(kind)) for kind in kinds]


def _list(form: ProofForm) -> str:
    scope, today = scope_of(Permission.MONEY_REFUND), clock.today()
    waiting, decided = queries.list_reviews(scope), queries.list_decisions(scope)
    owed = queries.list_line_refunds(scope)
    return render_template(
        "bookings/manage_reviews.html",
        waiting=[
            (
                one,
                look_at(one.booking) if one.booking else None,
                (today - village_date(one.receipt.created_at)).days,
            )
            for one in waiting
        ],
        owed=owed,
        decided=[
            (one, receipt, decision_words(one.kind), find_user(one.by_user_id)) for one, receipt in decided
        ],
        keepers=keeper_names(
            [*(one.receipt.keeper for one in waiting), *(refund.keeper for refund, _line in owed)]
        ),
        form=form,
    )


def _page(found: Review, form: DecisionForm) -> str:
    booking = found.booking
    fitting = queries.list_candidates(found.amount, scope_of(Permission.MONEY_REFUND))
    return render_template(
        "bookings/manage_review.html",
        review=found,
        sight=look_at(booking) if booking else None,
        attempts=list_payments(booking.reference) if booking else [],
        receipts=[one for one in list_receipts(booking.reference) if one.id != found.receipt.id]
        if booking
        else [],
        by=find_user(found.receipt.received_by_id) if found.receipt.received_by_id else None,
        candidates=[(one, look_at(one.booking)) for one in fitting],
        keepers=keeper_names([found.receipt.keeper]),
        form=form,
    )
