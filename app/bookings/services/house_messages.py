"""What guests and hosts are told of what the house, the village and the desk did."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from app.bookings.models import Booking, BookingLine
from app.bookings.rules import LineKind
from app.bookings.services.letter_words import line_said
from app.bookings.services.messages import tell_each_host, tell_guest
from app.bookings.services.other_places import OtherPlace, link_to
from app.core import clock
from app.core.money import Rupiah
from app.payments.models import Payment

DAY = timedelta(days=1)


def tell_cancelled_by_house(
    *,
    booking: Booking,
    lines: Sequence[BookingLine],
    firsts: Sequence[date],
    stays: Sequence[BookingLine],
    refund: Rupiah,
    words: str,
    others: Sequence[Sequence[OtherPlace]],
    payment: Payment | None,
    act: str | None,
    hosts: bool,
) -> None:
    """The house cancelled these lines (each from a day of `firsts` on): why, what comes back, where else there is a
    place, what stays. Those who waited for the guest hear that it is closed.
    """
    gone = [_gone(line, first) for line, first in zip(lines, firsts, strict=True)]
    step = act or "-".join(str(line.position) for line in lines)
    tell_guest(
        booking=booking,
        template="house_cancelled",
        event=f"house:{step}:{firsts[0].isoformat()}",
        lines=gone,
        stays=[line_said(line=line) for line in stays],
        amount=refund or None,
        reason=words,
        others=[_other(place) for places in others for place in places],
        asked=payment.amount_with_code if payment else None,
        balance=booking.amount_due or None,
    )
    if hosts:
        for line, first in zip(lines, firsts, strict=True):
            event = f"closed:{line.position}:{first.isoformat()}"
            extra = {"lines": [_gone(line, first)], "reason": words}
            tell_each_host(
                booking=booking, template="host_house_cancelled", event=event, about=[line], **extra
            )


def tell_left_early(*, booking: Booking, line: BookingLine, refund: Rupiah, kept: Rupiah) -> None:
    """The guest left before the end: what comes back of the nights that nobody sleeps, and what stays."""
    tell_guest(
        booking=booking,
        template="left_early",
        event=f"left:{line.position}:{line.departure.isoformat()}",
        lines=[line_said(line=line)],
        amount=refund or None,
        kept=kept or None,
    )


def tell_no_show(*, booking: Booking, refund: Rupiah, freed: bool) -> None:
    """Nobody came: what that means for the place and the money, and whom to call. At most one a day."""
    event = f"no-show:{clock.today().isoformat()}:{'freed' if freed else 'kept'}"
    tell_guest(booking=booking, template="no_show", event=event, amount=refund or None, freed=freed)


def tell_given_back(*, booking: Booking, line: BookingLine, amount: Rupiah, number: int, reason: str) -> None:
    """Money of a stay goes back afterwards."""
    tell_guest(
        booking=booking,
        template="given_back",
        event=f"given:{number}",
        lines=[line_said(line=line)],
        amount=amount,
        reason=reason,
    )


def _gone(line: BookingLine, first: date) -> dict[str, Any]:
    """A line as it is told of: of a stay that had begun, the nights that are gone and their price."""
    said = line_said(line=line)
    if line.kind != LineKind.STAY or first <= line.arrival:
        return said
    units = line.taken_back(first)
    departure = max(unit.on for unit in units) + DAY
    price = sum(unit.price for unit in units)
    return said | {
        "arrival": first,
        "departure": departure,
        "nights": (departure - first).days,
        "price": price,
    }


def _other(place: OtherPlace) -> dict[str, Any]:
    return {
        "name": place.name,
        "village": place.village,
        "minutes": place.minutes,
        "total": place.total,
        "url": link_to(place=place),
    }
