"""Products at a Balkondes: put aside for the guest, then handed over. Handing over is what earns them."""

from __future__ import annotations

from app.bookings import queries
from app.bookings.models import Booking, BookingLine, LineUnit
from app.bookings.rules import BookingState, LineKind
from app.bookings.services.earn import earn_units
from app.core import audit, clock
from app.core.errors import NotFound, WrongState
from app.core.words import gettext as _
from app.users.rules import Scope


def mark_ready(*, code: str, position: int, by_user_id: int, scope: Scope) -> BookingLine:
    """The product is put aside for the guest: from now on it is the guest's, and cancelling brings nothing back.

    Said twice, it stays said. Raises NotFound where the pickup is not in the scope, WrongState when the booking is not
    certain or not paid.
    """
    booking, line = _line(code, position, scope)
    if line.ready_at is None:
        check_certain(booking=booking, line=line)
        line.ready_at = clock.now()
        _note(booking, line, "pickup:ready", by_user_id)
    return line


def hand_over(*, code: str, position: int, by_user_id: int, scope: Scope) -> BookingLine:
    """The guest has the product: its maker has earned the share. Said twice, it stays said.

    Raises NotFound where the pickup is not in the scope, WrongState when the booking is not certain or not paid.
    """
    booking, line = _line(code, position, scope)
    if line.handed_over_at is None:
        check_certain(booking=booking, line=line)
        line.handed_over_at = clock.now()
        line.ready_at = line.ready_at or line.handed_over_at
        earn_units(booking=booking, units=_pieces(line))
        _note(booking, line, "pickup:handed_over", by_user_id)
    return line


def _line(code: str, position: int, scope: Scope) -> tuple[Booking, BookingLine]:
    booking = queries.lock_booking(code)
    line = next((one for one in booking.lines if one.position == position), None)
    if line is None or line.kind != LineKind.PRODUCT or not queries.reaches_pickup(line, scope):
        raise NotFound(_("There is nothing to pick up under this code here."))
    return booking, line


def check_certain(*, booking: Booking, line: BookingLine) -> None:
    """Whether a product may be handed over. Raises WrongState where the booking is not certain or not paid."""
    if booking.state == BookingState.CANCELLED and line.ready_at is not None:
        return  # put aside before: it was kept in full, and is the guest's
    if booking.state not in {BookingState.CONFIRMED, BookingState.NO_SHOW}:
        raise WrongState(_("This booking is not certain, so nothing is handed over for it."))
    if line.cancelled_at is not None:
        raise WrongState(_("The guest has cancelled this. It is yours to sell again."))
    filled = queries.filled_units(booking)
    if any(filled.get(unit.id, 0) < unit.price for unit in _pieces(line)):
        raise WrongState(_("This is not paid yet. Receive the money first, then hand it over."))


def _pieces(line: BookingLine) -> list[LineUnit]:
    """What the guest fetches: every piece but those that were given up."""
    return [unit for unit in line.units if not unit.is_given_up]


def _note(booking: Booking, line: BookingLine, action: str, by_user_id: int) -> None:
    audit.record(
        action=action,
        subject=booking.reference,
        user_id=by_user_id,
        reason=line.title,
        line=line.position,
        pieces=line.quantity,
    )
