"""The link by which a guest comes into an account: to an address that booked or has proven itself, and to no other."""

from __future__ import annotations

from app.bookings import queries
from app.bookings.models import Booking
from app.core import clock, codes
from app.core.settings import settings
from app.notifications.services import queue_message
from app.users import queries as users
from app.users.models import User
from app.users.rules import ADDRESS_LINK_LIFE, DESK_LINK_LIFE
from app.users.services import create_address_link


def send_account_link(*, contact: str, user_id: int | None) -> None:
    """Send a one-time link to an address that somebody has typed or booked with; says nothing either way.

    `user_id`: who asks while signed in, to whom the address is to be added. A phone number is reached by the hand of a
    desk; where its account has an e-mail address too, the link goes there instead, and opens that account only.
    """
    try:
        address = users.normalise_address(contact)
    except ValueError:
        return
    booking = queries.find_newest_booking_of(codes.guest_key(address))
    owner = users.find_address_owner(address)
    if owner is not None and "@" not in address and (mail := _mail_of(owner)):
        address, user_id = mail, None
    if booking is None and (owner is None or "@" not in address):
        return
    name = booking.guest_name if booking else owner.name if owner else ""
    language = owner.language if owner else booking.language if booking else ""
    token = create_address_link(address=address, user_id=user_id, name=name, language=language)
    if token is not None:
        _write(address, token, name, language, booking)


def _mail_of(owner: User) -> str | None:
    return next((one.address for one in users.list_proven_addresses(owner.id) if one.is_email), None)


def _write(address: str, token: str, name: str, language: str, booking: Booking | None) -> None:
    is_mail = "@" in address
    queue_message(
        event_key=f"account:{codes.hash_token(token)}",
        template="account_come_in" if is_mail else "account_come_in_by_desk",
        language=language,
        name=name,
        email=address if is_mail else None,
        phone=None if is_mail else address,
        village_id=booking.lines[0].village_id if booking and not is_mail else None,
        reference=booking.reference if booking and not is_mail else None,
        context={
            "url": f"{settings().base_url}/account/come-in/{token}",
            "expires_at": clock.now() + (ADDRESS_LINK_LIFE if is_mail else DESK_LINK_LIFE),
        },
    )
