"""Transfers that guests say they sent: look at the statement, then record what came or say that it is not there."""

from __future__ import annotations

from flask import Response, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app.bookings import queries
from app.bookings.manage import bp
from app.bookings.manage.forms import AcceptForm, NotFoundForm
from app.bookings.manage.sight import Sight, look_at, scope_of
from app.bookings.manage.words import keeper_names
from app.bookings.models import Booking
from app.bookings.rules import ALARM_AFTER, BookingState, transfer_offered
from app.bookings.services import accept_transfer, answer_not_found
from app.core import clock
from app.core.access import requires
from app.core.db import transaction
from app.core.errors import Conflict, NotFound
from app.core.limits import WRITES, limiter
from app.core.uploads import Photo, answer_photo
from app.core.words import gettext as _
from app.payments.models import Payment
from app.payments.rules import PaymentMethod
from app.users.rules import Permission


@bp.get("/transfers")
@requires(Permission.MONEY_RECEIVE)
def transfers() -> str:
    """What guests say they sent and nobody has looked at yet, the longest wait first."""
    rows = queries.list_open_claims(scope_of(Permission.MONEY_RECEIVE))
    return render_template(
        "bookings/manage_transfers.html",
        rows=[(claim, look_at(booking), payment) for claim, booking, payment in rows],
        photos=queries.claims_with_photos([claim.id for claim, _booking, _payment in rows]),
        accounts=keeper_names(_keeper(payment) for _claim, _booking, payment in rows),
        keeper=_keeper,
        late=clock.now() - ALARM_AFTER,
    )


def _keeper(payment: Payment) -> str:
    """Where the money of an attempt is looked for."""
    return f"{'qris' if payment.method == PaymentMethod.QRIS else 'bank'}:{payment.account}"


@bp.get("/transfers/<code>")
@requires(Permission.MONEY_RECEIVE)
def transfer(code: str) -> str:
    """Looked for one in vain: what the guest is to be told."""
    return _page(code, NotFoundForm(formdata=None))


@bp.post("/transfers/<code>/not-found")
@requires(Permission.MONEY_RECEIVE)
@limiter.limit(WRITES)
def not_found(code: str) -> ResponseReturnValue:
    """Looked, and not there yet: the guest is told why and how to go on."""
    scope = scope_of(Permission.MONEY_RECEIVE)
    found = queries.get_booking(code, scope)
    form = NotFoundForm()
    if not form.validate_on_submit():
        return _page(found.code, form), 422
    try:
        with transaction():
            answer_not_found(
                code=found.code, reason=form.reason.data or "", by_user_id=current_user.id, scope=scope
            )
    except (Conflict, NotFound) as error:
        flash(error.message, "info")
    else:
        flash(_("The guest has been told, and has an hour at least to go on."), "success")
    return redirect(url_for(".transfers"), 303)


@bp.get("/transfers/<code>/photo")
@requires(Permission.MONEY_RECEIVE)
def photo(code: str) -> Response:
    """What the guest photographed. It is shown as a picture and as nothing else. Raises NotFound."""
    found = queries.get_booking(code, scope_of(Permission.MONEY_RECEIVE))
    claim = queries.find_last_claim(found.id)
    kept = queries.find_photo(claim.id) if claim else None
    if kept is None:
        raise NotFound(_("There is no photo."))
    return answer_photo(Photo(kept.kind, kept.content))


@bp.post("/bookings/<code>/accept-transfer")
@requires(Permission.MONEY_RECEIVE)
@limiter.limit(WRITES)
def accept(code: str) -> ResponseReturnValue:
    """Take a transfer for a trip that begins too soon for one, with a reason."""
    scope = scope_of(Permission.MONEY_RECEIVE)
    found = queries.get_booking(code, scope)
    form = AcceptForm()
    if not form.validate_on_submit():
        flash(_("Say why a transfer is fine although the guest comes so soon."), "error")
        return redirect(url_for(".booking", code=found.code), 303)
    try:
        with transaction():
            queries.get_booking(code, scope)
            accept_transfer(code=found.code, reason=form.accept_reason.data or "", by_user_id=current_user.id)
    except Conflict as error:
        flash(error.message, "error")
    else:
        flash(_("Accepted. The guest can now choose to transfer on the page of the booking."), "success")
    return redirect(url_for(".booking", code=found.code), 303)


def accept_form(found: Booking, sight: Sight) -> AcceptForm | None:
    """The form to accept a late transfer, where the reader may and it would change something."""
    if not sight.may_receive or found.state_now != BookingState.HELD:
        return None
    is_open = transfer_offered(clock.now(), found.arrival) or queries.transfer_is_accepted(found.id)
    return None if is_open else AcceptForm(formdata=None)


def _page(code: str, form: NotFoundForm) -> str:
    claim, booking, payment = queries.get_open_claim(code, scope_of(Permission.MONEY_RECEIVE))
    return render_template(
        "bookings/manage_transfer.html", claim=claim, sight=look_at(booking), payment=payment, form=form
    )
