"""How much of a booking its reader may see: names, contact, shares, and what may be done."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flask import g
from flask_login import current_user

from app.bookings.models import Booking, BookingLine
from app.bookings.rules import BookingState
from app.core.errors import NotFound
from app.core.words import gettext as _
from app.users.rules import Permission, Scope
from app.villages.models import Village
from app.villages.queries import get_village

REACHABLE = frozenset({BookingState.CONFIRMED, BookingState.NO_SHOW})
"""A host telephones guests who are certain to come; the village may reach every guest it deals with."""


@dataclass(frozen=True)
class Sight:
    """What of a booking is shown to the person who is signed in."""

    booking: Booking
    lines: tuple[BookingLine, ...]
    shown_money: tuple[BookingLine, ...]
    name: str | None
    phone: str | None
    email: str | None
    may_receive: bool
    may_vouch: bool

    @property
    def is_whole(self) -> bool:
        """Whether all parts of the trip are shown."""
        return len(self.lines) == len(self.booking.lines)

    @property
    def shows_all_money(self) -> bool:
        """Whether the shares of all parts are shown."""
        return len(self.shown_money) == len(self.booking.lines)


def scope_of(permission: Permission) -> Scope:
    """How far a permission of the reader reaches today; asked once per request, for a list asks it for every row."""
    scopes: dict[Permission, Scope] = g.setdefault("scopes", {})
    if permission not in scopes:
        scopes[permission] = current_user.scope(permission)
    return scopes[permission]


def narrowed(scope: Scope, slug: str | None) -> tuple[Scope, Village | None]:
    """The scope cut down to one village, where one is asked for. Raises NotFound when it is not within reach."""
    if not slug:
        return scope, None
    village = get_village(slug)
    if not scope.has_village(village.id):
        raise NotFound(_("There is no village of that name here."))
    return Scope(villages=frozenset({village.id})), village


def look_at(booking: Booking) -> Sight:
    """What the reader sees of a booking that their scope reaches."""
    guests = scope_of(Permission.GUESTS_SEE)
    of_village = [line for line in booking.lines if guests.has_village(line.village_id)]
    named = bool(of_village) or bool(_within(booking, guests))
    reachable = bool(of_village) or (named and booking.state_now in REACHABLE)
    money = {
        *_within(booking, scope_of(Permission.MONEY_SEE)),
        *_within(booking, scope_of(Permission.EARNINGS_SEE)),
    }
    return Sight(
        booking=booking,
        lines=tuple(_within(booking, scope_of(Permission.CALENDAR_SEE))),
        shown_money=tuple(line for line in booking.lines if line in money),
        name=booking.guest_name if named else None,
        phone=booking.guest_phone if reachable else None,
        email=booking.guest_email if reachable else None,
        may_receive=bool(_within(booking, scope_of(Permission.MONEY_RECEIVE))),
        may_vouch=bool(_within(booking, scope_of(Permission.BOOKINGS_VOUCH))),
    )


def _within(booking: Booking, scope: Scope) -> Sequence[BookingLine]:
    return [line for line in booking.lines if scope.has_payee(line.payee_id, line.village_id)]
