"""A house is set up: who receives whom, its rooms, and what is sold under which name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field

from app.core import audit
from app.core.codes import new_code
from app.core.db import db
from app.core.errors import Conflict, Invalid
from app.core.money import BASIS
from app.core.words import gettext as _
from app.homestays import queries
from app.homestays.models import Homestay, Room, RoomType, Unit
from app.homestays.rules import Amenity, HouseKind, Prices, RoomKind
from app.homestays.services.rates import check_prices
from app.villages.rules import PublicationState, Terms


@dataclass(frozen=True)
class HouseRules:
    """What a guest should know before arriving. Times are village time, as HH:MM."""

    check_in_from: str = "14:00"
    check_in_until: str = "20:00"
    check_out_until: str = "12:00"
    quiet_from: str = "22:00"
    smoking_inside: bool = False
    pets: bool = False
    other_id: str = ""
    other_en: str = ""


@dataclass(frozen=True)
class HouseProfile:
    """Who receives whom, in what kind of house; `drawing` names a symbol in the sprite."""

    name: str
    house_kind: HouseKind
    drawing: str
    host_name: str
    story_id: str
    story_en: str
    welcome_id: str
    welcome_en: str
    house_rules: HouseRules = field(default_factory=HouseRules)
    amenities: Sequence[Amenity] = ()
    breakfast: bool = False


@dataclass(frozen=True)
class SaleTerms:
    """How the house sells: the deposit is in basis points of the price, 10,000 = all at once."""

    terms: Terms = Terms.MODERATE
    min_nights: int = 1
    deposit_basis_points: int = BASIS
    pay_on_arrival: bool = False


@dataclass(frozen=True)
class NewRoom:
    """A room to be added: its name in the house, its beds in words, and how many sleep in it."""

    name: str
    beds: str
    sleeps: int


def create_homestay(
    *,
    slug: str,
    village_id: int,
    host_payee_id: int,
    profile: HouseProfile,
    sale: SaleTerms | None = None,
    is_sample: bool = False,
    by_user_id: int | None = None,
) -> Homestay:
    """A new house, drafted and without rooms. Raises Conflict (`slug_taken`) when the address is another house's."""
    if queries.slug_is_taken(slug):
        raise Conflict(_("This address belongs to another house."), code="slug_taken")
    texts = {name: value for name, value in vars(profile).items() if name not in {"house_rules", "amenities"}}
    homestay = Homestay(
        slug=slug,
        village_id=village_id,
        host_payee_id=host_payee_id,
        house_rules=asdict(profile.house_rules),
        amenities=[Amenity(code).value for code in profile.amenities],
        state=PublicationState.DRAFTED,
        is_sample=is_sample,
        **texts,
        **asdict(sale or SaleTerms()),
    )
    db.session.add(homestay)
    db.session.flush()
    audit.record(action="homestay.created", subject=f"homestay:{slug}", user_id=by_user_id)
    return homestay


def add_rooms(*, homestay_id: int, rooms: Sequence[NewRoom]) -> list[Room]:
    """Rooms for a house, in this order after those it has. Raises NotFound, Invalid for a name used twice."""
    homestay = queries.get_homestay_by_id(homestay_id)
    names = [room.name for room in homestay.rooms] + [room.name for room in rooms]
    if len(set(names)) < len(names):
        raise Invalid(_("Every room needs a name of its own."), errors=[("name", _("This name is taken."))])
    first = len(homestay.rooms)
    added = [Room(position=first + place, **asdict(room)) for place, room in enumerate(rooms)]
    homestay.rooms.extend(added)
    db.session.flush()
    return added


def add_room_type(
    *,
    homestay_id: int,
    name: str,
    kind: RoomKind,
    beds: str,
    prices: Prices,
    units: Sequence[Sequence[str]],
    sleeps: int | None = None,
) -> RoomType:
    """Units sold under one name and rate; each unit is a list of names of rooms of this house.

    A single room is `["Melati"]`, the whole house `["Melati", "Mawar"]`. Without `sleeps` it is what the rooms of the
    smallest unit sleep together. Raises NotFound, Invalid for unknown rooms, no unit, or prices that cannot be.
    """
    check_prices(prices=prices)
    homestay = queries.get_homestay_by_id(homestay_id)
    by_name = {room.name: room for room in homestay.rooms}
    if not units or not all(units) or any(room not in by_name for unit in units for room in unit):
        raise Invalid(_("A unit is made of rooms of this house."), errors=[("units", _("Unknown room."))])
    sets = [[by_name[room] for room in unit] for unit in units]
    room_type = RoomType(
        public_id=new_code().lower(),
        name=name,
        kind=kind,
        position=len(homestay.room_types),
        beds=beds,
        sleeps=sleeps or min(sum(room.sleeps for room in rooms) for rooms in sets),
        village_id=homestay.village_id,
        is_open=True,
        units=[
            Unit(name=_unit_name(name, rooms, n, sets), position=n, rooms=rooms)
            for n, rooms in enumerate(sets)
        ],
    )
    room_type.ask(prices)
    homestay.room_types.append(room_type)
    db.session.flush()
    return room_type


def _unit_name(name: str, rooms: list[Room], place: int, sets: list[list[Room]]) -> str:
    if len(rooms) == 1:
        return rooms[0].name
    return name if len(sets) == 1 else f"{name} {place + 1}"
