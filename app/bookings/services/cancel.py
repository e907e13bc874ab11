"""A booking is cancelled by the terms that were copied into it: what is kept stays divided, the rest goes back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.bookings import queries
from app.bookings.models import Booking, BookingLine, LineUnit
from app.bookings.rules import BookingState, LineKind, UnitState, kept_by_terms
from app.bookings.services import messages
from app.bookings.services.coupons import free_coupons
from app.bookings.services.expire import free_claims
from app.bookings.services.give_back import give_back
from app.bookings.services.set_aside import set_aside
from app.core import audit, clock
from app.core.db import db
from app.core.errors import PriceChanged, WrongState
from app.core.filters import rupiah
from app.core.money import Rupiah
from app.core.words import gettext as _
from app.payments.services import cancel_open_payments
from app.revenue.rules import spread
from app.villages.rules import DatedStep, Keeps, steps_from_data

DAY = timedelta(days=1)


@dataclass(frozen=True)
class LineCancellation:
    """What one line would keep and give back now, in rupiah, by which step of its terms (`until` None: the last)."""

    position: int
    paid: Rupiah
    kept: Rupiah
    keeps: Keeps
    until: datetime | None

    @property
    def refund(self) -> Rupiah:
        """What comes back for this line, in rupiah."""
        return self.paid - self.kept


@dataclass(frozen=True)
class Cancellation:
    """What cancelling all that is left of the booking would do now, line by line."""

    lines: tuple[LineCancellation, ...]

    @property
    def refund(self) -> Rupiah:
        """What comes back, in rupiah."""
        return sum(line.refund for line in self.lines)

    @property
    def kept(self) -> Rupiah:
        """What stays with the villages, in rupiah."""
        return sum(line.kept for line in self.lines)


def cancellation_of(*, booking: Booking) -> Cancellation:
    """What would come back if all that is left were cancelled now. A hold keeps nothing: nothing is certain yet.

    Raises WrongState when it has ended, or when its first day has begun.
    """
    check_not_ended(booking=booking)
    state, now = booking.state_now, clock.now()
    if state == BookingState.CONFIRMED and _has_begun(booking, now):
        raise WrongState(
            _("Your trip has begun, so it cannot be cancelled here. Ask the desk in the village.")
        )
    for line in booking.living_lines:
        check_not_let_in(booking=booking, line=line)
    filled = queries.filled_units(booking)
    return Cancellation(
        tuple(line_by_terms(booking=booking, line=line, filled=filled) for line in booking.living_lines)
    )


def check_not_ended(*, booking: Booking) -> None:
    """Raises WrongState when there is nothing left to cancel."""
    if booking.state_now not in {BookingState.HELD, BookingState.CONFIRMED}:
        raise WrongState(_("This booking has ended. There is nothing to cancel."))


def check_not_let_in(*, booking: Booking, line: BookingLine) -> None:
    """Raises WrongState where the guests of a package were let in before it began: they are here."""
    may_be_here = line.kind == LineKind.PACKAGE and line.starts_at - clock.now() < DAY
    if may_be_here and booking.state_now == BookingState.CONFIRMED and queries.find_check_in(line.id):
        raise WrongState(_("The guests of this have been let in already. Ask the desk in the village."))


def check_seen(*, expected: Rupiah | None, refund: Rupiah) -> None:
    """Raises PriceChanged when the guest saw another figure than what comes back now."""
    if expected is not None and expected != refund:
        message = _("Now %(refund)s would come back. Nothing was cancelled.", refund=rupiah(refund))
        raise PriceChanged(message, refund=refund)


def cancel_booking(
    *,
    code: str,
    reason: str | None,
    expected_refund: Rupiah | None = None,
    by_user_id: int | None = None,
    is_unpaid: bool = False,
) -> Booking:
    """Cancel the whole booking: what the terms keep stays with the villages, the rest is owed to the guest at once.

    `expected_refund` is the figure that the guest saw; `is_unpaid`: not the guest ends it, but its rest was not paid.
    Cancelled twice, it stays cancelled. Raises NotFound, WrongState, PriceChanged when another figure comes back now;
    then nothing is cancelled.
    """
    booking = queries.lock_booking(code)
    if booking.state == BookingState.CANCELLED:
        return booking
    cancellation = cancellation_of(booking=booking)
    check_seen(expected=expected_refund, refund=cancellation.refund)
    # What is put aside is paid and the guest's, in hand or not yet: it is not sold again.
    put_aside = {line.id for line in booking.lines if line.ready_at is not None}
    # What was cancelled before keeps what it kept.
    kept = {unit.id: unit.kept or 0 for line in booking.lines for unit in line.units}
    for line, answer in zip(booking.living_lines, cancellation.lines, strict=True):
        kept |= kept_by_unit(line=line, kept=answer.kept)
    booking.become(BookingState.CANCELLED, ended_at=clock.now())
    booking.cancel_reason = (reason or "").strip()[:500] or None
    give_back(booking=booking, kept=kept, reason="cancelled")
    for line in booking.living_lines:
        end_units(line=line, kept=kept)
    set_aside(booking=booking, reference=f"cancelled:{booking.code}")
    free_claims(bookings=[booking], but=put_aside)
    free_coupons(bookings=[booking])
    cancel_open_payments(reference=booking.reference)
    audit.record(
        action="booking:cancelled",
        subject=booking.reference,
        user_id=by_user_id,
        reason=booking.cancel_reason,
        refund=cancellation.refund,
        kept=cancellation.kept,
    )
    messages.tell_cancelled(
        booking=booking, refund=cancellation.refund, kept=cancellation.kept, is_unpaid=is_unpaid
    )
    return booking


def _has_begun(booking: Booking, now: datetime) -> bool:
    """Whether something dated has begun. What only waits to be picked up stops nobody from cancelling the rest."""
    return any(line.starts_at <= now for line in booking.living_lines if line.kind != LineKind.PRODUCT)


def line_by_terms(
    *,
    booking: Booking,
    line: BookingLine,
    filled: Mapping[int, Rupiah],
    going: Sequence[LineUnit] | None = None,
) -> LineCancellation:
    """What a line would keep now by its copied terms, of what it is `filled` with (rupiah by unit id), if the units
    that are `going` were cancelled, all that live unless given. The first night of a stay is kept once.
    """
    is_certain = booking.state_now == BookingState.CONFIRMED
    step = _step_of(line, clock.now()) if is_certain else DatedStep(None, Keeps.NOTHING)
    # What has ended before is settled: by the house with its own terms, by the guest with what was kept then.
    units = [unit for unit in line.units if unit.kept is None] if going is None else going
    paid = sum(filled.get(unit.id, 0) for unit in units)
    prices = [(unit.on, unit.price) for unit in units]
    first = min((unit.on for unit in line.units if unit.kept != 0), default=None)
    # What it was too late for when dates were changed does not come back by waiting.
    lost = sum(unit.least for unit in units)
    kept = min(max(kept_by_terms(line.kind, step.keeps, prices, first), lost), paid)
    return LineCancellation(line.position, paid, kept, step.keeps, step.until)


def _step_of(line: BookingLine, now: datetime) -> DatedStep:
    """The step of the copied terms that holds now; the very instant of a deadline still gets the better answer."""
    if line.kind == LineKind.PRODUCT:
        return DatedStep(None, Keeps.NOTHING if line.ready_at is None else Keeps.ALL)
    steps = steps_from_data(line.terms, line.terms_from)
    return next(step for step in steps if step.until is None or now <= step.until)


def kept_by_unit(*, line: BookingLine, kept: Rupiah) -> dict[int, Rupiah]:
    """What of an amount that a line keeps falls on each of its units, in rupiah by unit id; what has ended before keeps
    what it keeps.
    """
    living = [unit for unit in line.units if unit.kept is None]
    parts = spread(kept, [unit.price for unit in living])
    ended = {unit.id: unit.kept for unit in line.units if unit.kept is not None}
    return ended | {unit.id: part for unit, part in zip(living, parts, strict=True)}


def end_units(*, line: BookingLine, kept: Mapping[int, Rupiah]) -> None:
    """What keeps something (rupiah by unit id) is still earned on its date; the rest is over."""
    for unit in line.units:
        unit.kept = kept[unit.id]
        if unit.state == UnitState.BOOKED:
            unit.state = UnitState.KEPT if unit.kept else UnitState.CANCELLED
    db.session.flush()
