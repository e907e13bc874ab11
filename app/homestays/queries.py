"""Which houses there are, with their rooms, rates and seasons. Whether a night is free is asked of `inventory`."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Protocol, TypeVar

from sqlalchemy import ColumnElement, Select, column, func, or_, select, table, true
from sqlalchemy.orm import selectinload

from app.core import clock
from app.core.dates import Nights
from app.core.db import db
from app.core.errors import NotFound
from app.core.words import gettext as _
from app.homestays.models import Homestay, Room, RoomNight, RoomType, Season, Unit
from app.homestays.rules import HouseKind, NightState
from app.revenue.queries import splits_in_force
from app.revenue.rules import PayeeKind, RevenueKind
from app.users.rules import Scope
from app.villages.models import Village
from app.villages.rules import PublicationState

T = TypeVar("T")

VISIBLE = (PublicationState.PUBLISHED, PublicationState.PAUSED)
"""A paused house takes nobody new, but whoever has booked still finds its page."""


def find_homestay(slug: str) -> Homestay | None:
    """The house as guests may see it, with rooms, room types and units; None when it is not shown."""
    wanted = Homestay.slug == slug, Homestay.state.in_(VISIBLE)
    return db.session.scalars(_with_rooms().where(*wanted)).one_or_none()


def get_homestay(slug: str) -> Homestay:
    """The house as guests may see it, with rooms, room types and units. Raises NotFound."""
    return _found(find_homestay(slug))


def get_homestay_by_id(homestay_id: int) -> Homestay:
    """The house in whatever state, with rooms, room types and units. Raises NotFound."""
    return _found(db.session.scalars(_with_rooms().where(Homestay.id == homestay_id)).one_or_none())


def get_homestay_for(slug: str, scope: Scope) -> Homestay:
    """The house for whoever works with it, in whatever state. Raises NotFound for another's house."""
    wanted = Homestay.slug == slug, _reached_by(scope)
    return _found(db.session.scalars(_with_rooms().where(*wanted)).one_or_none())


def list_homestays_for(scope: Scope) -> list[Homestay]:
    """The houses within reach, by village and name, with rooms, room types and units."""
    query = _with_rooms().join(Homestay.village).where(_reached_by(scope))
    return list(db.session.scalars(query.order_by(Village.name, Homestay.name)))


def list_published(
    *, village_id: int | None = None, limit: int | None = None, offset: int = 0
) -> list[Homestay]:
    """Houses on sale, by village and name, with rooms, room types and units."""
    query = _with_rooms().join(Homestay.village).where(Homestay.state == PublicationState.PUBLISHED)
    if village_id is not None:
        query = query.where(Homestay.village_id == village_id)
    query = query.order_by(Village.name, Homestay.name, Homestay.id).limit(limit).offset(offset)
    return list(db.session.scalars(query))


def list_homestays(ids: Collection[int]) -> list[Homestay]:
    """These houses, with rooms, room types and units, in no particular order."""
    return list(db.session.scalars(_with_rooms().where(Homestay.id.in_(ids))))


def sleeps_in(room_type_id: int) -> int:
    """How many people a room of a type sleeps."""
    return db.session.scalars(select(RoomType.sleeps).where(RoomType.id == room_type_id)).one()


def get_room_type_for(public_id: str, scope: Scope) -> RoomType:
    """A room type with its house and units, for whoever works with it. Raises NotFound for another's."""
    query = _room_types().join(RoomType.homestay).where(RoomType.public_id == public_id, _reached_by(scope))
    return _found(db.session.scalars(query).one_or_none())


def get_room_type_by_id(room_type_id: int) -> RoomType:
    """A room type with its house and units. Raises NotFound."""
    return _found(db.session.scalars(_room_types().where(RoomType.id == room_type_id)).one_or_none())


def list_seasons(*, village_id: int | None, start: date, end: date) -> list[Season]:
    """The holidays of a village and of all villages that touch start ≤ day < end, in order."""
    query = select(Season).where(Season.starts_on < end, Season.ends_on > start)
    query = query.where(or_(Season.village_id.is_(None), Season.village_id == village_id))
    return list(db.session.scalars(query.order_by(Season.starts_on, Season.id)))


def season_nights(seasons: Collection[Season]) -> list[Nights]:
    """The nights of holidays, as `rules.price_of_night` takes them."""
    return [Nights(season.starts_on, season.ends_on) for season in seasons]


class House(Protocol):
    """What is asked of a house to know its share."""

    @property
    def id(self) -> int:
        """Its number."""

    @property
    def village_id(self) -> int:
        """Its village's number."""

    @property
    def house_kind(self) -> HouseKind:
        """A household's, or the village's own."""


def host_shares(homestays: Collection[House], on: date) -> dict[int, int]:
    """What the house keeps of a stay after tax and fees, in basis points, by house; unknown ones are left out."""
    splits = splits_in_force({house.village_id for house in homestays}, on) if homestays else {}
    shares: dict[int, int] = {}
    for house in homestays:
        lodging = house.house_kind == HouseKind.BALKONDES
        kind = RevenueKind.STAY_BALKONDES if lodging else RevenueKind.STAY_HOME
        if (split := splits.get((house.village_id, kind))) is not None:
            own = [share.basis_points for share in split.shares if share.kind == PayeeKind.HOST]
            shares[house.id] = sum(own)
    return shares


@dataclass(frozen=True)
class TakenNight:
    """A room's night that is not free; `code` is the booking's, which is not personal."""

    room_id: int
    night: date
    state: NightState
    line_id: int | None
    code: str | None
    note: str | None


def list_taken_nights(homestay_id: int, nights: Nights) -> list[TakenNight]:
    """What is held, sold or blocked in a house, by room and night; a hold past its time is left out."""
    # Bookings lie above homestays, so their tables are named here, not imported.
    lines = table("booking_lines", column("id"), column("booking_id"))
    bookings = table("bookings", column("id"), column("code"))
    query = (
        select(
            RoomNight.room_id,
            RoomNight.night,
            RoomNight.state,
            RoomNight.booking_line_id,
            bookings.c.code,
            RoomNight.note,
        )
        .join(Room, Room.id == RoomNight.room_id)
        .outerjoin(lines, lines.c.id == RoomNight.booking_line_id)
        .outerjoin(bookings, bookings.c.id == lines.c.booking_id)
        .where(
            Room.homestay_id == homestay_id,
            RoomNight.night >= nights.arrival,
            RoomNight.night < nights.departure,
        )
        .where(_counts())
        .order_by(Room.position, RoomNight.night)
    )
    return [TakenNight(*row) for row in db.session.execute(query)]


def count_blocked(room_ids: Collection[int], nights: Nights) -> int:
    """How many nights of these rooms are closed already."""
    query = select(func.count()).select_from(RoomNight)
    query = query.where(RoomNight.room_id.in_(room_ids), RoomNight.state == NightState.BLOCKED)
    query = query.where(RoomNight.night >= nights.arrival, RoomNight.night < nights.departure)
    return db.session.scalar(query) or 0


def count_taken(homestay_ids: Collection[int], night: date) -> dict[int, dict[NightState, int]]:
    """How many rooms of each house are held, sold or blocked on a night; a hold past its time does not count."""
    query = (
        select(Room.homestay_id, RoomNight.state, func.count())
        .join(RoomNight, RoomNight.room_id == Room.id)
        .where(Room.homestay_id.in_(homestay_ids), RoomNight.night == night, _counts())
        .group_by(Room.homestay_id, RoomNight.state)
    )
    found: dict[int, dict[NightState, int]] = {}
    for homestay_id, state, rooms in db.session.execute(query):
        found.setdefault(homestay_id, {})[state] = rooms
    return found


@dataclass(frozen=True)
class ClosedNight:
    """A room's night that was closed by cancelling guests, and by which act (`closure:3`, `cancelled:HX3K9PT`)."""

    night: date
    room: str
    closed_for: str


def list_closed_nights(homestay_id: int) -> list[ClosedNight]:
    """What of a house stays closed from tonight on because guests were cancelled, by night and room."""
    query = (
        select(RoomNight.night, Room.name, RoomNight.closed_for)
        .join(Room, Room.id == RoomNight.room_id)
        .where(
            Room.homestay_id == homestay_id,
            RoomNight.closed_for.is_not(None),
            RoomNight.night >= clock.today(),
        )
        .order_by(RoomNight.night, Room.position)
    )
    return [ClosedNight(night, room, str(act)) for night, room, act in db.session.execute(query)]


def _counts() -> ColumnElement[bool]:
    return or_(RoomNight.state != NightState.HELD, RoomNight.expires_at > clock.now())


def slug_is_taken(slug: str) -> bool:
    """Whether another house has this address."""
    return db.session.scalar(select(Homestay.id).where(Homestay.slug == slug)) is not None


def _with_rooms() -> Select[Homestay]:
    units = selectinload(Homestay.room_types).joinedload(RoomType.units).joinedload(Unit.rooms)
    return select(Homestay).options(selectinload(Homestay.rooms), units)


def _room_types() -> Select[RoomType]:
    return select(RoomType).options(
        selectinload(RoomType.homestay), selectinload(RoomType.units).selectinload(Unit.rooms)
    )


def _reached_by(scope: Scope) -> ColumnElement[bool]:
    if scope.everything:
        return true()
    return or_(Homestay.village_id.in_(scope.villages), Homestay.host_payee_id.in_(scope.payees))


def _found(thing: T | None) -> T:
    if thing is None:
        raise NotFound(_("This house is not on our list."))
    return thing
