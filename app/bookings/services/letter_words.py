"""What letters are told about a booking: plain values, from which the templates make sentences."""

from __future__ import annotations

from typing import Any

from app.bookings import queries
from app.bookings.models import Booking, BookingLine
from app.payments.models import Payment
from app.payments.rules import PaymentMethod
from app.villages.queries import find_sheet, get_bank_account


def context_of(*, booking: Booking, lines: list[BookingLine], url: str) -> dict[str, Any]:
    """What every letter about a booking says, of these lines; `url` is where its reader looks."""
    return {
        "code": booking.code,
        "guest_name": booking.guest_name,
        "url": url,
        "total": booking.total,
        "due_now": booking.due_now - booking.promised,
        "village": lines[0].village.name,
        "lines": [line_said(line=line) for line in lines],
    }


def line_said(*, line: BookingLine) -> dict[str, Any]:
    """A line of a trip; the price in rupiah, without the nights that ended."""
    return {
        "kind": line.kind.value,
        "title": line.title,
        "detail": line.detail,
        "village": line.village.name,
        "arrival": line.arrival,
        "departure": line.departure,
        "nights": (line.departure - line.arrival).days,
        "starts_at": line.starts_at,
        "rooms": line.quantity,
        "quantity": line.quantity,
        "people": line.adults + line.children,
        "price": line.price if line.cancelled_at else line.price_now,
    }


def due_said(*, booking: Booking) -> dict[str, Any]:
    """Until when a hold lasts, and what is paid later, in rupiah."""
    later = booking.total - booking.due_now
    return {
        "hold_until": booking.hold_expires_at,
        "method": booking.method.value,
        "balance": later or None,
        "balance_on": booking.balance_on,
    }


def how_to_pay(*, payment: Payment | None) -> dict[str, Any]:
    """Where a transfer goes, and how much with its unique code, in rupiah; whom a QRIS sheet pays, and how much.

    Nothing for other ways.
    """
    if payment is None or payment.account is None:
        return {}
    if payment.method == PaymentMethod.QRIS:
        sheet = find_sheet(payment.account)
        return {"amount": payment.amount, "merchant": sheet.merchant_name if sheet else None}
    if payment.method != PaymentMethod.TRANSFER:
        return {}
    account = get_bank_account(payment.account)
    return {
        "amount": payment.amount,
        "unique_code": payment.unique_code,
        "amount_with_code": payment.amount_with_code,
        "account": {"bank": account.bank, "number": account.number, "owner_name": account.owner_name},
    }


def shares_said(*, booking: Booking) -> list[dict[str, Any]]:
    """Who gets how much of the trip, in rupiah."""
    return [{"name": s.name, "kind": s.kind, "amount": s.amount} for s in queries.shares_of(booking)]
