"""What a change of dates would do to a booking now: what is kept, what is to be paid or comes back, until when."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time

from app.bookings import queries
from app.bookings.models import Booking, BookingLine, LineUnit
from app.bookings.rules import (
    BookingState,
    LineKind,
    PaymentPlan,
    Plan,
    Sold,
    difference_due_on,
    fall_of_terms,
    fill,
    hold_after_change,
    payment_plan,
)
from app.bookings.services.cancel import check_not_let_in, line_by_terms
from app.bookings.services.cancel_line import line_at
from app.bookings.services.change_claims import CHANGEABLE, full_for, left_for
from app.bookings.services.change_quote import ChangedLine, Dates, quote_changed, with_voucher
from app.core import clock
from app.core.dates import village_instant
from app.core.errors import Invalid, WrongState
from app.core.money import Rupiah
from app.core.words import gettext as _
from app.payments.rules import PaymentMethod

DAY_ENDS = time(23, 59)


@dataclass(frozen=True)
class DateChange:
    """What other dates for one line would do now, in rupiah. `keeps` by the number of each unit of the old line,
    `least` by place in the new one; `lost_discount` is what the voucher no longer takes off.

    `total` is what the trip costs then, `refund` comes back; `amount_due` is missing then, to be paid by `due_on`.
    """

    line: BookingLine
    changed: ChangedLine
    keeps: Mapping[int, Rupiah]
    least: Mapping[int, Rupiah]
    before: Rupiah
    total: Rupiah
    refund: Rupiah
    amount_due: Rupiah
    lost_discount: Rupiah
    arrival: date
    at_the_door: bool
    plan: PaymentPlan | None
    hold_until: datetime | None

    @property
    def kept(self) -> Rupiah:
        """What stays with the village for what is given up, in rupiah."""
        return sum(self.keeps.values())

    @property
    def difference(self) -> Rupiah:
        """What the trip costs more than before, in rupiah; below 0 where it costs less."""
        return self.total - self.before

    @property
    def due_at(self) -> datetime | None:
        """The instant until which what is missing is to be paid; None where nothing is."""
        if self.amount_due <= 0:
            return None
        if self.hold_until is not None:
            return self.hold_until
        return village_instant(self.due_on, DAY_ENDS) if self.due_on else None

    @property
    def due_on(self) -> date | None:
        """By which village date what is missing is to be paid; None where nothing is, or a hold says until when."""
        if self.plan is not None or self.amount_due <= 0:
            return None
        if self.at_the_door:
            return self.arrival
        return difference_due_on(self.arrival, clock.today())


def change_of(*, booking: Booking, position: int, to: Dates) -> DateChange:
    """What moving a line to other dates would do now. What is given up is kept by its copied terms as if it were
    cancelled; what is held on to keeps its price; what is new costs what it costs today.

    Raises NotFound, WrongState when it cannot be changed (ended, begun, a product, or too little is paid), Invalid for
    dates that do not fit, SoldOut where they are full.
    """
    line = line_at(booking=booking, position=position)
    check_changeable(booking=booking, line=line)
    check_not_let_in(booking=booking, line=line)
    changed = quote_changed(booking=booking, line=line, to=to)
    draft = changed.quote.draft
    if (left := left_for(line=line, draft=draft)) < draft.quantity:
        raise full_for(line=line, left=left)
    keeps, least = _fall(booking, line, changed)
    spare = sum(unit.discount for unit in changed.going if not keeps[unit.id])
    lost = sum(unit.discount for unit in changed.going)
    changed = with_voucher(changed=changed, voucher_id=booking.voucher_id, spare=spare)
    lost -= changed.quote.discount - sum(unit.discount for unit in changed.staying.values())
    gone = sum(unit.price for unit in line.units if unit.kept is None)
    total = booking.total - gone + sum(keeps.values()) + changed.quote.price
    refund = max(0, booking.received - total)
    promised = max(0, min(booking.promised, total - booking.received))
    arrival = _arrival(booking, line, draft.arrival)
    change = DateChange(
        line=line,
        changed=changed,
        keeps=keeps,
        least=least,
        before=booking.total,
        total=total,
        refund=refund,
        amount_due=total - (booking.received - refund) - promised,
        lost_discount=lost,
        arrival=arrival,
        at_the_door=booking.method == PaymentMethod.CASH,
        plan=_plan(booking, total, arrival),
        hold_until=_hold_until(booking, arrival),
    )
    _check_paid(booking, change)
    return change


def money_after(*, booking: Booking, change: DateChange, new: Mapping[int, Rupiah]) -> dict[int, Rupiah]:
    """What each unit of the booking has after a change, in rupiah by its number: what is kept, and the rest filled in
    order, last the new ones (`new` are their prices).
    """
    units = {unit.id: unit for line in booking.lines for unit in line.units if unit.id not in new}
    ended = {key: unit.kept or 0 for key, unit in units.items()} | dict(change.keeps)
    living = [one for one in booking.living_lines if one is not change.line]
    prices = [(u.id, u.price) for one in living for u in one.units if u.kept is None and u.id not in new]
    left = booking.received - change.refund - sum(ended.values())
    return ended | fill(left, [*prices, *new.items()])


def check_changeable(*, booking: Booking, line: BookingLine) -> None:
    """Raises WrongState where a line's dates cannot be changed any more: ended, gone, a product, or begun."""
    if booking.state_now not in {BookingState.HELD, BookingState.CONFIRMED}:
        raise WrongState(_("This booking has ended. Its dates cannot be changed."))
    if line.cancelled_at is not None:
        raise WrongState(_("This part of the trip is cancelled already."))
    if line.kind not in CHANGEABLE:
        raise WrongState(_("What you pick up has no dates to change."))
    if line.starts_at <= clock.now():
        raise WrongState(
            _("This part of your trip has begun, so its dates stay. Ask the desk in the village.")
        )


def may_change_dates(*, booking: Booking, line: BookingLine) -> bool:
    """Whether a line's dates can still be changed, if others are free."""
    try:
        check_changeable(booking=booking, line=line)
    except WrongState:
        return False
    return True


def _fall(
    booking: Booking, line: BookingLine, changed: ChangedLine
) -> tuple[dict[int, Rupiah], dict[int, Rupiah]]:
    """What each unit of the old line keeps, and what of each that is held on to does not come back any more."""
    answer = line_by_terms(booking=booking, line=line, filled=queries.filled_units(booking))
    living = [*changed.going, *changed.staying.values()]
    first = min((unit.on for unit in line.units if unit.kept != 0), default=None)
    falls = fall_of_terms(line.kind, answer.keeps, _sold(living), first)
    most = min(sum(falls[unit.id] for unit in changed.going), answer.paid)
    keeps = {unit.id: 0 for unit in changed.staying.values()}
    keeps |= fill(most, [(unit.id, falls[unit.id]) for unit in changed.going])
    return keeps, {place: falls[unit.id] for place, unit in changed.staying.items() if falls[unit.id]}


def _sold(units: list[LineUnit]) -> list[Sold]:
    return [
        Sold(unit.id, unit.on, unit.price, unit.least) for unit in sorted(units, key=lambda u: u.position)
    ]


def _arrival(booking: Booking, line: BookingLine, new: date) -> date:
    others = [one for one in booking.living_lines if one is not line and one.kind != LineKind.PRODUCT]
    return min([new, *(one.arrival for one in others)])


def _plan(booking: Booking, total: Rupiah, arrival: date) -> PaymentPlan | None:
    """What a hold is asked for from now on; None for a certain booking, which has paid what it was asked."""
    if booking.state != BookingState.HELD:
        return None
    return payment_plan(
        total,
        on_arrival=booking.plan == Plan.ON_ARRIVAL,
        deposit_basis_points=booking.deposit_basis_points,
        arrival=arrival,
        today=clock.today(),
    )


def _hold_until(booking: Booking, arrival: date) -> datetime | None:
    if booking.state != BookingState.HELD or booking.hold_expires_at is None:
        return None
    until = hold_after_change(
        booking.method,
        booking.hold_expires_at,
        clock.now(),
        arrival,
        house_allows=booking.pay_on_arrival,
        accepted=queries.transfer_is_accepted(booking.id),
    )
    if until is None or until <= clock.now():
        message = _("The way of paying that you chose is not open for these dates. Choose another one first.")
        raise Invalid(message, errors=[("payment", message)])
    return until


def _check_paid(booking: Booking, change: DateChange) -> None:
    """Where little is paid, money that the terms keep must not run from one part of the trip to another that keeps
    nothing: changing and then cancelling is never cheaper than cancelling. Raises WrongState.
    """
    if booking.state != BookingState.CONFIRMED:
        return
    filled = queries.filled_units(booking)
    quote = change.changed.quote
    # The new units have no numbers yet.
    new = {-1 - at: price - quote.off(at) for at, (_on, price) in enumerate(quote.draft.unit_prices)}
    after = money_after(booking=booking, change=change, new=new)
    others = [one for one in booking.living_lines if one is not change.line]
    kept = sum(line_by_terms(booking=booking, line=one, filled=filled).kept for one in booking.living_lines)
    still = sum(line_by_terms(booking=booking, line=one, filled=after).kept for one in others) + change.kept
    still += min(sum(change.least.values()), sum(after[key] for key in new))
    if still < kept:
        raise WrongState(_("Pay what is missing for this booking first, then change the dates."))
