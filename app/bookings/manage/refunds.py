"""Money that goes back to guests: the queue by what it waits for, and the proof that it went."""

from __future__ import annotations

from collections.abc import Sequence

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app.bookings import queries
from app.bookings.forms import RefundForm
from app.bookings.manage import bp
from app.bookings.manage.forms import ProofForm, StopForm
from app.bookings.manage.refund_forms import ReasonForm
from app.bookings.manage.sight import look_at, scope_of
from app.bookings.manage.words import doubt_words, keeper_names
from app.bookings.models import Booking
from app.bookings.queries import HandItem
from app.bookings.rules import MOST_REMINDERS, OPEN_TO_GUEST, AgeBand, HandState, may_ask
from app.bookings.services import confirm_refund
from app.core import clock
from app.core.access import requires
from app.core.db import transaction
from app.core.errors import WrongState
from app.core.filters import rupiah
from app.core.limits import WRITES, limiter
from app.core.words import gettext as _
from app.payments.models import Refund
from app.payments.queries import get_receipt, has_open_dispute, list_events_to_review
from app.payments.rules import RefundState
from app.users.rules import Permission

ID = "<int(max=9223372036854775807):refund_id>"


@bp.get("/refunds")
@requires(Permission.MONEY_REFUND)
def refunds() -> str:
    """What waits for the guest, for a second person, for a transfer, for its proof; how old it is; what was sent."""
    scope = scope_of(Permission.MONEY_REFUND)
    items, sent = queries.list_by_hand(scope), queries.list_refunds_sent(scope)
    review = queries.list_under_review(scope)
    return render_template(
        "bookings/manage_refunds.html",
        waiting={state: _rows(items, state) for state in HandState},
        ages=_ages(items),
        count=len(items),
        by_card=[(refund, look_at(booking)) for refund, booking in queries.list_refunds_to_cards(scope)],
        sent=[(refund, look_at(booking)) for refund, booking in sent],
        review=[(receipt, look_at(booking)) for receipt, booking in review],
        keepers=keeper_names(
            [
                *(item.refund.keeper for item in items),
                *(refund.keeper for refund, _booking in sent),
                *(receipt.keeper for receipt, _booking in review),
            ]
        ),
        total=sum(item.refund.amount for item in items),
        events=[(event, doubt_words(event)) for event in list_events_to_review()] if scope.everything else [],
    )


def _rows(items: Sequence[HandItem], state: HandState) -> list[tuple[HandItem, object, AgeBand]]:
    now = clock.now()
    return [(item, look_at(item.booking), item.band(now)) for item in items if item.state == state]


def _ages(items: Sequence[HandItem]) -> dict[AgeBand, tuple[int, int]]:
    """How many refunds are how old, and their sum in rupiah."""
    now = clock.now()
    found = {band: [item.refund.amount for item in items if item.band(now) == band] for band in AgeBand}
    return {band: (len(amounts), sum(amounts)) for band, amounts in found.items()}


@bp.get(f"/refunds/{ID}")
@requires(Permission.MONEY_REFUND)
def refund(refund_id: int) -> str:
    """One refund: how much, to whom, how far it is, and what is next."""
    found, booking = queries.get_refund(refund_id, scope_of(Permission.MONEY_REFUND))
    return refund_page(found, booking)


@bp.post(f"/refunds/{ID}")
@requires(Permission.MONEY_REFUND)
@limiter.limit(WRITES)
def mark_refund(refund_id: int) -> ResponseReturnValue:
    """Write down the proof of what was transferred: only now it is booked."""
    scope = scope_of(Permission.MONEY_REFUND)
    found, booking = queries.get_refund(refund_id, scope)
    form = ProofForm()
    if not form.validate_on_submit():
        return refund_page(found, booking, proof=form), 422
    try:
        with transaction():
            confirm_refund(
                refund_id=refund_id, proof=form.proof.data or "", by_user_id=current_user.id, scope=scope
            )
    except WrongState as error:
        flash(error.message, "info")
    else:
        flash(
            _("Noted: %(amount)s went back. The guest has been told.", amount=rupiah(found.amount)), "success"
        )
    return redirect(url_for(".refunds"), 303)


def refund_page(
    found: Refund,
    booking: Booking,
    *,
    proof: ProofForm | None = None,
    given: RefundForm | None = None,
    anew: ReasonForm | None = None,
) -> str:
    """The page of one refund, with a form that came back."""
    item = HandItem(found, booking, queries.find_hand(found.id))
    hand = item.hand
    keepers = [found.keeper, *([hand.paid_from] if hand and hand.paid_from else [])]
    return render_template(
        "bookings/manage_refund.html",
        refund=found,
        item=item,
        sight=look_at(booking),
        receipt=get_receipt(found.receipt_id),
        keepers=keeper_names(keepers),
        by_hand=queries.is_by_hand(found),
        may_give=item.state in OPEN_TO_GUEST,
        may_remind=item.state == HandState.ASKED
        and (hand is None or may_ask(hand.asked_count, hand.asked_at, clock.now())),
        most_asked=MOST_REMINDERS + 1,
        proof=proof or ProofForm(formdata=None, proof=hand.bank_reference if hand else None),
        given=given or RefundForm(formdata=None),
        anew=anew or ReasonForm(formdata=None),
        disputed=found.state != RefundState.SENT and has_open_dispute(found.receipt_id),
        credit_form=StopForm(formdata=None),
    )
