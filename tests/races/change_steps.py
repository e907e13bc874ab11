"""What runners do who change dates, each in a transaction of its own as at a door."""

from __future__ import annotations

from datetime import date, timedelta

from app.bookings import services
from app.core import clock
from app.core.dates import Nights
from app.core.db import transaction
from app.homestays import inventory
from app.homestays.inventory import Claim


def change(code: str, position: int, to: Nights | str) -> int:
    """The guest changes dates; gives how many lines the trip has then."""
    with transaction():
        return len(services.change_dates(code=code, position=position, to=to).lines)


def naive_give_up(line_id: int) -> None:
    """The control's first half: give the old nights up in a transaction of its own."""
    with transaction():
        inventory.release([line_id])


def naive_take(line_id: int, room_type_id: int, night: date) -> None:
    """The control's second half: and then look for others."""
    with transaction():
        stay = Nights(night, night + timedelta(days=1))
        inventory.hold([Claim(line_id, room_type_id, stay, 1)], clock.now() + timedelta(days=1))
