"""Money that goes back to guests: what is to be sent, and the proof that it was."""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app.bookings import queries
from app.bookings.manage import bp
from app.bookings.manage.forms import ProofForm, StopForm
from app.bookings.manage.sight import look_at, scope_of
from app.bookings.manage.words import doubt_words, keeper_names
from app.bookings.models import Booking
from app.bookings.services import send_refund
from app.core.access import requires
from app.core.db import transaction
from app.core.errors import WrongState
from app.core.filters import rupiah
from app.core.limits import WRITES, limiter
from app.core.words import gettext as _
from app.payments.models import Refund
from app.payments.queries import get_receipt, list_events_to_review
from app.payments.rules import CARD_KEEPER, RefundState
from app.users.rules import Permission

ID = "<int(max=9223372036854775807):refund_id>"


@bp.get("/refunds")
@requires(Permission.MONEY_REFUND)
def refunds() -> str:
    """What a person has to send, oldest first; what the card service sends; and what was sent lately."""
    scope = scope_of(Permission.MONEY_REFUND)
    waiting, sent = queries.list_refunds_to_send(scope), queries.list_refunds_sent(scope)
    review = queries.list_under_review(scope)
    return render_template(
        "bookings/manage_refunds.html",
        waiting=[(refund, look_at(booking)) for refund, booking in waiting],
        by_card=[(refund, look_at(booking)) for refund, booking in queries.list_refunds_to_cards(scope)],
        sent=[(refund, look_at(booking)) for refund, booking in sent],
        review=[(receipt, look_at(booking)) for receipt, booking in review],
        keepers=keeper_names(
            [
                *(refund.keeper for refund, _booking in [*waiting, *sent]),
                *(receipt.keeper for receipt, _booking in review),
            ]
        ),
        total=sum(refund.amount for refund, _booking in waiting),
        events=[(event, doubt_words(event)) for event in list_events_to_review()] if scope.everything else [],
    )


@bp.get(f"/refunds/{ID}")
@requires(Permission.MONEY_REFUND)
def refund(refund_id: int) -> str:
    """One refund: how much, to whom, by which way it came."""
    found, booking = queries.get_refund(refund_id, scope_of(Permission.MONEY_REFUND))
    return _page(found, booking, ProofForm(formdata=None))


@bp.post(f"/refunds/{ID}")
@requires(Permission.MONEY_REFUND)
@limiter.limit(WRITES)
def mark_refund(refund_id: int) -> ResponseReturnValue:
    """Write down that it has left, with its proof."""
    scope = scope_of(Permission.MONEY_REFUND)
    found, booking = queries.get_refund(refund_id, scope)
    form = ProofForm()
    if not form.validate_on_submit():
        return _page(found, booking, form), 422
    try:
        with transaction():
            send_refund(
                refund_id=refund_id, proof=form.proof.data or "", by_user_id=current_user.id, scope=scope
            )
    except WrongState as error:
        flash(str(error.message), "info")
    else:
        flash(
            _("Noted: %(amount)s went back. The guest has been told.", amount=rupiah(found.amount)), "success"
        )
    return redirect(url_for(".refunds"), 303)


def _page(found: Refund, booking: Booking, form: ProofForm) -> str:
    return render_template(
        "bookings/manage_refund.html",
        refund=found,
        sight=look_at(booking),
        receipt=get_receipt(found.receipt_id),
        keepers=keeper_names([found.keeper]),
        goes_by_itself=found.keeper == CARD_KEEPER
        and found.state in {RefundState.CREATED, RefundState.PENDING},
        form=form,
        credit_form=StopForm(formdata=None),
    )
