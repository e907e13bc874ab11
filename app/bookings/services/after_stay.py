"""Money of a stay goes back afterwards: asked for with a reason, above a sum agreed by a second person."""

from __future__ import annotations

from app.bookings import queries
from app.bookings.models import Booking, BookingLine, Concession
from app.bookings.rules import BookingState, UnitState, needs_second
from app.bookings.services import house_messages
from app.bookings.services.cancel_line import line_at
from app.bookings.services.end_part import end_units_alone, spread_over, worth_of
from app.core import audit, clock
from app.core.db import db
from app.core.errors import Forbidden, Invalid, WrongState
from app.core.filters import rupiah
from app.core.money import Rupiah
from app.core.words import gettext as _
from app.users.rules import Scope

AFTER = frozenset({BookingState.CONFIRMED, BookingState.COMPLETED, BookingState.NO_SHOW})


def returnable(*, booking: Booking, line: BookingLine) -> Rupiah:
    """How much of a line could still be given back after the stay, in rupiah: what was paid for what is over.

    0 while something of the booking is unpaid: what was not paid cannot come back, it is asked for no more instead.
    """
    if booking.state not in AFTER or booking.amount_due > 0:
        return 0
    return sum(worth_of(unit=unit) for unit in line.units if unit.state == UnitState.EARNED)


def refund_after_stay(
    *, code: str, position: int, amount: Rupiah, reason: str, by_user_id: int, scope: Scope
) -> Concession:
    """Give back so much of a line that is over, in rupiah: at once, or, where what is given back of it in all is more
    than one person may give alone, when a second person has agreed.

    The shares fall, what is payable too, where it may go below 0: the visible debt. Raises NotFound, Invalid without a
    reason or for more than can come back, WrongState.
    """
    if not reason.strip():
        message = _("Tell the guest why, in a sentence.")
        raise Invalid(message, errors=[("reason", message)])
    queries.get_booking(code, scope)
    booking = queries.lock_booking(code)
    line = line_at(booking=booking, position=position)
    if not scope.has_payee(line.payee_id, line.village_id):
        raise WrongState(_("This part of the trip belongs to another village."))
    _check_amount(booking, line, amount)
    concession = Concession(
        line_id=line.id,
        amount=amount,
        reason=reason.strip(),
        asked_by_id=by_user_id,
        asked_at=clock.now(),
    )
    db.session.add(concession)
    db.session.flush()
    _record("booking:after_stay_asked", booking, concession, by_user_id)
    if not needs_second(queries.given_back_of(line.id), amount):
        _give(booking, line, concession, by_user_id)
    return concession


def agree_to_refund(*, concession_id: int, by_user_id: int, scope: Scope) -> Concession:
    """The second person agrees: the money is owed to the guest. Agreed twice, it is owed once.

    Raises NotFound outside of the scope, Forbidden for whoever asked, WrongState where it was dropped or the money is
    not there any more.
    """
    concession, booking, line = _open(concession_id, scope)
    if concession.done_at is not None:
        return concession
    if concession.asked_by_id == by_user_id:
        raise Forbidden(_("A second person has to agree: not whoever asked."))
    if concession.dropped_at is not None:
        raise WrongState(_("This was dropped. Ask for it anew."))
    _check_amount(booking, line, concession.amount)
    concession.agreed_by_id = by_user_id
    _give(booking, line, concession, by_user_id)
    return concession


def drop_refund(*, concession_id: int, by_user_id: int, scope: Scope) -> Concession:
    """Nothing is given back after all. Raises NotFound, WrongState where it was given."""
    concession, booking, _line = _open(concession_id, scope)
    if concession.done_at is not None:
        raise WrongState(_("This was given back already."))
    if concession.dropped_at is None:
        concession.dropped_at = clock.now()
        _record("booking:after_stay_dropped", booking, concession, by_user_id)
    return concession


def _open(concession_id: int, scope: Scope) -> tuple[Concession, Booking, BookingLine]:
    code = queries.code_of_concession(concession_id, scope)
    booking = queries.lock_booking(code)
    # Read after the booking is locked: whoever agreed meanwhile is seen.
    concession = db.session.get_one(Concession, concession_id, populate_existing=True)
    line = next(line for line in booking.lines if line.id == concession.line_id)
    return concession, booking, line


def _check_amount(booking: Booking, line: BookingLine, amount: Rupiah) -> None:
    if booking.state not in AFTER:
        raise WrongState(_("This booking has ended without a stay. Its terms say what comes back."))
    if booking.amount_due > 0:
        raise WrongState(_("Something of this booking is still to be paid. Settle that first."))
    most = returnable(booking=booking, line=line)
    if not 0 < amount <= most:
        message = _("At most %(most)s of this can come back.", most=rupiah(most))
        raise Invalid(message, errors=[("amount", message)])


def _give(booking: Booking, line: BookingLine, concession: Concession, by_user_id: int) -> None:
    units = [unit for unit in line.units if unit.state == UnitState.EARNED]
    worth = {unit.id: worth_of(unit=unit) for unit in units}
    fallen = spread_over(amount=concession.amount, units=units, filled=worth)
    keeps = {unit.id: worth[unit.id] - fallen[unit.id] for unit in units if fallen[unit.id]}
    end_units_alone(booking=booking, line=line, keeps=keeps, reason="after_stay")
    concession.done_at = clock.now()
    _record("booking:after_stay_given", booking, concession, by_user_id)
    house_messages.tell_given_back(
        booking=booking, line=line, amount=concession.amount, number=concession.id, reason=concession.reason
    )


def _record(action: str, booking: Booking, concession: Concession, by_user_id: int) -> None:
    audit.record(
        action=action,
        subject=booking.reference,
        user_id=by_user_id,
        reason=concession.reason,
        concession=concession.id,
        amount=concession.amount,
    )
