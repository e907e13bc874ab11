"""Tickets: what a guest shows at meeting points and counters, sealed so that a phone can check them offline."""

from __future__ import annotations

from app.bookings.models import Booking, BookingLine
from app.bookings.rules import CheckInWay, LineKind, Ticket, is_ticket, read_ticket, write_ticket
from app.core import seals
from app.core.errors import Invalid
from app.core.words import gettext as _

SHOWN_AT = frozenset({LineKind.PACKAGE, LineKind.PRODUCT})
"""A stay needs none: booking code and name are enough at the door."""


def ticket_of(*, booking: Booking, line: BookingLine) -> str:
    """The sealed text of one line; it dies with the booking's links."""
    text = write_ticket(Ticket(booking.code, line.position, booking.token_version))
    return f"{text}.{seals.seal(text)}"


def way_of(*, text: str) -> CheckInWay:
    """Whether a text means to be a ticket, or is a code that somebody typed."""
    return CheckInWay.SCAN if is_ticket(_squeezed(text)) else CheckInWay.CODE


def open_ticket(*, text: str) -> Ticket | None:
    """What a scanned text says; None where it is no ticket but perhaps a code. Raises Invalid for a false ticket."""
    given = _squeezed(text)
    if not is_ticket(given):
        return None
    body, _dot, seal = given.rpartition(".")
    try:
        ticket = read_ticket(body)
    except ValueError:
        raise _not_ours() from None
    if not seals.is_sealed(body, seal):
        raise _not_ours()
    return ticket


def _squeezed(text: str) -> str:
    return "".join(text.split()).upper()


def _not_ours() -> Invalid:
    return Invalid(
        _("This ticket was not made here, or it was not read whole. Scan it again, or type the booking code.")
    )
