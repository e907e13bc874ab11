"""Lines of a trip are cancelled by their copied terms; the rest of the trip stays."""

from __future__ import annotations

from collections.abc import Collection, Sequence
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
    check_not_let_in,
    check_seen,
    end_units,
    kept_by_unit,
    line_by_terms,
)
from app.bookings.services.claim import close_settled
from app.bookings.services.confirm import claim_sold, confirm_booking
from app.bookings.services.coupons import settle_credit
from app.bookings.services.earn import complete_if_over
from app.bookings.services.expire import free_claims
from app.bookings.services.extend import follow_arrival
from app.bookings.services.give_back import give_back
from app.bookings.services.pay import check_not_charged, open_payment, way_again
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
    """What cancelling some lines, or parts of them, would do now, in rupiah: `refund` comes back, `total` is what the
    trip costs then.

    What was paid for them and is not kept first pays what is still missing for the rest of the trip.
    """

    lines: tuple[LineCancellation, ...]
    refund: Rupiah
    total: Rupiah
    amount_due: Rupiah

    @property
    def line(self) -> LineCancellation:
        """The first of the lines, often the only one."""
        return self.lines[0]

    @property
    def kept(self) -> Rupiah:
        """What stays with the village, in rupiah."""
        return sum(line.kept for line in self.lines)

    @property
    def moved(self) -> Rupiah:
        """What was paid for the lines and counts for the rest of the trip, in rupiah."""
        return sum(line.refund for line in self.lines) - self.refund


def line_cancellation_of(*, booking: Booking, position: int) -> PartCancellation:
    """What would come back if this line were cancelled now and the rest stayed. A hold keeps nothing.

    Raises NotFound, WrongState when it cannot be cancelled: ended, cancelled, begun, or put aside for the guest.
    """
    return lines_cancellation_of(booking=booking, positions=[position])


def lines_cancellation_of(*, booking: Booking, positions: Collection[int]) -> PartCancellation:
    """What would come back if these lines were cancelled now, all in one step, and the rest stayed: each keeps by its
    own terms of what is paid for it now. Raises as for one line.
    """
    lines = [line_at(booking=booking, position=position) for position in sorted(set(positions))]
    check_not_ended(booking=booking)
    for line in lines:
        check_open(booking=booking, line=line)
    filled = queries.filled_units(booking)
    answers = [line_by_terms(booking=booking, line=line, filled=filled) for line in lines]
    price = sum(unit.price for line in lines for unit in line.units if unit.kept is None)
    return part_answer(booking=booking, answers=answers, price=price)


def part_answer(*, booking: Booking, answers: Sequence[LineCancellation], price: Rupiah) -> PartCancellation:
    """What it means for the trip when things of a `price` in rupiah go, of which `answers` say what is kept."""
    total = booking.total - price + sum(answer.kept for answer in answers)
    refund = max(0, booking.received - total)
    promised = max(0, min(booking.promised, total - booking.received))
    return PartCancellation(tuple(answers), refund, total, total - (booking.received - refund) - promised)


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
    seen, who = expected_refund, by_user_id
    return cancel_lines(code=code, positions=[position], reason=reason, expected_refund=seen, by_user_id=who)


def cancel_lines(
    *,
    code: str,
    positions: Collection[int],
    reason: str | None,
    expected_refund: Rupiah | None = None,
    by_user_id: int | None = None,
) -> Booking:
    """Cancel several lines in one step, all or none; as `cancel_line` does with one. What is cancelled already stays
    so; all that are left are the whole booking.
    """
    booking = queries.lock_booking(code)
    lines = [line_at(booking=booking, position=position) for position in sorted(set(positions))]
    if booking.state != BookingState.CANCELLED:
        for line in lines:
            check_not_moved(booking=booking, line=line)
    lines = [line for line in lines if line.cancelled_at is None]
    if not lines or booking.state == BookingState.CANCELLED:
        return booking
    if len(lines) == len(booking.living_lines):
        seen, who = expected_refund, by_user_id
        return cancel_booking(code=code, reason=reason, expected_refund=seen, by_user_id=who)
    answer = lines_cancellation_of(booking=booking, positions=[line.position for line in lines])
    check_seen(expected=expected_refund, refund=answer.refund)
    check_not_charged(booking=booking)
    asked, was_told = find_open_payment(booking.reference), hosts_were_told(booking=booking)
    _take_out(booking, lines, answer)
    _record(booking, lines, answer, by_user_id, reason)
    payment = ask_for_the_rest(booking=booking, asked=asked)
    refund, kept = answer.refund, answer.kept
    messages.tell_lines_cancelled(
        booking=booking, lines=lines, refund=refund, kept=kept, payment=payment, hosts=was_told
    )
    complete_if_over(booking=booking)
    return booking


def _record(
    booking: Booking,
    lines: Sequence[BookingLine],
    answer: PartCancellation,
    by_user_id: int | None,
    reason: str | None,
) -> None:
    """A row for each line, the refund spread over them in order."""
    left = answer.refund
    for line, one in zip(lines, answer.lines, strict=True):
        part = min(left, one.refund)
        left -= part
        audit.record(
            action="booking:line_cancelled",
            subject=booking.reference,
            user_id=by_user_id,
            reason=(reason or "").strip()[:500] or None,
            line=line.position,
            title=line.title,
            refund=part,
            kept=one.kept,
        )


def check_not_moved(*, booking: Booking, line: BookingLine) -> None:
    """Raises WrongState where the guest has moved a line to other dates: what was seen of it is not what there is."""
    if line.id in booking.replaced:
        raise WrongState(_("This was moved to other dates meanwhile. Look at the booking again."))


def line_at(*, booking: Booking, position: int) -> BookingLine:
    """A line of the booking by its position. Raises NotFound."""
    line = next((one for one in booking.lines if one.position == position), None)
    if line is None:
        raise NotFound(_("The booking has no such line."))
    return line


def check_open(*, booking: Booking, line: BookingLine) -> None:
    """Raises WrongState where a line cannot be cancelled by the guest any more: gone, put aside, or begun."""
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
    check_not_let_in(booking=booking, line=line)


def hosts_were_told(*, booking: Booking) -> bool:
    """Whether those who wait for the guest have heard of the booking."""
    return booking.confirmed_at is not None or booking.plan == Plan.ON_ARRIVAL


def _take_out(booking: Booking, lines: Sequence[BookingLine], answer: PartCancellation) -> None:
    """Take lines out of the trip: their money falls to what they keep, what stays is filled anew, their places are
    free.
    """
    gone = {line.id for line in lines}
    stays = [line for line in booking.living_lines if line.id not in gone]
    if dated := [line.arrival for line in stays if line.kind != LineKind.PRODUCT]:
        follow_arrival(booking=booking, arrival=min(dated))
    kept: dict[int, Rupiah] = {}
    for line, one in zip(lines, answer.lines, strict=True):
        kept |= kept_by_unit(line=line, kept=one.kept)
    wanted = {unit.id: unit.kept or 0 for one in booking.lines for unit in one.units} | kept
    # Of what stays, a unit that has ended keeps what it keeps.
    rest = [(unit.id, unit.price) for line in stays for unit in line.units if unit.kept is None]
    wanted |= fill(booking.received - answer.refund - sum(wanted.values()), rest)
    booking.total, booking.due_now = answer.total, due_now_of(booking=booking, total=answer.total)
    part = "-".join(str(line.position) for line in lines)
    # Before anything goes back: its papers say what is left.
    for line in lines:
        end_units(line=line, kept=kept)
        line.cancelled_at = clock.now()
    booking.arrival, booking.departure = days_of(booking=booking)
    db.session.flush()
    give_back(booking=booking, kept=wanted, reason="cancelled", part=part, ending=kept)
    set_aside(booking=booking, reference=f"cancelled:{booking.code}:{part}")
    free_claims(bookings=[booking], but={line.id for line in booking.lines if line.id not in gone})
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
    a person has looked; a hold that has paid enough by now waits for nobody.
    """
    is_charged = asked is not None and asked.session_state == SessionState.COMPLETE
    is_enough = booking.state == BookingState.HELD and booking.due_now <= booking.covered
    if is_charged or (not is_enough and queries.find_open_claim(booking.id) is not None):
        return None
    cancel_open_payments(reference=booking.reference)
    amount = booking.amount_due
    if booking.state == BookingState.HELD:
        amount = booking.due_now - booking.covered
        if amount <= 0:
            close_settled(booking=booking, by_user_id=None)
            claim_sold(booking=booking)
            confirm_booking(booking=booking)
    if asked is None or amount <= 0:
        return None
    method = way_again(booking=booking, asked=asked)
    if booking.state == BookingState.HELD:
        booking.method = method
    return open_payment(booking=booking, method=method, amount=amount)
