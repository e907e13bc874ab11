"""The doors of hosts and staff: guests who come, bookings, money that arrived, refunds, revenue and earnings."""

from flask import Blueprint

bp = Blueprint("bookings_manage", __name__, url_prefix="/manage")

from app.bookings.manage import bookings, earnings, guests, money, refunds, revenue  # noqa: E402 - they need the blueprint

__all__ = ["bookings", "bp", "earnings", "guests", "money", "refunds", "revenue"]
