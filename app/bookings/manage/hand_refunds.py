"""The treasurer's steps of a refund by hand: write the account down for a guest, remind, transfer, ask anew."""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from werkzeug import Response

from app.bookings import queries
from app.bookings.forms import RefundForm
from app.bookings.manage import bp
from app.bookings.manage.refund_forms import ReasonForm, TransferForm
from app.bookings.manage.refunds import ID, refund_page
from app.bookings.manage.sight import look_at, scope_of
from app.bookings.manage.words import account_name, keeper_names
from app.bookings.models import Booking
from app.bookings.services import ask_anew, give_account, note_transfer, remind_of_refund, show_account
from app.core import clock
from app.core.access import requires
from app.core.db import transaction
from app.core.errors import Invalid, WrongState
from app.core.limits import WRITES, limiter
from app.core.settings import settings
from app.core.words import gettext as _
from app.payments.models import Refund
from app.users.rules import Permission
from app.villages.queries import find_bank_account_by_code, get_receiving_account, list_bank_accounts

LOOKS = "60 per hour"
"""More accounts than that nobody pays in an hour."""


@bp.post(f"/refunds/{ID}/account")
@requires(Permission.MONEY_REFUND)
@limiter.limit(WRITES)
def write_account(refund_id: int) -> ResponseReturnValue:
    """Write down for a guest what they said on the telephone. Who writes it does not approve it."""
    scope = scope_of(Permission.MONEY_REFUND)
    found, booking = queries.get_refund(refund_id, scope)
    form = RefundForm()
    if not form.validate_on_submit():
        return refund_page(found, booking, given=form), 422
    try:
        with transaction():
            give_account(code=booking.code, account=form.account(), by_user_id=current_user.id, scope=scope)
    except WrongState as error:
        flash(error.message, "info")
    else:
        flash(_("Noted. Somebody else has to approve it."), "success")
    return redirect(url_for(".refund", refund_id=refund_id), 303)


@bp.post(f"/refunds/{ID}/remind")
@requires(Permission.MONEY_REFUND)
@limiter.limit(WRITES)
def remind(refund_id: int) -> ResponseReturnValue:
    """Ask the guest once more where it goes: once a week at most, and three times."""
    scope = scope_of(Permission.MONEY_REFUND)
    queries.get_refund(refund_id, scope)
    try:
        with transaction():
            remind_of_refund(refund_id=refund_id, by_user_id=current_user.id, scope=scope)
    except WrongState as error:
        flash(error.message, "info")
    else:
        flash(_("The guest is asked again where the money goes."), "success")
    return redirect(url_for(".refund", refund_id=refund_id), 303)


@bp.post(f"/refunds/{ID}/anew")
@requires(Permission.MONEY_REFUND)
@limiter.limit(WRITES)
def account_anew(refund_id: int) -> ResponseReturnValue:
    """The bank gave it back, or the account cannot be right: nothing is booked, and the guest is asked anew."""
    scope = scope_of(Permission.MONEY_REFUND)
    found, booking = queries.get_refund(refund_id, scope)
    form = ReasonForm()
    if not form.validate_on_submit():
        return refund_page(found, booking, anew=form), 422
    try:
        with transaction():
            ask_anew(
                refund_id=refund_id, reason=form.reason.data or "", by_user_id=current_user.id, scope=scope
            )
    except WrongState as error:
        flash(error.message, "info")
    else:
        flash(_("The guest is asked for another account."), "success")
    return redirect(url_for(".refund", refund_id=refund_id), 303)


@bp.get(f"/refunds/{ID}/pay")
@requires(Permission.MONEY_REFUND)
@limiter.limit(LOOKS)
def pay_refund(refund_id: int) -> ResponseReturnValue:
    """The only page with the account in the clear, for who transfers to it now. Each look is written down."""
    found, booking = queries.get_refund(refund_id, scope_of(Permission.MONEY_REFUND))
    form = TransferForm(formdata=None, accounts=_accounts(found, booking))
    return _pay_page(found, booking, form)


@bp.post(f"/refunds/{ID}/pay")
@requires(Permission.MONEY_REFUND)
@limiter.limit(WRITES)
def transferred(refund_id: int) -> ResponseReturnValue:
    """It is on its way: from which account, on which day, under which reference of the bank."""
    found, booking = queries.get_refund(refund_id, scope_of(Permission.MONEY_REFUND))
    form = TransferForm(accounts=_accounts(found, booking))
    if not form.validate_on_submit():
        return _pay_page(found, booking, form), 422
    try:
        _note(refund_id, form)
    except WrongState as error:
        flash(error.message, "info")
    except Invalid as error:
        form.sent_on.errors = [message for _field, message in error.errors]
        return _pay_page(found, booking, form), 422
    else:
        flash(_("Noted as on its way. Come back with the proof, then it is booked."), "success")
    return redirect(url_for(".refund", refund_id=refund_id), 303)


def _note(refund_id: int, form: TransferForm) -> None:
    with transaction():
        note_transfer(
            refund_id=refund_id,
            account=form.account.data,
            sent_on=form.sent_on.data or clock.today(),
            bank_reference=form.bank_reference.data or "",
            by_user_id=current_user.id,
            scope=scope_of(Permission.MONEY_REFUND),
        )


def _pay_page(found: Refund, booking: Booking, form: TransferForm) -> Response | str:
    try:
        with transaction():
            account = show_account(
                refund_id=found.id,
                by_user_id=current_user.id,
                scope=scope_of(Permission.MONEY_REFUND),
            )
    except WrongState as error:
        flash(error.message, "info")
        return redirect(url_for(".refund", refund_id=found.id), 303)
    return render_template(
        "bookings/manage_refund_pay.html",
        refund=found,
        sight=look_at(booking),
        account=account,
        keepers=keeper_names([found.keeper]),
        form=form,
    )


def _accounts(found: Refund, booking: Booking) -> list[tuple[str, str]]:
    """From where it may be paid: the account that received it, else the village's, and others within reach."""
    kind, _colon, code = found.keeper.partition(":")
    own = find_bank_account_by_code(code) if kind == "bank" else None
    others = list_bank_accounts(scope_of(Permission.MONEY_REFUND))
    if own is None:
        wanted = get_receiving_account(
            {line.village_id for line in booking.lines}, settings().collecting_account
        )
        own = next((one for one in others if one.code == wanted.code), None)
    first = [own] if own else []
    return [
        (one.code, account_name(one))
        for one in [*first, *(other for other in others if own is None or other.code != own.code)]
    ]
