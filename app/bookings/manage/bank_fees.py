"""Fees that banks and the QRIS provider keep: what was booked, by hand or from a line of a statement."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from wtforms import SelectField, StringField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]
from wtforms.validators import DataRequired, InputRequired, Length

from app.bookings import queries
from app.bookings.forms import MarkedForm
from app.bookings.manage import bp
from app.bookings.manage.sight import scope_of
from app.bookings.manage.words import keeper_names
from app.bookings.queries.bank_fees import list_bank_fees
from app.bookings.services import book_bank_fee, statement_of
from app.core import clock
from app.core.access import requires
from app.core.db import transaction
from app.core.errors import DomainError, Invalid, NotFound
from app.core.forms import DayField, MoneyField
from app.core.limits import WRITES, limiter
from app.core.words import gettext as _
from app.core.words import lazy_gettext as _l
from app.users.rules import Permission
from app.villages.queries import list_bank_accounts, list_sheets

PERMISSION = Permission.MONEY_REFUND
FILE = "<int(max=9223372036854775807):file_id>"


class BankFeeForm(MarkedForm):
    """A fee as the statement says it."""

    keeper = SelectField(_l("Kept by"))
    amount = MoneyField(_l("Amount kept"), least=1, validators=[InputRequired(_l("Type the amount."))])
    booked_on = DayField(_l("On which day"), validators=[InputRequired(_l("Choose the day."))])
    reason = StringField(
        _l("What the fee is for"), validators=[DataRequired(_l("Say what the fee is for.")), Length(max=300)]
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        accounts = list_bank_accounts(scope_of(PERMISSION))
        sheets = {sheet.account_id for sheet in list_sheets({one.id for one in accounts})}
        keepers = [f"bank:{one.code}" for one in accounts]
        keepers += [f"qris:{one.code}" for one in accounts if one.id in sheets]
        names = keeper_names(keepers)
        self.keeper.choices = [SelectChoice(keeper, names[keeper]) for keeper in keepers]


@bp.get("/bank-fees")
@requires(PERMISSION)
def bank_fees() -> str:
    """What was kept, who bore it, and a form for what no statement brought."""
    return _page(BankFeeForm(formdata=None, booked_on=clock.today()))


@bp.post("/bank-fees")
@requires(PERMISSION)
@limiter.limit(WRITES)
def add_bank_fee() -> ResponseReturnValue:
    """Book a fee by hand."""
    form = BankFeeForm()
    if not form.validate_on_submit():
        return _page(form), 422

    def act() -> None:
        assert form.booked_on.data is not None, "asked of a valid form only"
        book_bank_fee(
            keeper=form.keeper.data,
            amount=form.amount.data or 0,
            booked_on=form.booked_on.data,
            reason=form.reason.data or "",
            by_user_id=current_user.id,
            scope=scope_of(PERMISSION),
        )

    try:
        _book(act)
    except Invalid as error:
        form.take_errors(error)
        return _page(form), 422
    return redirect(url_for(".bank_fees"), 303)


@bp.post(f"/statements/{FILE}/fees/<int:row>")
@requires(PERMISSION)
@limiter.limit(WRITES)
def book_line(file_id: int, row: int) -> ResponseReturnValue:
    """A line of a statement is a fee of the bank. Raises NotFound."""
    scope = scope_of(PERMISSION)
    file = queries.get_bank_file(file_id, scope)
    said = statement_of(file=file)
    line = next((one for one in said.fees if one.row == row), None) if said else None
    if line is None:
        raise NotFound(_("There is no such line."))
    try:
        _book(
            lambda: book_bank_fee(
                keeper=f"bank:{file.account}",
                amount=line.amount,
                booked_on=line.booked_on,
                reason=line.text or _("Fee of the bank"),
                by_user_id=current_user.id,
                scope=scope,
                fingerprint=line.fingerprint(file.account),
            )
        )
    except Invalid as error:
        flash(error.message, "error")
    return redirect(url_for(".statement", file_id=file.id, _anchor="fees"), 303)


def _book(act: Callable[[], object]) -> None:
    """Raises Invalid; what else is refused is told."""
    try:
        with transaction():
            act()
    except Invalid:
        raise
    except DomainError as error:
        flash(error.message, "info")
    else:
        flash(_("Booked as a fee. Its bearer has that much less."), "success")


def _page(form: BankFeeForm) -> str:
    accounts = [one.code for one in list_bank_accounts(scope_of(PERMISSION))]
    rows = list_bank_fees(accounts)
    return render_template(
        "bookings/manage_bank_fees.html",
        form=form,
        rows=rows,
        keepers=keeper_names(fee.keeper for fee, _payee in rows),
        today=clock.today(),
    )
