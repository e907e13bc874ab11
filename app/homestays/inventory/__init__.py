"""Is it free, and take it. The one gate through which nights are found, priced, held, sold and blocked.

It knows no bookings: a holder is a line id, and every claim is changed only by a statement that names its holder.
"""

from app.homestays.inventory.claims import (
    Claim,
    Held,
    block,
    confirm,
    confirm_elsewhere,
    extend,
    hold,
    move,
    release,
    unblock,
)
from app.homestays.inventory.closing import close_free, close_line, release_but, release_from, reopen
from app.homestays.inventory.days import CalendarDay, calendar
from app.homestays.inventory.prices import QuotedNight
from app.homestays.inventory.quotes import StayChoice, StayQuote, free_near, quote, units_left
from app.homestays.inventory.search import StayOffer, StaySearch, find_free

__all__ = [
    "CalendarDay",
    "Claim",
    "Held",
    "QuotedNight",
    "StayChoice",
    "StayOffer",
    "StayQuote",
    "StaySearch",
    "block",
    "calendar",
    "close_free",
    "close_line",
    "confirm",
    "confirm_elsewhere",
    "extend",
    "find_free",
    "free_near",
    "hold",
    "move",
    "quote",
    "release",
    "release_but",
    "release_from",
    "reopen",
    "unblock",
    "units_left",
]
