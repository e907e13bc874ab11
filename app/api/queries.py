"""What the contract tells of several packages at once. Reads only."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import Select, func, select

from app.core.db import db
from app.homestays.models import Homestay, Room, RoomType
from app.villages.rules import PublicationState


@dataclass(frozen=True)
class Counts:
    """How much a village has on sale."""

    homestays: int
    rooms: int


NOTHING = Counts(0, 0)


def counts_by_village() -> dict[int, Counts]:
    """The published houses of each village and their rooms; villages without one are left out."""
    query = (
        select(Homestay.village_id, func.count(Homestay.id.distinct()), func.count(Room.id))
        .outerjoin(Room, Room.homestay_id == Homestay.id)
        .where(Homestay.state == PublicationState.PUBLISHED)
        .group_by(Homestay.village_id)
    )
    return {village_id: Counts(houses, rooms) for village_id, houses, rooms in db.session.execute(query)}


@dataclass(frozen=True)
class SoldRoom:
    """A room type by the names that the contract uses."""

    room_type: str
    homestay: str
    breakfast: bool


def rooms_by_id(room_type_ids: Collection[int | None]) -> dict[int, SoldRoom]:
    """Room types by number."""
    rows = db.session.execute(_rooms().where(RoomType.id.in_([key for key in room_type_ids if key])))
    return {key: SoldRoom(code, slug, breakfast) for key, code, slug, breakfast in rows}


def rooms_by_code(room_types: Collection[str]) -> dict[str, SoldRoom]:
    """Room types by the code that programs know; one that is not there is left out."""
    rows = db.session.execute(_rooms().where(RoomType.public_id.in_(room_types)))
    return {code: SoldRoom(code, slug, breakfast) for _key, code, slug, breakfast in rows}


def _rooms() -> Select[int, str, str, bool]:
    return select(RoomType.id, RoomType.public_id, Homestay.slug, Homestay.breakfast).join(RoomType.homestay)


def homestay_is_known(slug: str) -> bool:
    """Whether there is a house at this address, on sale or not."""
    return db.session.scalar(select(select(Homestay.id).where(Homestay.slug == slug).exists())) or False
