"""The link by which a guest comes into an account: to an address that booked or has proven itself, and to no other."""

from __future__ import annotations

from collections.abc import Sequence

from app.bookings import queries
from app.bookings.models import Booking
from app.core import clock, codes
from app.core.settings import settings
from app.notifications.services import queue_message
from app.users import queries as users
from app.users.rules import ADDRESS_LINK_LIFE, DESK_LINK_LIFE
from app.users.services import create_address_link


def send_account_link(*, contact: str, user_id: int | None) -> None:
    """Send a one-time link to an address that somebody has typed or booked with; says nothing either way.

    `user_id`: who asks while signed in, to whom the address is to be added. A phone number is reached by somebody's
    hand; where its account has an e-mail address too, the link goes there instead, and opens that account only.
    """
    try:
        address = users.normalise_address(contact)
    except ValueError:
        return
    owner = users.find_address_owner(address)
    proven = [one.address for one in users.list_proven_addresses(owner.id)] if owner else [address]
    if "@" not in address and (mail := next((one for one in proven if "@" in one), None)):
        address, user_id = mail, None
    bookings = queries.list_bookings_of([codes.guest_key(one) for one in proven])
    if owner is None and not bookings:
        return
    newest = max(bookings, key=lambda one: one.id, default=None)
    name = owner.name if owner else newest.guest_name if newest else ""
    language = owner.language if owner else newest.language if newest else ""
    token = create_address_link(address=address, user_id=user_id, name=name, language=language)
    if token is not None:
        _write(address, token, name, language, _desk_of(bookings))


def _desk_of(bookings: Sequence[Booking]) -> int | None:
    """The village whose desk sees all of these bookings anyway; None where there is none: the assisting company does.

    Whoever sends the link could open it, and is to find nothing there that is not theirs to see.
    """
    villages = [{line.village_id for line in booking.lines} for booking in bookings]
    return min(set.intersection(*villages), default=None) if villages else None


def _write(address: str, token: str, name: str, language: str, village_id: int | None) -> None:
    is_mail = "@" in address
    queue_message(
        event_key=f"account:{codes.hash_token(token)}",
        template="account_come_in" if is_mail else "account_come_in_by_desk",
        language=language,
        name=name,
        email=address if is_mail else None,
        phone=None if is_mail else address,
        village_id=None if is_mail else village_id,
        reference=None,
        context={
            "url": f"{settings().base_url}/account/come-in/{token}",
            "expires_at": clock.now() + (ADDRESS_LINK_LIFE if is_mail else DESK_LINK_LIFE),
        },
    )
