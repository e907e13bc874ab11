"""Money that arrived: type the amount, choose the booking, see what it does, record it once."""

from __future__ import annotations

from uuid import uuid4

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app.bookings import queries
from app.bookings.manage import bp
from app.bookings.manage.forms import AmountForm, ReceiveForm
from app.bookings.manage.outcomes import told
from app.bookings.manage.sight import Sight, look_at, scope_of
from app.bookings.manage.words import FAR, places_for
from app.bookings.models import Booking
from app.bookings.services import receive_payment
from app.core import clock
from app.core.access import requires
from app.core.db import transaction
from app.core.errors import Invalid
from app.core.idempotency import claim, digest_of, remember
from app.core.limits import WRITES, limiter
from app.core.words import gettext as _
from app.payments.queries import get_receipt, list_receipts
from app.payments.rules import PaymentMethod
from app.users.rules import Permission

ROUTE = "manage:receive"
MOST_FOUND = 20
FIELDS = ("amount", "method", "account", "received_on", "qris_reference", "note")
BY_HAND = (PaymentMethod.TRANSFER, PaymentMethod.QRIS, PaymentMethod.CASH)
"""What people see come, and record."""


@bp.get("/money")
@requires(Permission.MONEY_RECEIVE)
def money() -> str:
    """Type the amount on the statement or in the hand, and get the bookings that it may be for."""
    form = AmountForm(request.args if "amount" in request.args else None)
    amount = form.amount.data if "amount" in request.args and form.validate() else None
    words = form.q.data or ""
    scope = scope_of(Permission.MONEY_RECEIVE)
    candidates = queries.list_candidates(amount, scope) if amount else []
    return render_template(
        "bookings/manage_money.html",
        form=form,
        amount=amount,
        candidates=[(one, look_at(one.booking)) for one in candidates],
        words=words,
        found=_found(words) if amount and words else [],
    )


def _found(words: str) -> list[Sight]:
    """Bookings by code or name, for money whose amount says nothing."""
    found = queries.list_bookings(
        scope_of(Permission.MONEY_RECEIVE),
        staying=(clock.today() - queries.UNPAID, FAR),
        text=words,
        names_in=scope_of(Permission.GUESTS_SEE),
        limit=MOST_FOUND,
    )
    return [look_at(booking) for booking in found]


@bp.get("/money/<code>")
@requires(Permission.MONEY_RECEIVE)
def confirm_money(code: str) -> str:
    """What recording this amount for this booking would do."""
    booking = queries.get_booking(code, scope_of(Permission.MONEY_RECEIVE))
    asked = AmountForm(request.args)
    if not asked.validate():
        return render_template(
            "bookings/manage_money.html", form=asked, amount=None, candidates=[], words="", found=[]
        )
    method = _method(request.args.get("method"), booking)
    accounts = _places(booking, method)
    form = ReceiveForm(
        formdata=None,
        accounts=accounts,
        amount=asked.amount.data,
        method=method.value,
        account=accounts[0][0],
        received_on=clock.today(),
        qris_reference=request.args.get("reference", "")[:40],
        key=str(uuid4()),
    )
    return _page(booking, form)


@bp.post("/money/<code>")
@requires(Permission.MONEY_RECEIVE)
@limiter.limit(WRITES)
def record_money(code: str) -> ResponseReturnValue:
    """Record it; the same form sent twice records once."""
    booking = queries.get_booking(code, scope_of(Permission.MONEY_RECEIVE))
    form = ReceiveForm(accounts=_places(booking, _method(request.form.get("method"), booking)))
    if not form.validate_on_submit():
        return _page(booking, form), 422
    try:
        receipt_id, is_new = _record(booking.code, form)
    except Invalid as error:
        form.take_errors(error)
        return _page(booking, form), 422
    receipt, now = get_receipt(receipt_id), queries.get_booking(code, scope_of(Permission.MONEY_RECEIVE))
    kind, text = told(receipt, now) if is_new else ("info", _("This was recorded before, and only once."))
    flash(text, kind)
    return redirect(url_for(".booking", code=now.code), 303)


def _record(code: str, form: ReceiveForm) -> tuple[int, bool]:
    """The receipt's number, and whether it was made now. Raises what the service raises."""
    sent = {name: form[name].data for name in FIELDS}
    digest = digest_of({"code": code, "by": current_user.id, **sent})
    with transaction():
        known = claim(route=ROUTE, key=form.key.data or "", digest=digest)
        if known is not None:
            return int(known), False
        # The office may have ended, and the booking moved, since the page was opened.
        booking = queries.get_booking(code, scope_of(Permission.MONEY_RECEIVE))
        receipt = receive_payment(
            code=booking.code,
            method=PaymentMethod(form.method.data),
            amount=form.amount.data,
            by_user_id=current_user.id,
            received_on=form.received_on.data,
            account=form.account.data,
            note=form.note.data or None,
            qris_reference=form.qris_reference.data,
        )
        remember(route=ROUTE, key=form.key.data or "", reference=str(receipt.id))
        return receipt.id, True


def _page(booking: Booking, form: ReceiveForm) -> str:
    method = (
        PaymentMethod(form.method.data) if form.method.data in set(PaymentMethod) else PaymentMethod.TRANSFER
    )
    receipts = list_receipts(booking.reference)
    foresight = queries.foresee_receipt(booking, method, form.amount.data) if form.amount.data else None
    twins = [receipt for receipt in receipts if receipt.amount == form.amount.data]
    return render_template(
        "bookings/manage_money_confirm.html",
        sight=look_at(booking),
        booking=booking,
        form=form,
        method=method,
        others=[one for one in BY_HAND if one != method],
        foresight=foresight,
        receipts=receipts,
        twin=twins[-1] if twins else None,
        today=clock.today(),
    )


def _method(text: str | None, booking: Booking) -> PaymentMethod:
    """The way that is asked for, else the one that the guest chose. Raises Invalid for one that no person records."""
    method = text or (booking.method if booking.method in BY_HAND else PaymentMethod.TRANSFER).value
    if method not in BY_HAND:
        raise Invalid(_("Choose how the money came."))
    return PaymentMethod(method)


def _places(booking: Booking, method: PaymentMethod) -> list[tuple[str, str]]:
    return places_for(booking, method, scope_of(Permission.MONEY_RECEIVE))
