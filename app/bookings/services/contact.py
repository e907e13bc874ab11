"""A guest's address is corrected: old links and tickets die, the new one gets a link, the old one is told."""

from __future__ import annotations

from dataclasses import replace

from app.bookings import queries
from app.bookings.models import Booking
from app.bookings.services import messages
from app.bookings.services.hand_refund import forget_given
from app.bookings.services.hold import Guest
from app.core import audit, codes
from app.core.errors import Invalid
from app.core.words import gettext as _
from app.notifications.services import queue_message
from app.users.rules import Scope


def correct_contact(
    *, code: str, email: str | None, phone: str | None, reason: str, by_user_id: int, scope: Scope
) -> None:
    """Write down where a guest is reached from now on. Whoever has an old link sees nothing any more, and an account
    that was given by it gets no money.

    Raises NotFound where the booking is not in the scope, Invalid without an address, without a change or without a
    reason.
    """
    queries.get_booking(code, scope)
    booking = queries.lock_booking(code)
    if not (email or phone):
        raise _no("email", _("Give an e-mail address or a phone number, so that the guest can be reached."))
    if (email, phone) == (booking.guest_email, booking.guest_phone):
        raise _no("email", _("These are the address and number that are known already."))
    if not reason.strip():
        raise _no("reason", _("Say why."))
    was = Guest(
        booking.guest_name,
        booking.guest_email,
        booking.guest_phone,
        booking.guest_country,
        booking.language,
    )
    booking.token_version += 1
    booking.token_hash = codes.hash_token(codes.access_token(booking.code, booking.token_version))
    booking.guest_email, booking.guest_phone = email, phone
    booking.guest_key = replace(was, email=email, phone=phone).key
    audit.record(
        action="booking:contact_corrected",
        subject=booking.reference,
        user_id=by_user_id,
        reason=reason.strip()[:500],
        version=booking.token_version,
    )
    forget_given(booking=booking, by_user_id=by_user_id)
    _tell_old_address(booking, was)
    messages.tell_new_link(booking=booking)


def _tell_old_address(booking: Booking, was: Guest) -> None:
    """Who was written to wrongly may be a stranger: the code alone, and no link."""
    queue_message(
        event_key=f"{booking.reference}:contact:v{booking.token_version}",
        template="contact_corrected",
        language=was.language,
        name=was.name,
        email=was.email,
        phone=was.phone,
        village_id=booking.lines[0].village_id,
        reference=booking.reference,
        context={"code": booking.code, "desk_phone": booking.lines[0].village.desk_phone},
    )


def _no(field: str, message: str) -> Invalid:
    return Invalid(message, errors=[(field, message)])
