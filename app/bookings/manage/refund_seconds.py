"""The second person of a refund by hand, and the desk that hands cash back against a signature."""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from werkzeug import Response

from app.bookings import queries
from app.bookings.manage import bp
from app.bookings.manage.refund_forms import ApproveForm, HandOverForm, ReasonForm
from app.bookings.manage.refunds import ID
from app.bookings.manage.sight import look_at, scope_of
from app.bookings.models import Booking
from app.bookings.queries import HandItem
from app.bookings.rules import HandRoute, HandState
from app.bookings.services import approve_refund, ask_anew, hand_over_cash, show_holder
from app.core.access import requires
from app.core.db import transaction
from app.core.errors import Conflict, Forbidden, Invalid, WrongState
from app.core.filters import rupiah
from app.core.limits import WRITES, limiter
from app.core.spelling import terbilang
from app.core.words import current_language
from app.core.words import gettext as _
from app.payments.models import Refund
from app.users.rules import Permission


@bp.get("/refunds/approvals")
@requires(Permission.REFUNDS_APPROVE)
def approvals() -> str:
    """Refunds whose account, or wish for cash, waits for a second person; the oldest first."""
    items = queries.list_by_hand(scope_of(Permission.REFUNDS_APPROVE))
    waiting = [(item, look_at(item.booking)) for item in items if item.state == HandState.GIVEN]
    return render_template("bookings/manage_approvals.html", waiting=waiting)


@bp.get(f"/refunds/{ID}/approval")
@requires(Permission.REFUNDS_APPROVE)
def approval(refund_id: int) -> ResponseReturnValue:
    """What the second person compares: the holder's name with the guest's. Each look is written down."""
    found, booking = queries.get_refund(refund_id, scope_of(Permission.REFUNDS_APPROVE))
    return _page(found, booking, None, None)


@bp.post(f"/refunds/{ID}/approval")
@requires(Permission.REFUNDS_APPROVE)
@limiter.limit(WRITES)
def approve(refund_id: int) -> ResponseReturnValue:
    """Agree to exactly what was seen."""
    found, booking = queries.get_refund(refund_id, scope_of(Permission.REFUNDS_APPROVE))
    form = ApproveForm()
    if not form.validate_on_submit():
        return _page(found, booking, form, None), 422
    try:
        _approve(refund_id, form)
    except Invalid as error:
        form.note.errors = [error.message]
        return _page(found, booking, form, None), 422
    except (Conflict, Forbidden) as error:
        flash(error.message, "info")
    else:
        flash(_("Approved: %(amount)s can be sent.", amount=rupiah(found.amount)), "success")
    return redirect(url_for(".approvals"), 303)


def _approve(refund_id: int, form: ApproveForm) -> None:
    with transaction():
        approve_refund(
            refund_id=refund_id,
            version=form.seen(),
            note=form.note.data or "",
            by_user_id=current_user.id,
            scope=scope_of(Permission.REFUNDS_APPROVE),
        )


@bp.post(f"/refunds/{ID}/refusal")
@requires(Permission.REFUNDS_APPROVE)
@limiter.limit(WRITES)
def refuse(refund_id: int) -> ResponseReturnValue:
    """Not like this: the guest hears why and is asked anew."""
    scope = scope_of(Permission.REFUNDS_APPROVE)
    found, booking = queries.get_refund(refund_id, scope)
    form = ReasonForm()
    if not form.validate_on_submit():
        return _page(found, booking, None, form), 422
    try:
        with transaction():
            ask_anew(
                refund_id=refund_id, reason=form.reason.data or "", by_user_id=current_user.id, scope=scope
            )
    except WrongState as error:
        flash(error.message, "info")
    else:
        flash(_("The guest is asked for another account."), "success")
    return redirect(url_for(".approvals"), 303)


def _page(
    found: Refund, booking: Booking, form: ApproveForm | None, anew: ReasonForm | None
) -> Response | str:
    scope = scope_of(Permission.REFUNDS_APPROVE)
    try:
        with transaction():
            holder = show_holder(refund_id=found.id, by_user_id=current_user.id, scope=scope)
    except WrongState as error:
        flash(error.message, "info")
        return redirect(url_for(".approvals"), 303)
    item = HandItem(found, booking, queries.find_hand(found.id))
    return render_template(
        "bookings/manage_approval.html",
        item=item,
        sight=look_at(booking),
        holder=holder,
        form=form or ApproveForm(formdata=None, version=str(item.hand.version) if item.hand else ""),
        anew=anew or ReasonForm(formdata=None),
    )


@bp.get("/refunds/cash")
@requires(Permission.REFUNDS_HAND_OVER)
def cash_back() -> str:
    """Cash that guests come for, approved; the oldest first."""
    items = queries.list_cash_to_hand_back(scope_of(Permission.REFUNDS_HAND_OVER))
    return render_template(
        "bookings/manage_cash_back.html", waiting=[(item, look_at(item.booking)) for item in items]
    )


@bp.get(f"/refunds/{ID}/slip")
@requires(Permission.REFUNDS_HAND_OVER)
def slip(refund_id: int) -> ResponseReturnValue:
    """The paper that the guest signs, with the amount in words; and below it, handed over."""
    found, booking = queries.get_refund(refund_id, scope_of(Permission.REFUNDS_HAND_OVER))
    return _slip(found, booking, HandOverForm(formdata=None, boxes=_boxes(booking)))


@bp.post(f"/refunds/{ID}/slip")
@requires(Permission.REFUNDS_HAND_OVER)
@limiter.limit(WRITES)
def handed_back(refund_id: int) -> ResponseReturnValue:
    """The guest has it and signed: booked, out of the box that it came from."""
    found, booking = queries.get_refund(refund_id, scope_of(Permission.REFUNDS_HAND_OVER))
    form = HandOverForm(boxes=_boxes(booking))
    if not form.validate_on_submit():
        return _slip(found, booking, form), 422
    try:
        _hand_over(refund_id, form)
    except (Conflict, Forbidden) as error:
        flash(error.message, "info")
    else:
        flash(_("Noted: %(amount)s was handed over.", amount=rupiah(found.amount)), "success")
    return redirect(url_for(".cash_back"), 303)


def _hand_over(refund_id: int, form: HandOverForm) -> None:
    with transaction():
        hand_over_cash(
            refund_id=refund_id,
            village=form.village.data,
            receiver=form.receiver.data or "",
            by_user_id=current_user.id,
            scope=scope_of(Permission.REFUNDS_HAND_OVER),
        )


def _slip(found: Refund, booking: Booking, form: HandOverForm) -> Response | str:
    hand = queries.find_hand(found.id)
    if hand is None or hand.route != HandRoute.CASH or hand.state != HandState.APPROVED:
        flash(_("No cash waits for this guest."), "info")
        return redirect(url_for(".cash_back"), 303)
    return render_template(
        "bookings/manage_slip.html",
        refund=found,
        sight=look_at(booking),
        words=terbilang(found.amount, current_language()),
        form=form,
    )


def _boxes(booking: Booking) -> list[tuple[str, str]]:
    scope = scope_of(Permission.REFUNDS_HAND_OVER)
    lines = [line for line in booking.lines if scope.has_village(line.village_id)]
    return list(
        dict.fromkeys(
            (line.village.slug, _("Cash box of %(village)s", village=line.village.name)) for line in lines
        )
    )
