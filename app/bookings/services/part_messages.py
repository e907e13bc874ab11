"""What guests and hosts are told when a part of a line was given up: how it was, and how it is now."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from app.bookings.models import Booking, BookingLine
from app.bookings.services.letter_words import line_said
from app.bookings.services.messages import tell_each_host, tell_guest
from app.core.money import Rupiah
from app.payments.models import Payment


@dataclass(frozen=True)
class LineBefore:
    """A line as letters said it before something was given up."""

    said: dict[str, Any]


def line_before(*, line: BookingLine) -> LineBefore:
    """Keep how a line is said now, for the letter about its change."""
    return LineBefore(_said(line))


def tell_part_cancelled(
    *,
    booking: Booking,
    line: BookingLine,
    before: LineBefore,
    refund: Rupiah,
    kept: Rupiah,
    payment: Payment | None,
    hosts: bool,
) -> None:
    """A line has become less: what comes back, what the terms keep, what is still to be paid. Whoever waits for the
    guest there hears of it too, where `hosts` were told of the booking at all. Amounts in rupiah.
    """
    now, was = [_said(line)], [before.said]
    tell_guest(
        booking=booking,
        template="part_cancelled",
        event=f"part:{_step(line)}",
        lines=now,
        was=was,
        amount=refund or None,
        kept=kept or None,
        asked=payment.amount_with_code if payment else None,
        balance=booking.amount_due or None,
    )
    if hosts:
        tell_each_host(
            booking=booking,
            template="host_part_cancelled",
            event=f"less:{_step(line)}",
            about=[line],
            lines=now,
            was=was,
        )


def _said(line: BookingLine) -> dict[str, Any]:
    """As everywhere, at the price of what is still to come."""
    return line_said(line=line) | {"price": sum(unit.price for unit in line.units if unit.kept is None)}


def _step(line: BookingLine) -> str:
    """What is left of a line only ever gets less, so it names the step."""
    days = f"{line.arrival:%Y%m%d}-{line.departure:%Y%m%d}"
    return f"{line.position}:{days}:{line.quantity}:{line.adults}:{line.children}"
