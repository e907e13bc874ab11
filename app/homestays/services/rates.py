"""What a night costs, on which nights it is a holiday, and whether a kind of room is sold at all."""

from __future__ import annotations

from app.core import audit
from app.core.dates import Nights
from app.core.db import db
from app.core.errors import Invalid
from app.core.money import Rupiah
from app.core.words import gettext as _
from app.homestays import queries
from app.homestays.models import RoomType, Season
from app.homestays.rules import Prices

DEAREST_NIGHT: Rupiah = 50_000_000
"""A price above this is a slip of the finger, not a price."""


def check_prices(*, prices: Prices) -> None:
    """Raises Invalid, naming each price that no house could ask."""
    errors = [
        (name, _("A night costs something, and less than 50 million."))
        for name, price in vars(prices).items()
        if not 0 < price <= DEAREST_NIGHT
    ]
    if errors:
        raise Invalid(_("These prices cannot be right."), errors=errors)


def change_rates(
    *,
    room_type_id: int,
    weekday: Rupiah,
    saturday: Rupiah,
    holiday: Rupiah,
    by_user_id: int | None,
    reason: str | None = None,
) -> RoomType:
    """New prices from now on, in rupiah per night; bookings keep theirs. Raises NotFound, Invalid."""
    prices = Prices(weekday, saturday, holiday)
    check_prices(prices=prices)
    room_type = queries.get_room_type_by_id(room_type_id)
    before = room_type.prices
    if before == prices:
        return room_type
    room_type.ask(prices)
    audit.record(
        action="rates.changed",
        subject=subject_of(room_type=room_type),
        user_id=by_user_id,
        reason=reason,
        before=vars(before),
        after=vars(prices),
    )
    return room_type


def set_open(
    *, room_type_id: int, is_open: bool, by_user_id: int | None, reason: str | None = None
) -> RoomType:
    """Sell this room type, or stop selling it; what is booked stays. Raises NotFound."""
    room_type = queries.get_room_type_by_id(room_type_id)
    if room_type.is_open != is_open:
        room_type.is_open = is_open
        action = "room_type.opened" if is_open else "room_type.closed"
        audit.record(
            action=action, subject=subject_of(room_type=room_type), user_id=by_user_id, reason=reason
        )
    return room_type


def add_season(
    *, name_id: str, name_en: str, nights: Nights, village_id: int | None = None, is_estimate: bool = False
) -> Season:
    """Nights at the holiday price: in one village, or in all. `is_estimate` marks dates that are not announced yet."""
    season = Season(
        name_id=name_id,
        name_en=name_en,
        starts_on=nights.arrival,
        ends_on=nights.departure,
        village_id=village_id,
        is_estimate=is_estimate,
    )
    db.session.add(season)
    db.session.flush()
    return season


def subject_of(*, room_type: RoomType) -> str:
    """How a room type is named in the audit."""
    return f"room_type:{room_type.public_id}"
