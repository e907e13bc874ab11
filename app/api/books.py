"""The open books: what a month brought a village, and who got it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from marshmallow import fields

from app.api.door import bp, refuses
from app.api.fields import Answer, Month, Request
from app.bookings.rules import LineKind
from app.core.access import public
from app.core.dates import parse_month
from app.revenue.queries import monthly_income, monthly_shares
from app.revenue.queries.months import PARTIES
from app.villages.queries import get_village


class BooksQuery(Request):
    """Which month."""

    month = Month(required=True)


class AmountAnswer(Answer):
    """What all of a kind have together, in rupiah."""

    kind = fields.String()
    amount = fields.Integer()


class BooksAnswer(Answer):
    """A village's month: what its nights of that month brought, and who has it. Both sums are equal."""

    month = fields.String()
    village = fields.String()
    currency = fields.String()
    income = fields.List(fields.Nested(AmountAnswer))
    shares = fields.List(fields.Nested(AmountAnswer))


@bp.get("/books/<village>", tags=["Books"])
@public
@bp.arguments(BooksQuery, location="query")
@bp.response(200, BooksAnswer)
@refuses(404)
def books(query: dict[str, Any], village: str) -> dict[str, Any]:
    """What a month brought and who got it, by kind: never by person or house. A month without guests is zeros."""
    here, month = get_village(village), parse_month(query["month"])
    income = monthly_income([here.id], month)
    shares = monthly_shares([here.id], month)
    return {
        "month": query["month"],
        "village": here.slug,
        "currency": "IDR",
        "income": _by_kind([kind.value for kind in LineKind], ((row.kind, row.amount) for row in income)),
        "shares": _by_kind(PARTIES, ((row.kind, row.amount) for row in shares)),
    }


def _by_kind(kinds: Iterable[str], rows: Iterable[tuple[str, int]]) -> list[dict[str, Any]]:
    """Sums by kind in the usual order. All houses of a village are one kind, so nobody's own month can be read."""
    sums: dict[str, int] = defaultdict(int)
    for kind, amount in rows:
        sums[kind] += amount
    return [{"kind": kind, "amount": sums[kind]} for kind in kinds]
