"""Nobody came: said by a person, after the evening of the day of arrival; and undone with a trace."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from app.bookings import queries
from app.bookings.models import Booking, BookingLine
from app.bookings.rules import BookingState, LineKind, UnitState, missed_from
from app.bookings.sellables import SELLABLES
from app.bookings.services import house_messages
from app.bookings.services.earn import complete_if_over
from app.bookings.services.end_part import leave_on, worth_of
from app.bookings.services.give_back import give_back
from app.bookings.services.leave_early import EarlyEnd, end_rest, rest_from
from app.bookings.services.set_aside import set_aside
from app.core import audit, clock
from app.core.db import db
from app.core.errors import Invalid, WrongState
from app.core.filters import short_date_time
from app.core.words import gettext as _
from app.ledger.queries import list_entries
from app.users.rules import Scope

DAY = timedelta(days=1)
MISSED = "no_show"
"""The reason of money that goes back because nights were freed; by it undoing finds them."""


def missing_of(*, booking: Booking, scope: Scope) -> list[EarlyEnd]:
    """What freeing the nights of a guest who did not come would keep and give back: of each stay within the scope that
    has begun, the nights after the first from today on. Raises WrongState where nobody can be missed yet, where
    somebody came, or where a part of the trip is for others to say.
    """
    if booking.state != BookingState.CONFIRMED:
        raise WrongState(_("Only a guest who is certain to come can be missed."))
    if clock.now() < missed_from(booking.arrival):
        time = short_date_time(missed_from(booking.arrival))
        raise WrongState(_("Wait until %(time)s: until then the guest may still come.", time=time))
    _check_nobody_came(booking, scope)
    ends = []
    for line in booking.living_lines:
        first = max(line.arrival + DAY, clock.today())
        is_here = line.kind == LineKind.STAY and scope.has_payee(line.payee_id, line.village_id)
        if is_here and line.arrival <= clock.today() and _has_nights(line, first):
            ends.append(rest_from(booking=booking, line=line, first=first))
    return ends


def _check_nobody_came(booking: Booking, scope: Scope) -> None:
    """The whole trip is marked, so whoever says it must see the whole trip; and who was let in was there."""
    left = booking.living_lines
    if not all(scope.has_payee(line.payee_id, line.village_id) for line in left):
        raise WrongState(
            _("A part of this trip is with others. Only who sees all of it can say that nobody came.")
        )
    if queries.let_in_by_line([line.id for line in left]) or any(line.handed_over_at for line in left):
        raise WrongState(_("This guest was let in, or has fetched something, so somebody came."))


def _has_nights(line: BookingLine, first: date) -> bool:
    return any(
        unit.on >= first and unit.kept is None and unit.state == UnitState.BOOKED for unit in line.units
    )


def mark_no_show(*, code: str, reason: str, free: bool, by_user_id: int, scope: Scope) -> Booking:
    """Write down that the guest did not come. As long as the place is kept the guest may still come, and everything
    stays; with `free` the nights still to come are sold again and what the terms do not keep of them comes back.

    Raises NotFound, Invalid without a reason, WrongState before the evening of the day of arrival. Twice changes
    nothing.
    """
    _check_reason(reason)
    queries.get_booking(code, scope)
    booking = queries.lock_booking(code)
    if booking.state == BookingState.NO_SHOW:
        return booking
    ends = missing_of(booking=booking, scope=scope)
    refund = sum(end_rest(booking=booking, end=end, reason=MISSED) for end in ends) if free else 0
    booking.become(BookingState.NO_SHOW, ended_at=clock.now())
    audit.record(
        action="booking:no_show",
        subject=booking.reference,
        user_id=by_user_id,
        reason=reason.strip(),
        freed={end.line.position: end.first.isoformat() for end in ends} if free else {},
        refund=refund,
    )
    house_messages.tell_no_show(booking=booking, refund=refund, freed=free and bool(ends))
    return booking


def undo_no_show(*, code: str, reason: str, by_user_id: int, scope: Scope) -> Booking:
    """The guest came after all: the booking is certain again, with the nights still to come that were freed, taken
    anew through the gate. What went back for them is to be paid again.

    Raises NotFound, Invalid without a reason, WrongState when it is no no-show, SoldOut when a night is gone: then
    nothing changes.
    """
    _check_reason(reason)
    queries.get_booking(code, scope)
    booking = queries.lock_booking(code)
    if booking.state != BookingState.NO_SHOW:
        raise WrongState(_("This guest was not missed. There is nothing to undo."))
    freed_at, received, total = booking.ended_at, booking.received, booking.total
    booking.become(BookingState.CONFIRMED)
    taken = [_take_again(booking, line, freed_at) for line in booking.living_lines]
    if any(taken):
        # The same money, filled anew over what lives again: nothing goes back, nothing comes.
        step = f"undone:{len(list_entries(booking.reference))}"
        filled = queries.filled_units(booking)
        give_back(booking=booking, kept=filled, reason=MISSED, part=step, ending=())
        set_aside(booking=booking, reference=f"undone:{booking.code}:{step}")
    assert booking.received == received, "undoing moves no guest's money"
    db.session.flush()
    audit.record(
        action="booking:no_show_undone",
        subject=booking.reference,
        user_id=by_user_id,
        reason=reason.strip(),
        to_pay=booking.total - total,
    )
    complete_if_over(booking=booking)
    return booking


def _take_again(booking: Booking, line: BookingLine, freed_at: datetime | None) -> bool:
    """Take the freed nights of a stay from today on again, the very rooms; gives whether there were any. What was freed
    at another time, by other steps, stays free.
    """
    back = [
        unit
        for unit in line.units
        if unit.ended_at is not None and unit.ended_at == freed_at and unit.on >= clock.today()
    ]
    if not back or line.kind != LineKind.STAY:
        return False
    if min(unit.on for unit in back) > line.departure:
        raise WrongState(_("Nights in between have passed. Book the rest anew."))
    booking.total += sum(unit.price - worth_of(unit=unit) for unit in back)
    for unit in back:
        unit.kept, unit.ended_at, unit.state = None, None, UnitState.BOOKED
    db.session.flush()
    leave_on(booking=booking, line=line, day=max(unit.on for unit in back) + DAY)
    SELLABLES[line.kind].confirm([line])
    return True


def _check_reason(reason: str) -> None:
    if not reason.strip():
        message = _("Say why, in a few words.")
        raise Invalid(message, errors=[("reason", message)])
