"""A guest gives up a part of a line: nights at either end of a stay, a room, people, pieces. The rest stays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from app.bookings import queries
from app.bookings.models import Booking, BookingLine, LineUnit, Participant
from app.bookings.rules import (
    BookingState,
    LineKind,
    PartFault,
    Rest,
    Shape,
    UnitPlace,
    fault_of_rest,
    places_that_go,
    rest_of,
)
from app.bookings.sellables import SELLABLES
from app.bookings.services.cancel import check_not_ended, check_seen, line_by_terms
from app.bookings.services.cancel_line import (
    PartCancellation,
    ask_for_the_rest,
    check_not_moved,
    check_open,
    days_of,
    hosts_were_told,
    line_at,
    part_answer,
)
from app.bookings.services.end_part import end_units_alone, spread_over
from app.bookings.services.extend import follow_arrival
from app.bookings.services.part_messages import LineBefore, line_before, tell_part_cancelled
from app.bookings.services.pay import check_not_charged, claims_until
from app.core import audit
from app.core.dates import CHECK_IN, Nights, village_instant
from app.core.db import db
from app.core.errors import Invalid, WrongState
from app.core.money import Rupiah
from app.core.words import gettext as _
from app.core.words import ngettext
from app.homestays.inventory import release_but
from app.homestays.queries import sleeps_in
from app.payments.queries import find_open_payment
from app.tours.queries import departures_by_ids
from app.users.rules import Scope


@dataclass(frozen=True)
class Reduction:
    """What giving up a part of a line would do now: what is left of it, which units go, what is kept of each (rupiah by
    unit id), and what it means for the trip.
    """

    line: BookingLine
    left: Shape
    gone: tuple[Participant, ...]
    units: tuple[LineUnit, ...]
    keeps: Mapping[int, Rupiah]
    answer: PartCancellation

    @property
    def price(self) -> Rupiah:
        """What goes costs, in rupiah. 0 where fewer people come and the price is for a car, a boat or a room."""
        return sum(unit.price for unit in self.units)


@dataclass(frozen=True)
class _Limits:
    """What the thing itself asks for: the fewest people, people in a unit or room."""

    least: int = 1
    size: int = 1


def shape_of(*, line: BookingLine) -> Shape:
    """A line as it is now."""
    return Shape(line.arrival, line.departure, line.quantity, line.adults, line.children)


def part_cancellation_of(*, booking: Booking, position: int, rest: Rest) -> Reduction:
    """What would come back if only `rest` stayed of a line. A hold keeps nothing; of a certain booking the terms are
    asked about what goes: all, half or nothing of its own price, and of a first night that is kept, as far as it goes.
    Nights that stay keep their own prices, and the deadlines stay those of the start that was sold, so that nobody
    moves one by giving up a first night. How many nights a house sells at least is no reason to refuse.

    Raises NotFound, Invalid where this cannot be what stays, WrongState as for a whole line, also for guests let in.
    """
    line = line_at(booking=booking, position=position)
    check_not_ended(booking=booking)
    check_open(booking=booking, line=line)
    people, limits, now = queries.participants_of(line), _limits_of(line), shape_of(line=line)
    left = rest_of(line.kind, now, rest, limits.size)
    gone = tuple(one for one in people if one.position in rest.without)
    if left == now:
        raise Invalid(_("Choose what you would like to give up."))
    names = len(people) - len(gone)
    fault = fault_of_rest(line.kind, now, left, names=names, least=limits.least, sleeps=limits.size)
    if fault is not None:
        raise _refused(fault, line, limits)
    return _reduction(booking, line, left, gone)


def _reduction(booking: Booking, line: BookingLine, left: Shape, gone: Sequence[Participant]) -> Reduction:
    living = {unit.id: unit for unit in line.units if unit.kept is None}
    places = [UnitPlace(unit.id, unit.on, unit.unit_id) for unit in living.values()]
    units = tuple(living[key] for key in places_that_go(line.kind, places, left))
    filled = queries.filled_units(booking)
    kept = line_by_terms(booking=booking, line=line, filled=filled, going=units)
    keeps = spread_over(amount=kept.kept, units=units, filled=filled) if units else {}
    price = sum(unit.price for unit in units)
    answer = part_answer(booking=booking, answers=[kept], price=price)
    return Reduction(line, left, tuple(gone), units, keeps, answer)


def cancel_part(
    *,
    code: str,
    position: int,
    rest: Rest,
    reason: str | None,
    expected_refund: Rupiah | None = None,
    by_user_id: int | None = None,
    scope: Scope | None = None,
) -> Booking:
    """Give up all of a line but `rest`: what goes is free for others at once, what the terms keep of it stays with the
    village, what is too much for the rest of the trip is owed to the guest. Asked twice, it is done once.

    `expected_refund` is the figure that the guest saw; `scope` is how far a desk reaches that does it for a guest.
    Raises NotFound, Invalid, WrongState, PriceChanged when another figure comes back now; then nothing changes.
    """
    if scope is not None:
        _check_desk(code, position, scope, reason)
    booking = queries.lock_booking(code)
    line = line_at(booking=booking, position=position)
    check_not_moved(booking=booking, line=line)
    if _is_done(booking, line, rest):
        return booking
    part = part_cancellation_of(booking=booking, position=position, rest=rest)
    check_seen(expected=expected_refund, refund=part.answer.refund)
    check_not_charged(booking=booking)
    asked, told = find_open_payment(booking.reference), hosts_were_told(booking=booking)
    before = line_before(line=line)
    _take_off(booking, part)
    _record(booking, part, before, by_user_id, reason)
    payment = ask_for_the_rest(booking=booking, asked=asked)
    tell_part_cancelled(
        booking=booking,
        line=line,
        before=before,
        refund=part.answer.refund,
        kept=part.answer.kept,
        payment=payment,
        hosts=told,
    )
    return booking


def _check_desk(code: str, position: int, scope: Scope, reason: str | None) -> None:
    if not (reason or "").strip():
        message = _("Say why, in a few words.")
        raise Invalid(message, errors=[("reason", message)])
    line = line_at(booking=queries.get_booking(code, scope), position=position)
    if not scope.has_payee(line.payee_id, line.village_id):
        raise WrongState(_("This part of the trip belongs to another village."))


def may_give_up(*, booking: Booking, line: BookingLine) -> bool:
    """Whether a guest could give up a part of a line now, and something would stay."""
    try:
        check_not_ended(booking=booking)
        check_open(booking=booking, line=line)
    except WrongState:
        return False
    nights = (line.departure - line.arrival).days if line.kind == LineKind.STAY else 1
    return max(nights, line.quantity, line.adults + line.children) > 1


def _is_done(booking: Booking, line: BookingLine, rest: Rest) -> bool:
    """Whether a line is what was asked for, or gone altogether: somebody was faster, perhaps the first click."""
    if line.cancelled_at is not None or booking.state == BookingState.CANCELLED:
        return True
    now, asks = shape_of(line=line), replace(rest, without=frozenset()) != Rest()
    return asks and rest_of(line.kind, now, rest, _limits_of(line).size) == now


def _limits_of(line: BookingLine) -> _Limits:
    """A package keeps the sizes it was created with, so these are those of the sale."""
    if line.departure_id is not None:
        package = departures_by_ids([line.departure_id])[line.departure_id].package
        return _Limits(package.min_party, package.unit_size)
    return _Limits(size=sleeps_in(line.room_type_id)) if line.room_type_id is not None else _Limits()


def _take_off(booking: Booking, part: Reduction) -> None:
    """The line is what is left, its other units end with what is kept of them, and are free in this transaction."""
    line, left, is_held = part.line, part.left, booking.state == BookingState.HELD
    others = [one.arrival for one in booking.living_lines if one is not line and one.kind != LineKind.PRODUCT]
    if line.kind != LineKind.PRODUCT:
        follow_arrival(booking=booking, arrival=min([left.arrival, *others]))
    if left.arrival != line.arrival:
        line.starts_at = village_instant(left.arrival, CHECK_IN)
    line.arrival, line.departure, line.quantity = left.arrival, left.departure, left.quantity
    line.adults, line.children = left.adults, left.children
    booking.arrival, booking.departure = days_of(booking=booking)
    for one in part.gone:
        db.session.delete(one)
    db.session.flush()
    if not part.units:
        return
    end_units_alone(booking=booking, line=line, keeps=part.keeps, reason="cancelled")
    if line.kind == LineKind.STAY:
        rooms = {unit.unit_id for unit in line.units if unit.kept is None and unit.unit_id is not None}
        release_but(line.id, Nights(left.arrival, left.departure), rooms)
    elif is_held and booking.hold_expires_at is not None:
        until = claims_until(method=booking.method, hold_until=booking.hold_expires_at)
        SELLABLES[line.kind].extend([line], until)
    else:
        SELLABLES[line.kind].confirm([line])


def _record(
    booking: Booking, part: Reduction, before: LineBefore, by_user_id: int | None, reason: str | None
) -> None:
    left = part.left
    audit.record(
        action="booking:part_cancelled",
        subject=booking.reference,
        user_id=by_user_id,
        reason=(reason or "").strip()[:500] or None,
        line=part.line.position,
        title=part.line.title,
        nights=[left.arrival.isoformat(), left.departure.isoformat()],
        quantity=[before.said["quantity"], left.quantity],
        people=[before.said["people"], left.party],
        names_less=len(part.gone),
        refund=part.answer.refund,
        kept=part.answer.kept,
    )


def _refused(fault: PartFault, line: BookingLine, limits: _Limits) -> Invalid:
    """In words for a guest, at the field that is wrong."""
    field, message = {
        PartFault.MORE: ("", _("You can only give up something here. For more, book it.")),
        PartFault.NO_NIGHT: (
            "departure",
            _("One night at least stays. To give up all of them, cancel this part."),
        ),
        PartFault.NOBODY: ("quantity", _("Something has to stay. To give up all of it, cancel this part.")),
        PartFault.NO_ADULT: ("adults", _("At least one adult must come along.")),
        PartFault.TOO_FULL: (
            "adults",
            ngettext(
                "A room sleeps %(num)d. Say how many of you still come.",
                "A room sleeps %(num)d. Say how many of you still come.",
                limits.size,
            ),
        ),
        PartFault.TOO_SMALL: (
            "adults",
            ngettext(
                "%(title)s is for %(num)d person or more. Cancel this part instead.",
                "%(title)s is for %(num)d people or more. Cancel this part instead.",
                limits.least,
                title=line.title,
            ),
        ),
        PartFault.NAMES: ("without", _("Choose who does not come: there are more names than people.")),
    }[fault]
    return Invalid(message, errors=[(field, message)])
