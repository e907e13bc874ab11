"""A guest leaves before the end of a stay: the nights that nobody sleeps are sold again, and kept by the terms."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from app.bookings import queries
from app.bookings.models import Booking, BookingLine, LineUnit
from app.bookings.rules import BookingState, LineKind, UnitState, kept_of_rest
from app.bookings.services import house_messages
from app.bookings.services.cancel import line_by_terms
from app.bookings.services.cancel_line import ask_for_the_rest, line_at
from app.bookings.services.earn import complete_if_over
from app.bookings.services.end_part import end_units_alone, leave_on, nights_left, spread_over
from app.core import audit, clock
from app.core.errors import Forbidden, Invalid, WrongState
from app.core.money import Rupiah
from app.core.words import gettext as _
from app.homestays.inventory import release_from
from app.payments.queries import find_open_payment
from app.users.rules import Scope


@dataclass(frozen=True)
class EarlyEnd:
    """What it means when nights of a stay are not slept, in rupiah: what is paid for them, and what stays of that by
    night's unit.
    """

    line: BookingLine
    first: date
    units: tuple[LineUnit, ...]
    paid: Rupiah
    keeps: Mapping[int, Rupiah]

    @property
    def kept(self) -> Rupiah:
        """What stays with the village, in rupiah."""
        return sum(self.keeps.values())

    @property
    def returned(self) -> Rupiah:
        """What is not kept: it comes back, or pays what is missing for the rest."""
        return self.paid - self.kept


def early_end_of(
    *, booking: Booking, position: int, leaves_on: date, nights_back: int | None = None
) -> EarlyEnd:
    """What leaving on a day would keep and give back: by the terms, or with so many of the last nights given back
    whatever the terms say. Raises NotFound, Invalid for a day or a number that cannot be, WrongState.
    """
    line = line_at(booking=booking, position=position)
    if booking.state != BookingState.CONFIRMED or line.kind != LineKind.STAY or line.cancelled_at is not None:
        raise WrongState(_("Only a stay that is certain can end early."))
    if not max(line.arrival, clock.today()) <= leaves_on < line.departure or leaves_on == line.arrival:
        message = _("Choose a day after the arrival and before the last day, today or later.")
        raise Invalid(message, errors=[("leaves_on", message)])
    if clock.now() < line.starts_at:
        raise WrongState(_("This stay has not begun. Cancel it instead."))
    return rest_from(booking=booking, line=line, first=leaves_on, nights_back=nights_back)


def rest_from(
    *, booking: Booking, line: BookingLine, first: date, nights_back: int | None = None
) -> EarlyEnd:
    """The nights of a stay from a day on, and what is kept of them. Raises Invalid, WrongState without such nights."""
    units = [unit for unit in nights_left(line=line, first=first) if unit.state == UnitState.BOOKED]
    if not units:
        raise WrongState(_("There are no nights left after that day."))
    filled = queries.filled_units(booking)
    paid = sum(filled[unit.id] for unit in units)
    if nights_back is None:
        answer = line_by_terms(booking=booking, line=line, filled=filled)
        keeps = spread_over(
            amount=kept_of_rest(answer.kept, answer.paid - paid, paid), units=units, filled=filled
        )
    else:
        keeps = _but_the_last(units, filled, nights_back)
    return EarlyEnd(line, first, tuple(units), paid, keeps)


def _but_the_last(
    units: Sequence[LineUnit], filled: Mapping[int, Rupiah], nights_back: int
) -> dict[int, Rupiah]:
    """Everything but what was paid for so many of the last nights."""
    days = sorted({unit.on for unit in units})
    if not 0 <= nights_back <= len(days):
        message = _("Give a number of nights from 0 to %(most)d.", most=len(days))
        raise Invalid(message, errors=[("nights_back", message)])
    given = set(days[len(days) - nights_back :])
    return {unit.id: 0 if unit.on in given else filled[unit.id] for unit in units}


def leave_early(
    *,
    code: str,
    position: int,
    leaves_on: date,
    reason: str,
    by_user_id: int,
    scope: Scope,
    nights_back: int | None = None,
    may_give: bool = False,
    expected_return: Rupiah | None = None,
) -> EarlyEnd:
    """Write down that a guest leaves on a day: the nights from then on are free for others at once.

    `nights_back` gives so many of them back whatever the terms say, for who may give (`may_give`). Raises NotFound,
    Forbidden, Invalid without a reason or for a day that cannot be, WrongState, also where another sum was shown.
    """
    if not reason.strip():
        message = _("Say why, in a few words.")
        raise Invalid(message, errors=[("reason", message)])
    if nights_back is not None and not may_give:
        raise Forbidden(_("Giving nights back beyond the terms is for the manager."))
    queries.get_booking(code, scope)
    booking = queries.lock_booking(code)
    end = early_end_of(booking=booking, position=position, leaves_on=leaves_on, nights_back=nights_back)
    if not scope.has_payee(end.line.payee_id, end.line.village_id):
        raise WrongState(_("This part of the trip belongs to another village."))
    if expected_return is not None and expected_return != end.returned:
        raise WrongState(_("Meanwhile another sum would come back. Look at it once more."))
    refund = end_rest(booking=booking, end=end, reason="early")
    audit.record(
        action="booking:left_early",
        subject=booking.reference,
        user_id=by_user_id,
        reason=reason.strip(),
        line=position,
        leaves_on=leaves_on.isoformat(),
        refund=refund,
        kept=end.kept,
        nights_back=nights_back,
    )
    house_messages.tell_left_early(booking=booking, line=end.line, refund=refund, kept=end.kept)
    complete_if_over(booking=booking)
    return end


def end_rest(*, booking: Booking, end: EarlyEnd, reason: str) -> Rupiah:
    """Let the nights end, free them, and owe the guest what is not kept; gives what goes back, in rupiah."""
    asked = find_open_payment(booking.reference)
    refunds = end_units_alone(booking=booking, line=end.line, keeps=end.keeps, reason=reason)
    leave_on(booking=booking, line=end.line, day=end.first)
    release_from(end.line.id, end.first)
    ask_for_the_rest(booking=booking, asked=asked)
    return sum(refund.amount for refund in refunds)


def may_leave_early(*, booking: Booking, line: BookingLine) -> bool:
    """Whether the guest of a stay is there and has a night left that could be left out."""
    if booking.state != BookingState.CONFIRMED or line.kind != LineKind.STAY or line.cancelled_at is not None:
        return False
    last = line.departure.toordinal() - 1
    return (
        clock.now() >= line.starts_at and max(line.arrival.toordinal() + 1, clock.today().toordinal()) <= last
    )
