"""Vouchers and gifts: what there is, making one, stopping one; and a credit instead of a refund."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app.bookings import queries
from app.bookings.manage import bp
from app.bookings.manage.forms import StopForm
from app.bookings.manage.sight import scope_of
from app.bookings.manage.voucher_forms import PERMISSION, GiftForm, VoucherForm
from app.bookings.services import (
    credit_instead_of_refund,
    make_voucher,
    sell_gift,
    stop_credit,
    stop_voucher,
)
from app.core.access import requires
from app.core.db import transaction
from app.core.errors import Conflict, DomainError, Invalid
from app.core.filters import rupiah
from app.core.forms import BaseForm
from app.core.limits import WRITES, limiter
from app.core.words import gettext as _
from app.users.rules import Permission
from app.villages.queries import list_villages

NUMBER = "<int(max=9223372036854775807):{}>"


@bp.get("/vouchers")
@requires(PERMISSION)
def vouchers() -> str:
    """What there is, and the two forms."""
    return _page(VoucherForm(formdata=None), GiftForm(formdata=None))


@bp.post("/vouchers")
@requires(PERMISSION)
@limiter.limit(WRITES)
def add_voucher() -> ResponseReturnValue:
    """Make a voucher."""
    form, other = VoucherForm(), GiftForm(formdata=None)
    if not form.validate_on_submit():
        return _page(form, other), 422
    try:
        with transaction():
            made = make_voucher(
                terms=form.terms(),
                code=form.code.data or None,
                reason=form.reason.data or "",
                by_user_id=current_user.id,
                scope=scope_of(PERMISSION),
            )
            code = made.code
    except (Invalid, Conflict) as error:
        return _refused(form, error, _page, form, other)
    flash(_("Made: %(code)s. It works from its first day on.", code=code), "success")
    return redirect(url_for(".vouchers"), 303)


@bp.post("/gifts")
@requires(PERMISSION)
@limiter.limit(WRITES)
def add_gift() -> ResponseReturnValue:
    """Give out a gift that was paid for."""
    form, other = GiftForm(), VoucherForm(formdata=None)
    if not form.validate_on_submit():
        return _page(other, form), 422
    slug = (form.keeper.data or "").removeprefix("cash:")
    village = next((v.id for v in list_villages() if v.slug == slug), None)
    scope = scope_of(PERMISSION)
    try:
        with transaction():
            given = sell_gift(
                amount=form.amount.data or 0,
                keeper=form.keeper.data,
                holder=form.holder.data or "",
                valid_until=form.valid_until.data,
                village_id=village or next(iter(sorted(scope.villages)), None),
                reason=form.reason.data or "",
                by_user_id=current_user.id,
            )
            code, amount = given.code, given.amount
    except Invalid as error:
        return _refused(form, error, _page, other, form)
    flash(
        _(
            "Given: %(code)s, worth %(amount)s. Whoever has the code can spend it.",
            code=code,
            amount=rupiah(amount),
        )
    )
    return redirect(url_for(".vouchers", _anchor="gifts"), 303)


@bp.post(f"/vouchers/{NUMBER.format('voucher_id')}/stop")
@requires(PERMISSION)
@limiter.limit(WRITES)
def end_voucher(voucher_id: int) -> ResponseReturnValue:
    """Nobody uses it from now on."""
    with transaction():
        stop_voucher(
            voucher_id=voucher_id,
            reason=request.form.get("reason", ""),
            by_user_id=current_user.id,
            scope=scope_of(PERMISSION),
        )
    flash(_("Stopped. Trips that were booked with it keep their price."))
    return redirect(url_for(".vouchers"), 303)


@bp.post(f"/gifts/{NUMBER.format('credit_id')}/stop")
@requires(PERMISSION)
@limiter.limit(WRITES)
def end_credit(credit_id: int) -> ResponseReturnValue:
    """Nobody spends it from now on."""
    with transaction():
        stop_credit(
            credit_id=credit_id,
            reason=request.form.get("reason", ""),
            by_user_id=current_user.id,
            scope=scope_of(PERMISSION),
        )
    flash(_("Stopped. Its money stays where it lies."))
    return redirect(url_for(".vouchers", _anchor="gifts"), 303)


@bp.post(f"/refunds/{NUMBER.format('refund_id')}/credit")
@requires(Permission.MONEY_REFUND)
@limiter.limit(WRITES)
def keep_as_credit(refund_id: int) -> ResponseReturnValue:
    """The guest asked to keep it for another trip."""
    scope = scope_of(Permission.MONEY_REFUND)
    form = StopForm()
    queries.get_refund(refund_id, scope)
    if not form.validate_on_submit():
        raise Invalid(_("Say why."))
    with transaction():
        credit = credit_instead_of_refund(
            refund_id=refund_id,
            valid_until=None,
            reason=form.reason.data or "",
            by_user_id=current_user.id,
            scope=scope,
        )
        code = credit.code
    flash(_("The guest may spend it with this code: %(code)s. Tell it to nobody else.", code=code), "success")
    return redirect(url_for(".refunds"), 303)


def _refused(form: BaseForm, error: DomainError, page: Any, *forms: BaseForm) -> ResponseReturnValue:
    """What the service says of a field stands beside it."""
    named = dict(error.errors) if isinstance(error, Invalid) else {"code": error.message}
    for name, message in named.items():
        if name in form:
            form[name].errors = [message]
    return page(*forms), error.status


def _page(form: VoucherForm, gift_form: GiftForm) -> str:
    scope = scope_of(PERMISSION)
    return render_template(
        "bookings/manage_vouchers.html",
        vouchers=queries.list_vouchers(scope),
        credits=queries.list_credits(scope),
        form=form,
        gift_form=gift_form,
        stop_form=StopForm(formdata=None),
    )
