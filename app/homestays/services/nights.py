"""Nights are taken off sale by the host, and put on sale again."""

from __future__ import annotations

from app.core import audit, clock
from app.core.dates import Nights
from app.core.errors import Invalid, NotFound
from app.core.words import gettext as _
from app.homestays import inventory, queries
from app.homestays.models import Homestay

MOST_BLOCKED = 370
"""Nights closed in one step; a house that rests for longer is paused."""


def block_nights(
    *,
    homestay_id: int,
    nights: Nights,
    by_user_id: int | None,
    room_id: int | None = None,
    note: str | None = None,
) -> int:
    """Take nights of a room, or of the whole house, off sale; gives how many room nights were not closed before.

    Raises Conflict naming the nights that have a guest (then nothing is closed), NotFound, Invalid for past nights.
    """
    homestay = queries.get_homestay_by_id(homestay_id)
    rooms = _rooms_of(homestay, room_id)
    _check_block(nights)
    closed = queries.count_blocked(rooms, nights)
    inventory.block(rooms, nights, note)
    _record_nights("nights.blocked", homestay, nights, by_user_id, room_id, note)
    return len(rooms) * len(nights) - closed


def unblock_nights(
    *, homestay_id: int, nights: Nights, by_user_id: int | None, room_id: int | None = None
) -> int:
    """Put closed nights on sale again; gives how many room nights. Nights of guests stay. Raises NotFound."""
    homestay = queries.get_homestay_by_id(homestay_id)
    freed = inventory.unblock(_rooms_of(homestay, room_id), nights)
    if freed:
        _record_nights("nights.unblocked", homestay, nights, by_user_id, room_id, None)
    return freed


def reopen_nights(*, homestay_id: int, nights: Nights, reason: str, by_user_id: int) -> int:
    """Put nights on sale again that were closed by cancelling guests; gives how many room nights.

    What the host closed by himself stays closed. Raises NotFound, Invalid without a reason.
    """
    if not reason.strip():
        message = _("Say why these nights are sold again.")
        raise Invalid(message, errors=[("reason", message)])
    homestay = queries.get_homestay_by_id(homestay_id)
    freed = inventory.reopen(homestay.id, _rooms_of(homestay, None), nights)
    if freed:
        _record_nights("nights.reopened", homestay, nights, by_user_id, None, reason.strip())
    return freed


def _rooms_of(homestay: Homestay, room_id: int | None) -> list[int]:
    rooms = [room.id for room in homestay.rooms if room_id is None or room.id == room_id]
    if not rooms:
        raise NotFound(_("This house has no such room."))
    return rooms


def _check_block(nights: Nights) -> None:
    if nights.arrival < clock.today():
        message = _("This night is over. Choose tonight or a later one.")
        raise Invalid(message, errors=[("first", message)])
    if len(nights) > MOST_BLOCKED:
        message = _("Close at most %(most)d nights at once, or pause the house.", most=MOST_BLOCKED)
        raise Invalid(message, errors=[("last", message)])


def _record_nights(
    action: str,
    homestay: Homestay,
    nights: Nights,
    by_user_id: int | None,
    room_id: int | None,
    note: str | None,
) -> None:
    audit.record(
        action=action,
        subject=f"homestay:{homestay.slug}",
        user_id=by_user_id,
        reason=note,
        room_id=room_id,
        arrival=nights.arrival.isoformat(),
        departure=nights.departure.isoformat(),
    )
