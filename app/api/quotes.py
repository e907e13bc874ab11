"""What a trip would cost, who would get what, and how it could be paid. Nothing is stored or promised."""

from __future__ import annotations

from typing import Any

from marshmallow import fields

from app.api.door import bp, refuses
from app.api.fields import Answer, Moment
from app.api.line_answers import ShareAnswer, lines_field, quoted_lines, shown_shares
from app.api.lines import TripRequest, choices_of, names_voucher, naming_fields_as_sent
from app.bookings.services import PaymentOption, quote_trip
from app.core.access import public
from app.core.limits import wrong_codes
from app.payments.rules import CHOSEN


class OptionAnswer(Answer):
    """A way of paying that is open now: until when it would hold the trip, and what is due when, in rupiah."""

    method = fields.String(metadata={"enum": [method.value for method in CHOSEN]})
    hold_until = Moment()
    due_now = fields.Integer()
    balance = fields.Integer()
    balance_on = fields.Date(allow_none=True)


class QuoteAnswer(Answer):
    """A price with its parts; `shares` sum to `total`."""

    lines = lines_field()
    discount = fields.Integer(metadata={"description": "What a voucher took off; `total` is without it."})
    total = fields.Integer()
    credit = fields.Integer(metadata={"description": "What of `total` a gift or credit pays."})
    tax = fields.Integer()
    currency = fields.String()
    shares = fields.List(fields.Nested(ShareAnswer))
    valid_until = Moment()
    options = fields.List(fields.Nested(OptionAnswer))


@bp.post("/quotes", tags=["Quotes"])
@public
@wrong_codes(scope="voucher", is_tried=names_voucher)
@bp.arguments(TripRequest)
@bp.response(200, QuoteAnswer)
@refuses(400, 404, 413, 415)
def quote(sent: dict[str, Any]) -> dict[str, Any]:
    """Work out a trip: price, tax, cancellation terms, who gets what, and how it can be paid."""
    with naming_fields_as_sent(sent["lines"]):
        worked_out = quote_trip(choices=choices_of(sent["lines"]), voucher=sent["voucher"])
    return {
        "lines": quoted_lines(worked_out.lines),
        "discount": worked_out.discount,
        "total": worked_out.total,
        "credit": worked_out.credit,
        "tax": worked_out.tax,
        "currency": "IDR",
        "shares": shown_shares(worked_out.shares),
        "valid_until": worked_out.valid_until,
        "options": [_shown_option(option) for option in worked_out.options],
    }


def _shown_option(option: PaymentOption) -> dict[str, Any]:
    return {
        "method": option.method.value,
        "hold_until": option.hold_until,
        "due_now": option.plan.due_now,
        "balance": option.plan.balance,
        "balance_on": option.plan.balance_on,
    }
