"""The house or the village cancels: everything comes back, and what was the guest's is sold to nobody else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from app.bookings import queries
from app.bookings.models import Booking, BookingLine, LineUnit
from app.bookings.rules import BookingState, HouseReason, LineKind, UnitState
from app.bookings.services import house_messages
from app.bookings.services.cancel import check_not_ended, end_units
from app.bookings.services.cancel_line import (
    ask_for_the_rest,
    check_not_moved,
    days_of,
    hosts_were_told,
    line_at,
)
from app.bookings.services.coupons import free_coupons
from app.bookings.services.earn import complete_if_over
from app.bookings.services.end_part import end_units_alone, leave_on
from app.bookings.services.give_back import give_back
from app.bookings.services.other_places import list_other_places
from app.bookings.services.set_aside import set_aside
from app.core import audit, clock
from app.core.dates import Nights
from app.core.db import db
from app.core.errors import Invalid, WrongState
from app.core.money import Rupiah
from app.core.words import gettext as _
from app.homestays import inventory as nights
from app.payments.queries import find_open_payment
from app.payments.services import cancel_open_payments
from app.showcase import inventory as pieces
from app.tours import inventory as seats
from app.users.rules import Scope


@dataclass(frozen=True)
class HouseWord:
    """Why a house or village cancels, in a code and in its own words, who says so, and by which act (`closure:3`); of
    nights outside of its `period` nothing stays closed.
    """

    reason: HouseReason
    words: str
    by_user_id: int | None
    act: str | None = None
    period: Nights | None = None


@dataclass(frozen=True)
class Ending:
    """What cancelling a line would end: all of it, or of a stay that has begun the nights from `first` on. `refund` is
    in rupiah, for this line alone.
    """

    line: BookingLine
    first: date
    units: tuple[LineUnit, ...]
    refund: Rupiah

    @property
    def is_whole(self) -> bool:
        """Whether nothing is left of the line."""
        ends = {unit.id for unit in self.units}
        # A night that was slept is not gone because a part of its price went back.
        return all(unit.id in ends or unit.is_given_up for unit in self.line.units)


def ending_of(*, booking: Booking, line: BookingLine, first: date | None = None) -> Ending:
    """What would come back if the house cancelled this line now, or from a night `first` on.

    Raises WrongState where nothing is left to cancel.
    """
    check_not_ended(booking=booking)
    if line.cancelled_at is not None:
        raise WrongState(_("This part of the trip is cancelled already."))
    if line.handed_over_at is not None:
        raise WrongState(_("The guest has this in hand. Give money back after the stay instead."))
    is_stay, today = line.kind == LineKind.STAY, clock.today()
    if line.kind == LineKind.PACKAGE and line.starts_at <= clock.now():
        raise WrongState(_("This has begun. Give money back after the stay instead."))
    first = max(line.arrival, today, first or today) if is_stay else line.arrival
    units = tuple(
        unit
        for unit in line.units
        if unit.kept is None and unit.state == UnitState.BOOKED and (not is_stay or unit.on >= first)
    )
    if not units:
        raise WrongState(_("Nothing of this is still to come. Give money back after the stay instead."))
    filled = queries.filled_units(booking)
    return Ending(line, first, units, sum(filled[unit.id] for unit in units))


def cancel_by_house(
    *, code: str, position: int, reason: HouseReason, words: str, by_user_id: int, scope: Scope
) -> Booking:
    """The house or village of one line cancels it: all that was paid for it comes back, whatever the terms say, and its
    nights or places stay closed. Of a stay that has begun, the nights from today on. Twice, it stays cancelled.

    Raises NotFound outside of the scope, WrongState where nothing is left to cancel, Invalid without words.
    """
    if not words.strip():
        message = _("Tell the guest why, in a sentence.")
        raise Invalid(message, errors=[("words", message)])
    queries.get_booking(code, scope)
    booking = queries.lock_booking(code)
    line = line_at(booking=booking, position=position)
    check_not_moved(booking=booking, line=line)
    if not scope.has_payee(line.payee_id, line.village_id):
        raise WrongState(_("This part of the trip belongs to another village."))
    if line.cancelled_at is None and booking.state != BookingState.CANCELLED:
        word = HouseWord(reason, words.strip(), by_user_id)
        cancel_endings(booking=booking, endings=[ending_of(booking=booking, line=line)], word=word)
    return booking


def cancel_endings(*, booking: Booking, endings: Sequence[Ending], word: HouseWord) -> Rupiah:
    """Cancel these parts of a locked booking for the house, and write to the guest once; gives what goes back, in
    rupiah. Where nothing else lives the booking is cancelled, and the unique codes of its transfers come back too.
    """
    asked, told = find_open_payment(booking.reference), hosts_were_told(booking=booking)
    before, whole = list(booking.living_lines), {ending.line.id for ending in endings if ending.is_whole}
    is_over = all(line.id in whole for line in before)
    if is_over:
        back, payment = _end_all(booking, endings, word), None
    else:
        back = sum(_end_one(booking, ending) for ending in endings)
        payment = ask_for_the_rest(booking=booking, asked=asked)
    for ending in endings:
        _close(ending, word.act or f"cancelled:{booking.code}", word.period)
    _record(booking, endings, word, back)
    house_messages.tell_cancelled_by_house(
        booking=booking,
        lines=[ending.line for ending in endings],
        firsts=[ending.first for ending in endings],
        stays=[] if is_over else booking.living_lines,
        refund=back,
        words=word.words,
        others=[list_other_places(line=ending.line, first=ending.first) for ending in endings],
        payment=payment,
        act=word.act,
        hosts=told,
    )
    complete_if_over(booking=booking)
    return back


def _end_all(booking: Booking, endings: Sequence[Ending], word: HouseWord) -> Rupiah:
    """Nothing else lives: the booking is cancelled. What was kept of parts that the guest cancelled before stays."""
    kept = {unit.id: unit.kept or 0 for line in booking.lines for unit in line.units}
    booking.become(BookingState.CANCELLED, ended_at=clock.now())
    booking.cancel_reason = word.words[:500]
    refunds = give_back(booking=booking, kept=kept, reason="house", codes=True)
    for ending in endings:
        end_units(line=ending.line, kept=kept)
    set_aside(booking=booking, reference=f"cancelled:{booking.code}")
    free_coupons(bookings=[booking])
    cancel_open_payments(reference=booking.reference)
    return sum(refund.amount for refund in refunds)


def _end_one(booking: Booking, ending: Ending) -> Rupiah:
    keeps = {unit.id: 0 for unit in ending.units}
    refunds = end_units_alone(booking=booking, line=ending.line, keeps=keeps, reason="house")
    if ending.is_whole:
        ending.line.cancelled_at = clock.now()
        booking.arrival, booking.departure = days_of(booking=booking)
        db.session.flush()
    else:
        leave_on(booking=booking, line=ending.line, day=ending.first)
    return sum(refund.amount for refund in refunds)


def _close(ending: Ending, closed_for: str, period: Nights | None) -> None:
    """What the line had goes to nobody else; a product goes back on its shelf."""
    line = ending.line
    if line.kind == LineKind.STAY:
        first = max(ending.first, period.arrival) if period else ending.first
        nights.close_line(line.id, first, closed_for, period.departure if period else None)
        nights.release_from(line.id, ending.first)
    elif line.departure_id is not None:
        seats.close(line.id, line.departure_id, line.quantity)
    else:
        line.ready_at = None
        pieces.release([line.id])
    db.session.flush()


def _record(booking: Booking, endings: Sequence[Ending], word: HouseWord, refund: Rupiah) -> None:
    audit.record(
        action="booking:house_cancelled",
        subject=booking.reference,
        user_id=word.by_user_id,
        reason=word.words,
        code=word.reason.value,
        act=word.act,
        lines=[ending.line.position for ending in endings],
        from_nights=[ending.first.isoformat() for ending in endings],
        refund=refund,
    )
