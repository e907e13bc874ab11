"""What certain guests still have to pay by a date: due soon, overdue, and what to do about it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from wtforms import HiddenField, StringField
from wtforms.validators import DataRequired, Length

from app.bookings import queries
from app.bookings.forms import MarkedForm
from app.bookings.manage import bp
from app.bookings.manage.sight import Sight, look_at, scope_of
from app.bookings.models import Booking
from app.bookings.queries.balances import list_balances_due
from app.bookings.services import Cancellation, cancel_unpaid, cancellation_of, is_overdue
from app.core import clock
from app.core.access import requires
from app.core.db import transaction
from app.core.errors import DomainError, Invalid
from app.core.limits import WRITES, limiter
from app.core.words import gettext as _
from app.core.words import lazy_gettext as _l
from app.users.rules import Permission

SOON = timedelta(days=7)
CANCEL = Permission.BOOKINGS_CANCEL


class UnpaidForm(MarkedForm):
    """The rest was not paid: the booking is to be cancelled by its terms, for the sum that was shown."""

    reason = StringField(
        _l("Why, and how you reached the guest"),
        validators=[DataRequired(_l("Say why, and how you reached the guest.")), Length(max=300)],
    )
    expected_refund = HiddenField(validators=[Length(max=16)])

    def seen(self) -> int | None:
        """The sum that was shown, in rupiah; None where the form does not say."""
        text = self.expected_refund.data or ""
        return int(text) if text.isascii() and text.isdigit() else None


@dataclass(frozen=True)
class Balance:
    """A booking with something left to pay, what the reader sees of it, and by how many days it is overdue."""

    booking: Booking
    sight: Sight
    days_over: int


@bp.get("/balances")
@requires(Permission.MONEY_RECEIVE)
def balances() -> str:
    """What is overdue, and what is due within a week."""
    today = clock.today()
    due = list_balances_due(scope_of(Permission.MONEY_RECEIVE), until=today + SOON)
    rows = [
        Balance(one, look_at(one), (today - one.balance_on).days) for one in due if one.balance_on is not None
    ]
    return render_template("bookings/manage_balances.html", rows=rows, may_cancel=current_user.can(CANCEL))


@bp.get("/balances/<code>")
@requires(CANCEL)
def unpaid(code: str) -> str:
    """What cancelling by the terms would bring, before anybody does it."""
    return _page(queries.get_booking(code, scope_of(CANCEL)), UnpaidForm(formdata=None))


@bp.post("/balances/<code>")
@requires(CANCEL)
@limiter.limit(WRITES)
def let_go(code: str) -> ResponseReturnValue:
    """Cancel it by its terms."""
    scope, form = scope_of(CANCEL), UnpaidForm()
    found = queries.get_booking(code, scope)
    if not form.validate_on_submit():
        return _page(found, form), 422
    try:
        with transaction():
            cancel_unpaid(
                code=found.code,
                reason=form.reason.data or "",
                expected_refund=form.seen(),
                by_user_id=current_user.id,
                scope=scope,
            )
    except Invalid as error:
        form.take_errors(error)
        return _page(queries.get_booking(code, scope), form), 422
    except DomainError as error:
        flash(error.message, "error")
        return redirect(url_for(".unpaid", code=found.code), 303)
    flash(_("Cancelled by its terms. The guest has been told."), "success")
    return redirect(url_for(".balances"), 303)


def _page(found: Booking, form: UnpaidForm) -> str:
    answer = _answer(found)
    if answer is not None:
        form.expected_refund.data = str(answer.refund)
    return render_template(
        "bookings/manage_unpaid.html",
        booking=found,
        sight=look_at(found),
        answer=answer,
        form=form,
    )


def _answer(found: Booking) -> Cancellation | None:
    """What would come back and stay; None where it cannot be cancelled here."""
    try:
        return cancellation_of(booking=found) if is_overdue(booking=found) else None
    except DomainError:
        return None
