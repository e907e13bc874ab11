"""What happens to a house: it is set up, priced, opened and closed, and moves through its life."""

from app.homestays.services.nights import MOST_BLOCKED, block_nights, reopen_nights, unblock_nights
from app.homestays.services.publication import move_publication
from app.homestays.services.rates import (
    DEAREST_NIGHT,
    add_season,
    change_rates,
    check_prices,
    set_open,
    subject_of,
)
from app.homestays.services.setup import (
    HouseProfile,
    HouseRules,
    NewRoom,
    SaleTerms,
    add_room_type,
    add_rooms,
    create_homestay,
)

__all__ = [
    "DEAREST_NIGHT",
    "MOST_BLOCKED",
    "HouseProfile",
    "HouseRules",
    "NewRoom",
    "SaleTerms",
    "add_room_type",
    "add_rooms",
    "add_season",
    "block_nights",
    "change_rates",
    "check_prices",
    "create_homestay",
    "move_publication",
    "reopen_nights",
    "set_open",
    "subject_of",
    "unblock_nights",
]
