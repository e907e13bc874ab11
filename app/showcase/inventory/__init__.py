"""Is it there, and take it. The one gate through which pieces are found, priced, held, sold and given back.

It knows no bookings: a holder is a line id. The counter of each stock is the referee (`core.counters`).
"""

from app.showcase.inventory.claims import Claim, confirm, extend, hold, release
from app.showcase.inventory.quotes import ProductChoice, ProductQuote, pieces_left, quote
from app.showcase.inventory.search import ProductOffer, ProductSearch, find_free

__all__ = [
    "Claim",
    "ProductChoice",
    "ProductOffer",
    "ProductQuote",
    "ProductSearch",
    "confirm",
    "extend",
    "find_free",
    "hold",
    "pieces_left",
    "quote",
    "release",
]
