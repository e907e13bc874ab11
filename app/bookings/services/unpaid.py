"""The rest of a certain booking was not paid by its date. Nothing ends by itself: somebody decides."""

from __future__ import annotations

from app.bookings import queries
from app.bookings.models import Booking
from app.bookings.queries.history import UNPAID_ACT
from app.bookings.rules import BookingState
from app.bookings.services.cancel import cancel_booking
from app.core import audit, clock
from app.core.errors import Forbidden, Invalid, WrongState
from app.core.money import Rupiah
from app.core.words import gettext as _
from app.users.rules import Scope


def cancel_unpaid(
    *, code: str, reason: str, expected_refund: Rupiah | None, by_user_id: int, scope: Scope
) -> Booking:
    """Cancel a booking whose rest is overdue, by the terms it was booked with: they say what stays of the deposit, what
    is above comes back, and nothing more is asked. `expected_refund` is the figure that was shown, in rupiah.

    Raises NotFound, Invalid without a reason, Forbidden for who does not reach every part of the trip, WrongState while
    nothing is overdue or once it has begun, PriceChanged.
    """
    if not reason.strip():
        message = _("Say why, and how you reached the guest.")
        raise Invalid(message, errors=[("reason", message)])
    booking = queries.lock_booking(queries.get_booking(code, scope).code)
    if not all(scope.has_village(line.village_id) for line in booking.living_lines):
        raise Forbidden(
            _("Parts of this trip belong to other villages. The assisting company decides on it.")
        )
    if not is_overdue(booking=booking):
        raise WrongState(_("Nothing is overdue for this booking."))
    audit.record(
        action=UNPAID_ACT,
        subject=booking.reference,
        user_id=by_user_id,
        reason=reason.strip(),
        missing=booking.amount_due,
    )
    return cancel_booking(
        code=booking.code,
        reason=reason,
        expected_refund=expected_refund,
        by_user_id=by_user_id,
        is_unpaid=True,
    )


def is_overdue(*, booking: Booking) -> bool:
    """Whether the day by which the rest had to be paid is over and something is still missing."""
    is_over = booking.balance_on is not None and booking.balance_on < clock.today()
    return booking.state == BookingState.CONFIRMED and is_over and booking.amount_due > 0
