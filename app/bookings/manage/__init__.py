"""The doors of hosts and staff: guests who come, bookings, money that arrived, refunds, revenue and earnings."""

from flask import Blueprint

bp = Blueprint("bookings_manage", __name__, url_prefix="/manage")

from app.bookings.manage import (  # noqa: E402 - they need the blueprint
    acts,
    bookings,
    change,
    check_in,
    claims,
    closures,
    contact,
    departures,
    disputes,
    earnings,
    giving,
    guests,
    hand_refunds,
    money,
    papers,
    pickups,
    refund_seconds,
    refunds,
    revenue,
    reviews,
    statements,
    vouchers,
)

__all__ = [
    "acts",
    "bookings",
    "bp",
    "change",
    "check_in",
    "claims",
    "closures",
    "contact",
    "departures",
    "disputes",
    "earnings",
    "giving",
    "guests",
    "hand_refunds",
    "money",
    "papers",
    "pickups",
    "refund_seconds",
    "refunds",
    "revenue",
    "reviews",
    "statements",
    "vouchers",
]
