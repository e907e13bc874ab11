"""What happens to a house: it is set up, priced, opened and closed, and moves through its life."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field

from app.core import audit
from app.core.codes import new_code
from app.core.dates import Nights
from app.core.db import db
from app.core.errors import Conflict, Invalid, WrongState
from app.core.money import BASIS, Rupiah
from app.core.words import gettext as _
from app.homestays import queries
from app.homestays.models import Homestay, Room, RoomType, Season, Unit
from app.homestays.rules import Amenity, HouseKind, Prices, RoomKind
from app.villages.rules import PublicationState, Terms, may_move

DEAREST_NIGHT: Rupiah = 50_000_000
"""A price above this is a slip of the finger, not a price."""


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
    check_prices(prices)
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
        weekday_price=prices.weekday,
        saturday_price=prices.saturday,
        holiday_price=prices.holiday,
        is_open=True,
        units=[
            Unit(name=_unit_name(name, rooms, n, sets), position=n, rooms=rooms)
            for n, rooms in enumerate(sets)
        ],
    )
    homestay.room_types.append(room_type)
    db.session.flush()
    return room_type


def _unit_name(name: str, rooms: list[Room], place: int, sets: list[list[Room]]) -> str:
    if len(rooms) == 1:
        return rooms[0].name
    return name if len(sets) == 1 else f"{name} {place + 1}"


def check_prices(prices: Prices) -> None:
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
    check_prices(prices)
    room_type = queries.get_room_type_by_id(room_type_id)
    before = room_type.prices
    if before == prices:
        return room_type
    room_type.weekday_price, room_type.saturday_price, room_type.holiday_price = weekday, saturday, holiday
    audit.record(
        action="rates.changed",
        subject=subject_of(room_type),
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
        audit.record(action=action, subject=subject_of(room_type), user_id=by_user_id, reason=reason)
    return room_type


def move_publication(
    *, homestay_id: int, wanted: PublicationState, by_user_id: int | None, reason: str | None = None
) -> Homestay:
    """One step in the life of a house. Raises NotFound; WrongState for an unknown step, or with nothing to sell."""
    homestay = queries.get_homestay_by_id(homestay_id)
    if not may_move(homestay.state, wanted):
        raise WrongState(_("The house has moved on in the meantime. Look at it again."))
    if wanted == PublicationState.PUBLISHED and not any(kind.is_open for kind in homestay.room_types):
        raise WrongState(_("Open at least one kind of room first; a house without one cannot be booked."))
    before, homestay.state = homestay.state, wanted
    audit.record(
        action="homestay.moved",
        subject=f"homestay:{homestay.slug}",
        user_id=by_user_id,
        reason=reason,
        before=before.value,
        after=wanted.value,
    )
    return homestay


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


def subject_of(room_type: RoomType) -> str:
    """How a room type is named in the audit."""
    return f"room_type:{room_type.public_id}"
