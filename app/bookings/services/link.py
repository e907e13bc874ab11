"""The secret link once more, to where it went before."""

from __future__ import annotations

from app.bookings import queries
from app.bookings.services import messages
from app.core.forms import normalise_phone


def send_link_again(*, code: str, contact: str) -> None:
    """Send a guest's link again if code and contact belong together; says nothing either way."""
    booking = queries.find_booking(code)
    if booking is None:
        return
    if _matches(contact, booking.guest_email, booking.guest_phone):
        messages.tell_link(booking=booking)


def _matches(contact: str, email: str | None, phone: str | None) -> bool:
    if email and contact.strip().casefold() == email.casefold():
        return True
    try:
        return phone is not None and normalise_phone(contact) == phone
    except ValueError:
        return False
