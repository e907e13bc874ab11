"""The bookings of a village, and one booking with its money, its shares and its trail."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app.bookings import queries
from app.bookings.manage import bp
from app.bookings.manage.claims import accept_form
from app.bookings.manage.forms import FilterForm, VouchForm
from app.bookings.manage.sight import Sight, look_at, narrowed, scope_of
from app.bookings.manage.words import (
    FAR,
    cursor_of,
    keeper_names,
    month_asked,
    month_choices,
    read_cursor,
    village_choices,
)
from app.bookings.models import Booking, BookingLine, IssuedReceipt
from app.bookings.rules import BookingState
from app.bookings.services import vouch_booking
from app.core import clock
from app.core.access import requires
from app.core.dates import next_month
from app.core.db import transaction
from app.core.errors import Conflict
from app.core.limits import WRITES, limiter
from app.core.words import gettext as _
from app.payments.models import Receipt
from app.payments.queries import find_open_payment, list_receipts, list_refunds, refunded_of
from app.users.queries import find_user
from app.users.rules import Permission

PAGE = 25


@bp.get("/bookings")
@requires(Permission.BOOKINGS_SEE)
def bookings() -> str:
    """Bookings by arrival: from today on, or of a month, found by code, name, state or village."""
    reach, today = scope_of(Permission.BOOKINGS_SEE), clock.today()
    form = FilterForm(request.args, months=month_choices(today), villages=village_choices(reach))
    scope, _village = narrowed(reach, form.village.data)
    found = queries.list_bookings(
        scope,
        states=_states(form.state.data),
        staying=_days(form, today),
        text=form.q.data or None,
        names_in=scope_of(Permission.GUESTS_SEE),
        after=read_cursor(request.args.get("after")),
        limit=PAGE + 1,
    )
    asked = {name: value for name, value in form.data.items() if value}
    more = url_for(".bookings", **asked, after=cursor_of(found[PAGE - 1])) if len(found) > PAGE else None
    seen = [look_at(booking) for booking in found[:PAGE]]
    return render_template("bookings/manage_bookings.html", form=form, asked=asked, seen=seen, next_url=more)


def _states(text: str | None) -> list[BookingState] | None:
    return [BookingState(text)] if text in set(BookingState) else None


def _days(form: FilterForm, today: date) -> tuple[date, date] | None:
    """A month where one is chosen; what somebody looks for by name may lie anywhere; else from today on."""
    if form.month.data:
        month = month_asked(form.month.data, today)
        return month, next_month(month)
    return None if form.q.data else (today, FAR)


@bp.get("/bookings/<code>")
@requires(Permission.CALENDAR_SEE)
def booking(code: str) -> str:
    """One booking, as far as the reader's office reaches."""
    found = queries.get_booking(code, scope_of(Permission.CALENDAR_SEE))
    return _page(found, VouchForm(formdata=None))


@bp.post("/bookings/<code>/vouch")
@requires(Permission.BOOKINGS_VOUCH)
@limiter.limit(WRITES)
def vouch(code: str) -> ResponseReturnValue:
    """Make a held booking certain on one's word, with a reason."""
    scope = scope_of(Permission.BOOKINGS_VOUCH)
    found = queries.get_booking(code, scope)
    form = VouchForm()
    if not form.validate_on_submit():
        return _page(found, form), 422
    try:
        with transaction():
            queries.get_booking(code, scope)
            vouch_booking(code=found.code, reason=form.reason.data or "", by_user_id=current_user.id)
    except Conflict as error:
        flash(str(error.message), "error")
    else:
        flash(_("The booking is certain. Guest and host have been told."), "success")
    return redirect(url_for(".booking", code=found.code), 303)


def _page(found: Booking, form: VouchForm) -> str:
    sight = look_at(found)
    receipts = list_receipts(found.reference)
    trail = queries.rupiah_trail(found, sight.shown_money) if sight.shown_money else []
    keepers = {receipt.keeper for receipt in receipts}.union(*(step.keepers for step in trail))
    return render_template(
        "bookings/manage_booking.html",
        booking=found,
        sight=sight,
        state=state_shown(found, clock.today()),
        receipts=receipts,
        recorders=_names(receipt.received_by_id for receipt in receipts),
        refunds=list_refunds(found.reference, with_returned=True),
        papers=_papers(found, sight),
        payment=find_open_payment(found.reference),
        participants=queries.names_by_line(found),
        trail=trail,
        keepers=keeper_names(keepers),
        form=form,
        accept=accept_form(found, sight),
        under_review=_under_review(receipts),
        **_shares(found, sight.shown_money),
    )


def _under_review(receipts: Sequence[Receipt]) -> set[int]:
    """Receipts that were too much and on which nobody has decided yet."""
    decided = queries.decided_by_receipt([receipt.id for receipt in receipts])
    return {one.id for one in receipts if one.excess and one.id not in decided and not refunded_of(one.id)}


def _papers(found: Booking, sight: Sight) -> list[IssuedReceipt]:
    """Receipts and credit notes, for who may open them: a paper tells of all parts of a trip."""
    reads = sight.shows_all_money and current_user.can(Permission.MONEY_SEE)
    return queries.list_papers(found.id) if reads else []


def _names(user_ids: Iterable[int | None]) -> dict[int, str]:
    """Who recorded money, by number."""
    people = (find_user(user_id) for user_id in set(user_ids) if user_id is not None)
    return {person.id: person.name for person in people if person is not None}


def _shares(found: Booking, lines: tuple[BookingLine, ...]) -> dict[str, Any]:
    """The shares of the parts whose money is shown: planned, and as they stand in the books beside what came in."""
    filled = queries.filled_units(found)
    mine = [unit.id for line in lines for unit in line.units]
    return {
        "shares": queries.shares_of(found, lines),
        "received": sum(filled.get(unit_id, 0) for unit_id in mine),
        "divided": sum(share.amount for share in queries.kept_shares(found, lines)),
    }


def state_shown(found: Booking, today: date) -> str:
    """The state as people see it: a certain guest within the stay is at home."""
    state = found.state_now
    if state == BookingState.CONFIRMED and found.arrival <= today < found.departure:
        return "at_home"
    return state.value
