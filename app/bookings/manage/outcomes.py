"""What became of money that was recorded, said to the person who recorded it."""

from __future__ import annotations

from app.bookings.models import Booking
from app.bookings.rules import BookingState
from app.core.filters import rupiah, short_date_time
from app.core.words import gettext as _
from app.payments.models import Receipt
from app.payments.queries import refunded_of


def told(receipt: Receipt, booking: Booking) -> tuple[str, str]:
    """The kind of message and its words, for a receipt just recorded and its booking as it is now."""
    amount = rupiah(receipt.amount)
    if refunded_of(receipt.id):
        text = _(
            "%(amount)s is recorded, but it came too late or the booking had ended. It goes back to the guest: send it "
            "from the list of refunds.",
            amount=amount,
        )
        return "warning", text
    text = " ".join([_("%(amount)s is recorded.", amount=amount), *_effects(receipt, booking)])
    return ("warning" if receipt.excess else "success"), text


def _effects(receipt: Receipt, booking: Booking) -> list[str]:
    effects = []
    if booking.state_now == BookingState.HELD and booking.hold_expires_at is not None:
        missing = rupiah(booking.due_now - booking.covered)
        until = short_date_time(booking.hold_expires_at)
        effects.append(_("%(missing)s is missing until %(time)s.", missing=missing, time=until))
    elif booking.amount_due:
        effects.append(
            _("The booking is certain; %(due)s is still to be paid.", due=rupiah(booking.amount_due))
        )
    elif receipt.applied:
        effects.append(_("The booking is certain and paid in full."))
    if receipt.excess:
        excess = rupiah(receipt.excess)
        effects.append(_("%(excess)s came in too much and is kept apart for review.", excess=excess))
    return effects
