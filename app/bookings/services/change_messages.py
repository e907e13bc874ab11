"""What guest and hosts are told when dates are changed."""

from __future__ import annotations

from app.bookings.models import Booking, BookingLine
from app.bookings.services.letter_words import how_to_pay, line_said
from app.bookings.services.messages import tell_each_host, tell_guest
from app.bookings.services.preview_change import DateChange
from app.payments.models import Payment


def tell_dates_changed(
    *, booking: Booking, change: DateChange, new: BookingLine, payment: Payment | None, hosts: bool
) -> None:
    """From when to when, what it costs more or less, and how the difference is paid. Whoever waits for the guest there
    hears of it too, where `hosts` were told of the booking at all.
    """
    was = [line_said(line=change.line)]
    event = f"changed:{new.position}"
    tell_guest(
        booking=booking,
        template="dates_changed",
        event=event,
        lines=[line_said(line=new)],
        was=was,
        kept=change.kept or None,
        back=change.refund or None,
        hold_until=booking.hold_expires_at if change.plan is not None else None,
        balance=booking.amount_due or None,
        balance_on=change.due_on,
        **how_to_pay(payment=payment),
    )
    if hosts:
        event = f"moved:{new.position}"
        tell_each_host(booking=booking, template="host_dates_changed", event=event, about=[new], was=was)
