"""One line of a trip is cancelled by its copied terms; the rest of the trip stays."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from app.bookings import queries
from app.bookings.models import Booking, BookingLine
from app.bookings.rules import BookingState, LineKind, Plan, fill
from app.bookings.services import messages
from app.bookings.services.cancel import (
    LineCancellation,
    cancel_booking,
    check_not_ended,
    check_seen,
    end_units,
    kept_by_unit,
    line_by_terms,
)
from app.bookings.services.confirm import claim_sold, confirm_booking
from app.bookings.services.coupons import settle_credit
from app.bookings.services.earn import complete_if_over
from app.bookings.services.expire import free_claims
from app.bookings.services.give_back import give_back
from app.bookings.services.pay import check_not_charged, open_payment
from app.bookings.services.set_aside import set_aside
from app.core import audit, clock
from app.core.db import db
from app.core.errors import NotFound, WrongState
from app.core.money import Rupiah, share_up
from app.core.words import gettext as _
from app.payments.gateway.values import SessionState
from app.payments.models import Payment
from app.payments.queries import find_open_payment
from app.payments.services import cancel_open_payments


@dataclass(frozen=True)
class PartCancellation:
    """What cancelling one line would do now, in rupiah: `refund` comes back, `total` is what the trip costs then.

    What was paid for the line and is not kept first pays what is still missing for the rest of the trip.
    """

    line: LineCancellation
    refund: Rupiah
    total: Rupiah
    amount_due: Rupiah

    @property
    def kept(self) -> Rupiah:
        """What stays with the village, in rupiah."""
        return self.line.kept

    @property
    def moved(self) -> Rupiah:
        """What was paid for the line and counts for the rest of the trip, in rupiah."""
        return self.line.refund - self.refund


def line_cancellation_of(*, booking: Booking, position: int) -> PartCancellation:
    """What would come back if this line were cancelled now and the rest stayed. A hold keeps nothing.

    Raises NotFound, WrongState when it cannot be cancelled: ended, cancelled, begun, or put aside for the guest.
    """
    line = line_at(booking=booking, position=position)
    check_not_ended(booking=booking)
    _check_open(booking, line)
    answer = line_by_terms(booking=booking, line=line, filled=queries.filled_units(booking))
    total = booking.total - sum(unit.price for unit in line.units if unit.kept is None) + answer.kept
    refund = max(0, booking.received - total)
    promised = max(0, min(booking.promised, total - booking.received))
    return PartCancellation(answer, refund, total, total - (booking.received - refund) - promised)


def list_line_cancellations(*, booking: Booking) -> list[PartCancellation]:
    """Of each line that can be cancelled now while another stays, what that would do; in the order of the lines."""
    if len(booking.living_lines) == 1:
        return []
    found = []
    for line in booking.living_lines:
        try:
            found.append(line_cancellation_of(booking=booking, position=line.position))
        except WrongState:
            continue
    return found


def cancel_line(
    *,
    code: str,
    position: int,
    reason: str | None,
    expected_refund: Rupiah | None = None,
    by_user_id: int | None = None,
) -> Booking:
    """Cancel one line: what its terms keep stays with the village, what is too much for the rest is owed to the guest.

    The last line is the whole booking. Cancelled twice, it stays cancelled. `expected_refund` is the figure that the
    guest saw. Raises NotFound, WrongState, PriceChanged when another figure comes back now; then nothing is cancelled.
    """
    booking = queries.lock_booking(code)
    line = line_at(booking=booking, position=position)
    if line.cancelled_at is not None or booking.state == BookingState.CANCELLED:
        return booking
    if booking.living_lines == [line]:
        seen, who = expected_refund, by_user_id
        return cancel_booking(code=code, reason=reason, expected_refund=seen, by_user_id=who)
    answer = line_cancellation_of(booking=booking, position=position)
    check_seen(expected=expected_refund, refund=answer.refund)
    check_not_charged(booking=booking)
    asked, was_told = find_open_payment(booking.reference), hosts_were_told(booking=booking)
    _take_out(booking, line, answer)
    audit.record(
        action="booking:line_cancelled",
        subject=booking.reference,
        user_id=by_user_id,
        reason=(reason or "").strip()[:500] or None,
        line=position,
        title=line.title,
        refund=answer.refund,
        kept=answer.kept,
    )
    payment = ask_for_the_rest(booking=booking, asked=asked)
    refund, kept = answer.refund, answer.kept
    messages.tell_line_cancelled(
        booking=booking, line=line, refund=refund, kept=kept, payment=payment, hosts=was_told
    )
    complete_if_over(booking=booking)
    return booking


def line_at(*, booking: Booking, position: int) -> BookingLine:
    """A line of the booking by its position. Raises NotFound."""
    line = next((one for one in booking.lines if one.position == position), None)
    if line is None:
        raise NotFound(_("The booking has no such line."))
    return line


def _check_open(booking: Booking, line: BookingLine) -> None:
    if line.cancelled_at is not None:
        raise WrongState(_("This part of the trip is cancelled already."))
    if line.ready_at is not None:
        raise WrongState(_("This is put aside for you. Nothing would come back, so fetch it when you come."))
    is_certain = booking.state_now == BookingState.CONFIRMED
    if is_certain and line.kind != LineKind.PRODUCT and line.starts_at <= clock.now():
        raise WrongState(
            _(
                "This part of your trip has begun, so it cannot be cancelled here. Ask the desk in the village."
            )
        )


def hosts_were_told(*, booking: Booking) -> bool:
    """Whether those who wait for the guest have heard of the booking."""
    return booking.confirmed_at is not None or booking.plan == Plan.ON_ARRIVAL


def _take_out(booking: Booking, line: BookingLine, answer: PartCancellation) -> None:
    """Take a line out of the trip: its money falls to what it keeps, what stays is filled anew, its places are free."""
    kept = kept_by_unit(line=line, kept=answer.kept)
    wanted = {unit.id: unit.kept or 0 for one in booking.lines for unit in one.units} | kept
    rest = [(unit.id, unit.price) for one in booking.living_lines if one is not line for unit in one.units]
    wanted |= fill(booking.received - answer.refund - sum(wanted.values()), rest)
    booking.total, booking.due_now = answer.total, due_now_of(booking=booking, total=answer.total)
    give_back(booking=booking, kept=wanted, reason="cancelled", part=line.position, ending=kept)
    end_units(line=line, kept=kept)
    set_aside(booking=booking, reference=f"cancelled:{booking.code}:{line.position}")
    line.cancelled_at = clock.now()
    booking.arrival, booking.departure = days_of(booking=booking)
    free_claims(bookings=[booking], but={one.id for one in booking.lines if one is not line})
    settle_credit(booking=booking)
    db.session.flush()


def due_now_of(*, booking: Booking, total: Rupiah) -> Rupiah:
    """What confirms the booking from now on: a hold is asked for less, a certain one has paid what it was asked."""
    if booking.state != BookingState.HELD:
        return min(booking.due_now, total)
    return share_up(total, booking.deposit_basis_points) if booking.plan == Plan.DEPOSIT else total


def days_of(*, booking: Booking) -> tuple[date, date]:
    """First and last day of what is left. What waits to be picked up sets the days only where there is nothing else."""
    left = booking.living_lines
    dated = [line for line in left if line.kind != LineKind.PRODUCT] or left
    return min(line.arrival for line in dated), max(line.departure for line in dated)


def ask_for_the_rest(*, booking: Booking, asked: Payment | None) -> Payment | None:
    """Whoever was asked for money is asked for what is left of it, in the same way; what a hold has paid by now may
    be enough. Nobody pays for what is gone. Who says that the money is sent, or was charged, is not asked again before
    a person has looked.
    """
    is_charged = asked is not None and asked.session_state == SessionState.COMPLETE
    if is_charged or queries.find_open_claim(booking.id) is not None:
        return None
    cancel_open_payments(reference=booking.reference)
    amount = booking.amount_due
    if booking.state == BookingState.HELD:
        amount = booking.due_now - booking.covered
        if amount <= 0:
            claim_sold(booking=booking)
            confirm_booking(booking=booking)
    if asked is None or amount <= 0:
        return None
    return open_payment(booking=booking, method=asked.method, amount=amount)
