"""Is it free, and take it. The one gate through which seats on departures are found, priced, held and sold.

It knows no bookings: a holder is a line id. What is counted are units: persons, or vehicles, boats or groups.
"""

from app.tours.inventory.claims import Claim, close, confirm, extend, hold, move, release
from app.tours.inventory.quotes import PackageChoice, PackageQuote, quote, units_left
from app.tours.inventory.search import DepartureOffer, DepartureSearch, find_free, find_running

__all__ = [
    "Claim",
    "DepartureOffer",
    "DepartureSearch",
    "PackageChoice",
    "PackageQuote",
    "close",
    "confirm",
    "extend",
    "find_free",
    "find_running",
    "hold",
    "move",
    "quote",
    "release",
    "units_left",
]
