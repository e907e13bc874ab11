"""The doors of hosts and staff: guests who come, bookings, money that arrived, refunds, revenue and earnings."""

from flask import Blueprint

bp = Blueprint("bookings_manage", __name__, url_prefix="/manage")

from app.bookings.manage import (  # noqa: E402 - they need the blueprint
    bookings,
    check_in,
    contact,
    departures,
    earnings,
    guests,
    money,
    papers,
    pickups,
    refunds,
    revenue,
    vouchers,
)

__all__ = [
    "bookings",
    "bp",
    "check_in",
    "contact",
    "departures",
    "earnings",
    "guests",
    "money",
    "papers",
    "pickups",
    "refunds",
    "revenue",
    "vouchers",
]
