"""How an attempt to pay is shown: how much, until when, where to."""

from __future__ import annotations

from typing import Any

from marshmallow import fields

from app.api.fields import Answer, Moment
from app.bookings.models import Booking
from app.core.filters import date_time, rupiah
from app.core.words import force_locale
from app.core.words import gettext as _
from app.payments.models import Payment
from app.payments.rules import CHOSEN, OPEN_STATES, PaymentMethod, PaymentState
from app.villages.queries import find_sheet, get_bank_account

METHODS = [method.value for method in CHOSEN]

NO_BANK: dict[str, Any] = dict.fromkeys(("bank", "number", "account_name"))
NO_SHEET: dict[str, Any] = dict.fromkeys(("merchant_name", "nmid", "qris"))


class InstructionsAnswer(Answer):
    """Where to pay. `text` says all of it in the guest's language; with no bank it is paid by QRIS or at the house."""

    bank = fields.String(allow_none=True)
    number = fields.String(allow_none=True)
    account_name = fields.String(allow_none=True)
    amount = fields.Integer()
    unique_code = fields.Integer(metadata={"description": "Inside `amount`, outside of the booking's total."})
    merchant_name = fields.String(
        allow_none=True,
        metadata={
            "description": "Only by QRIS, like the next two: whom the sheet pays, as the guest's app shows it."
        },
    )
    nmid = fields.String(allow_none=True)
    qris = fields.String(
        allow_none=True,
        metadata={"description": "The sheet's own text, where it is known; the amount is typed."},
    )
    text = fields.String()


class PaymentAnswer(Answer):
    """What to pay now, in rupiah, a transfer's unique code included."""

    method = fields.String(metadata={"enum": METHODS})
    amount = fields.Integer()
    currency = fields.String()
    due_at = Moment(allow_none=True)
    url = fields.String(
        allow_none=True,
        metadata={
            "description": "Where to pay by card, while it is open. Null: the provider is away, try again."
        },
    )
    instructions = fields.Nested(InstructionsAnswer, allow_none=True)


class AttemptAnswer(PaymentAnswer):
    """An attempt to pay, open or not."""

    state = fields.String(metadata={"enum": [state.value for state in PaymentState]})


def shown_payment(booking: Booking, payment: Payment | None) -> dict[str, Any]:
    """An attempt as the guest is to act on it; without one, what is paid at the house."""
    with force_locale(booking.language):
        if payment is None:
            return _at_the_house(booking)
        instructions = _instructions(payment)
    return {
        "method": payment.method.value,
        "amount": payment.amount_with_code,
        "currency": "IDR",
        "due_at": payment.due_at,
        "url": _page_of(booking, payment),
        "instructions": instructions,
        "state": payment.state.value,
    }


def _page_of(booking: Booking, payment: Payment) -> str | None:
    """Where to pay by card, while that still does any good."""
    return payment.session_url if payment.state in OPEN_STATES and booking.amount_due > 0 else None


def _instructions(payment: Payment) -> dict[str, Any] | None:
    """Where the guest pays; None for a card, whose page says it."""
    if payment.account is None:
        return None
    if payment.method == PaymentMethod.QRIS:
        return _by_sheet(payment)
    instructions = _to_bank(payment)
    return instructions | {"text": _transfer_text(payment, instructions)}


def _by_sheet(payment: Payment) -> dict[str, Any]:
    sheet = find_sheet(payment.account or "")
    text = _("QRIS cannot be used here at the moment. Choose another way to pay.")
    if sheet is not None:
        text = _(
            "Pay exactly %(amount)s by QRIS: your app shows the name %(name)s.",
            amount=rupiah(payment.amount),
            name=sheet.merchant_name,
        )
    return NO_BANK | {
        "amount": payment.amount,
        "unique_code": 0,
        "merchant_name": sheet.merchant_name if sheet else None,
        "nmid": sheet.nmid if sheet else None,
        "qris": sheet.payload if sheet else None,
        "text": text,
    }


def _to_bank(payment: Payment) -> dict[str, Any]:
    account = get_bank_account(payment.account or "")
    return NO_SHEET | {
        "bank": account.bank,
        "number": account.number,
        "account_name": account.owner_name,
        "amount": payment.amount_with_code,
        "unique_code": payment.unique_code,
    }


def _transfer_text(payment: Payment, to: dict[str, Any]) -> str:
    account = {
        "amount": rupiah(payment.amount_with_code),
        "bank": to["bank"],
        "number": to["number"],
        "name": to["account_name"],
    }
    if payment.due_at is None:
        return _(
            "Transfer exactly %(amount)s to %(bank)s %(number)s, in the name of %(name)s. "
            "The last digits tell us that it is yours.",
            **account,
        )
    return _(
        "Transfer exactly %(amount)s to %(bank)s %(number)s, in the name of %(name)s, before %(time)s. "
        "The last digits tell us that it is yours.",
        time=date_time(payment.due_at),
        **account,
    )


def _at_the_house(booking: Booking) -> dict[str, Any]:
    amount = booking.due_now - booking.promised if booking.paid == 0 else booking.amount_due
    until = booking.hold_expires_at
    text = _("Pay %(amount)s in cash when you arrive.", amount=rupiah(amount))
    if until is not None:
        text = _(
            "Pay %(amount)s in cash when you arrive. Your room is kept until %(time)s.",
            amount=rupiah(amount),
            time=date_time(until),
        )
    return {
        "method": PaymentMethod.CASH.value,
        "amount": amount,
        "currency": "IDR",
        "due_at": until,
        "url": None,
        "instructions": NO_BANK | NO_SHEET | {"amount": amount, "unique_code": 0, "text": text},
    }
