"""A guest's own bookings: those made with an address that their account has proven."""

from __future__ import annotations

from collections.abc import Sequence

from app.bookings.models import Booking
from app.bookings.queries.bookings import not_found, whole_bookings
from app.core import codes
from app.core.db import db

MOST_TRIPS = 200
"""Shown on one page; nobody travels that often."""


def get_booking_of(code: str, keys: Sequence[str]) -> Booking:
    """A booking whose guest is one of these (`codes.guest_key`). Somebody else's is not there. Raises NotFound."""
    query = whole_bookings().where(Booking.code == codes.normalise_code(code), Booking.guest_key.in_(keys))
    booking = db.session.scalars(query).one_or_none() if keys else None
    if booking is None:
        raise not_found()
    return booking


def list_bookings_of(keys: Sequence[str]) -> list[Booking]:
    """All bookings of these guests, the latest arrival first."""
    query = whole_bookings().where(Booking.guest_key.in_(keys))
    query = query.order_by(Booking.arrival.desc(), Booking.id.desc()).limit(MOST_TRIPS)
    return list(db.session.scalars(query)) if keys else []
