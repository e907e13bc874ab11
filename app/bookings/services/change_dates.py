"""The guest moves one thing of a trip to other dates, through the same gate as at a sale: granted whole, or not at all.

The new dates are a line of their own with everything copied in anew; the old one ends as any cancelled line does. So
receipts, credit notes, trail and statements say what happened without a word of their own.
"""

from __future__ import annotations

from app.bookings import queries
from app.bookings.models import Booking, BookingLine
from app.bookings.rules import BookingState
from app.bookings.services.cancel import end_units
from app.bookings.services.cancel_line import ask_for_the_rest, days_of, hosts_were_told, line_at
from app.bookings.services.change_claims import move_claims
from app.bookings.services.change_messages import tell_dates_changed
from app.bookings.services.change_quote import Dates, is_at
from app.bookings.services.claim import check_not_claimed
from app.bookings.services.coupons import settle_credit, take_coupons
from app.bookings.services.earn import complete_if_over
from app.bookings.services.give_back import give_back
from app.bookings.services.lines import add_line, add_units
from app.bookings.services.pay import check_not_charged, claims_until, open_payment, payment_methods
from app.bookings.services.preview_change import DateChange, change_of, money_after
from app.bookings.services.set_aside import set_aside
from app.core import audit, clock
from app.core.db import db
from app.core.errors import PriceChanged, WrongState
from app.core.filters import rupiah
from app.core.money import Rupiah
from app.core.words import gettext as _
from app.payments.models import Payment
from app.payments.queries import find_open_payment
from app.payments.rules import PaymentMethod
from app.users.rules import Scope


def change_dates(
    *,
    code: str,
    position: int,
    to: Dates,
    expected_total: Rupiah | None = None,
    reason: str | None = None,
    by_user_id: int | None = None,
    scope: Scope | None = None,
) -> Booking:
    """Move a line to other dates: the old place is free when the new one is had, in the same transaction, and kept when
    it is not. What it costs more is due, what it costs less is owed to the guest; `expected_total` is the price of the
    trip that the guest saw. Changed twice to the same dates, it is changed once. `scope` is that of staff.

    Raises NotFound, WrongState, Invalid, SoldOut, PriceChanged; then nothing is changed.
    """
    if scope is not None:
        queries.get_booking(code, scope)
    booking = queries.lock_booking(code)
    line = line_at(booking=booking, position=position)
    if scope is not None and not scope.has_payee(line.payee_id, line.village_id):
        raise WrongState(_("This part of the trip belongs to another village."))
    if _is_done(booking, line, to):
        return booking
    change = change_of(booking=booking, position=position, to=to)
    if expected_total is not None and expected_total != change.total:
        message = _(
            "The trip would now cost %(total)s in all. Nothing was changed.", total=rupiah(change.total)
        )
        raise PriceChanged(message, total=change.total)
    check_not_charged(booking=booking)
    if booking.state == BookingState.HELD:
        check_not_claimed(booking=booking)
    asked, was_told = find_open_payment(booking.reference), hosts_were_told(booking=booking)
    due = booking.amount_due
    new = _put_in(booking, change)
    _record(booking, change, new, reason, by_user_id)
    payment = _ask(booking, asked, was_due=due > 0)
    tell_dates_changed(booking=booking, change=change, new=new, payment=payment, hosts=was_told)
    complete_if_over(booking=booking)
    return booking


def _is_done(booking: Booking, line: BookingLine, to: Dates) -> bool:
    """Whether the line was moved to these dates already, and is there."""
    newest = line
    while newest.id in booking.replaced:
        newest = next(one for one in booking.lines if one.replaces_id == newest.id)
    return newest is not line and newest.cancelled_at is None and is_at(line=newest, to=to)


def _put_in(booking: Booking, change: DateChange) -> BookingLine:
    """Write the new line, move the places, and let the money follow: shares of the old fall to what it keeps."""
    line, until = change.line, None
    if change.hold_until is not None:
        until = claims_until(method=booking.method, hold_until=change.hold_until)
    new = add_line(booking=booking, position=len(booking.lines), quote=change.changed.quote)
    new.replaces_id = line.id
    db.session.flush()
    units = move_claims(booking=booking, line=line, new=new, until=until)
    add_units(line=new, quote=change.changed.quote, unit_ids=units, least=change.least)
    db.session.flush()
    _move_money(booking, change, new)
    booking.arrival, booking.departure = days_of(booking=booking)
    if change.plan is not None:
        booking.hold_expires_at = change.hold_until
        take_coupons(booking=booking, until=until)
    settle_credit(booking=booking)
    db.session.flush()
    return new


def _move_money(booking: Booking, change: DateChange, new: BookingLine) -> None:
    wanted = money_after(booking=booking, change=change, new={unit.id: unit.price for unit in new.units})
    booking.total = change.total
    if change.plan is None:
        booking.due_now = min(booking.due_now, change.total)
        booking.balance_on = change.due_on or booking.balance_on
    else:
        booking.plan, booking.due_now = change.plan.plan, change.plan.due_now
        booking.balance_on = change.plan.balance_on
    # Before anything goes back: its papers say what is left.
    ended = {unit.id: unit.kept for unit in change.line.units if unit.kept is not None}
    end_units(line=change.line, kept=ended | dict(change.keeps))
    change.line.cancelled_at = clock.now()
    db.session.flush()
    step = f"changed:{new.position}"
    give_back(booking=booking, kept=wanted, reason="changed", part=step, ending=change.keeps)
    set_aside(booking=booking, reference=f"changed:{booking.code}:{new.position}")


def _record(
    booking: Booking, change: DateChange, new: BookingLine, reason: str | None, by_user_id: int | None
) -> None:
    old = change.line
    audit.record(
        action="booking:dates_changed",
        subject=booking.reference,
        user_id=by_user_id,
        reason=(reason or "").strip()[:500] or None,
        line=old.position,
        new_line=new.position,
        title=old.title,
        from_days=[old.arrival.isoformat(), old.departure.isoformat()],
        to_days=[new.arrival.isoformat(), new.departure.isoformat()],
        starts=[old.starts_at.isoformat(), new.starts_at.isoformat()],
        difference=change.difference,
        kept=change.kept,
        refund=change.refund,
    )


def _ask(booking: Booking, asked: Payment | None, *, was_due: bool) -> Payment | None:
    """Whoever was asked for money is asked for what is missing now. Who had paid all is asked for the difference, as
    they paid before if that is open; at the desk it is paid when they come.
    """
    payment = ask_for_the_rest(booking=booking, asked=asked)
    is_new = booking.state == BookingState.CONFIRMED and booking.amount_due > 0 and not was_due
    if payment is not None or asked is not None or not is_new or booking.method == PaymentMethod.CASH:
        return payment
    open_ways = payment_methods(booking=booking)
    method = booking.method if booking.method in open_ways else PaymentMethod.TRANSFER
    return open_payment(booking=booking, method=method, amount=booking.amount_due)
