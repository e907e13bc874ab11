"""flask inventory: whether claims and bookings agree."""

from __future__ import annotations

from flask.cli import AppGroup

from app.bookings.queries.checks import check_inventory
from app.cli.books import report

group = AppGroup("inventory", help="Nights, seats and pieces that are held, sold and blocked.")


@group.command("check")
def check() -> None:
    """Every invariant of nights, seats and pieces, one line each; exit 1 when one does not hold."""
    report(check_inventory())
