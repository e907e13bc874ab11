"""Houses on sale, and the people with offices there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from app.core.money import BASIS
from app.homestays import services as homestays
from app.homestays.models import Homestay, RoomType
from app.homestays.rules import HouseKind, Prices, RoomKind
from app.homestays.services import HouseProfile, NewRoom, SaleTerms
from app.users import services as users
from app.users.rules import ALL_VILLAGES_ROLES, PAYEE_ROLES, Role
from app.villages.models import Village
from app.villages.rules import PublicationState, Terms
from tests.factories.numbers import numbers
from tests.factories.villages import make_payee, make_village

PRICES = Prices(200_000, 250_000, 300_000)


@dataclass(frozen=True)
class House:
    """A house as it can be booked: `room` is the code of the kind sold by the room, `whole` of the whole house."""

    homestay_id: int
    village_id: int
    host_payee_id: int
    room: str
    room_type_id: int
    whole: str | None
    room_ids: tuple[int, ...]


def make_house(
    village: Village | None = None,
    *,
    rooms: int = 1,
    sleeps: int = 2,
    whole: bool = False,
    prices: Prices = PRICES,
    kind: HouseKind = HouseKind.FAMILY,
    host: int | None = None,
    published: bool = True,
    terms: Terms = Terms.MODERATE,
    min_nights: int = 1,
    deposit: int = BASIS,
    pay_on_arrival: bool = False,
) -> House:
    """A house on sale with rooms of one kind; with `whole` also the house as one unit. `host` is a payee's id."""
    village = village or make_village()
    homestay = homestays.create_homestay(
        slug=f"omah-{next(numbers)}",
        village_id=village.id,
        host_payee_id=host or make_payee(village_id=village.id).id,
        profile=make_profile(kind),
        sale=SaleTerms(terms, min_nights, deposit, pay_on_arrival),
        is_sample=True,
    )
    house = _furnish(homestay, rooms, sleeps, prices, whole=whole)
    if published:
        for step in (PublicationState.PROPOSED, PublicationState.PUBLISHED):
            homestays.move_publication(homestay_id=homestay.id, wanted=step, by_user_id=None)
    return house


def _furnish(homestay: Homestay, rooms: int, sleeps: int, prices: Prices, *, whole: bool) -> House:
    names = [f"Kamar {number}" for number in range(1, rooms + 1)]
    added = homestays.add_rooms(
        homestay_id=homestay.id, rooms=[NewRoom(name, "1 double bed", sleeps) for name in names]
    )
    single = make_room_type(homestay.id, "Kamar", prices, [[name] for name in names])
    all_rooms = make_room_type(homestay.id, "Seluruh rumah", prices, [names]) if whole else None
    return House(
        homestay.id,
        homestay.village_id,
        homestay.host_payee_id,
        single.public_id,
        single.id,
        all_rooms.public_id if all_rooms else None,
        tuple(room.id for room in added),
    )


def make_profile(kind: HouseKind = HouseKind.FAMILY) -> HouseProfile:
    """A house with invented facts."""
    return HouseProfile(
        name="Omah Contoh",
        house_kind=kind,
        drawing="joglo",
        host_name="Bu Contoh",
        story_id="Rumah contoh.",
        story_en="A sample house.",
        welcome_id="Teh hangat menunggu.",
        welcome_en="Warm tea is waiting.",
    )


def make_room_type(homestay_id: int, name: str, prices: Prices, units: Sequence[Sequence[str]]) -> RoomType:
    """A kind of room on sale."""
    return homestays.add_room_type(
        homestay_id=homestay_id,
        name=name,
        kind=RoomKind.KOPEL,
        beds="1 double bed",
        prices=prices,
        units=units,
    )


def make_user(*roles: Role, house: House | None = None, name: str = "Contoh", language: str = "id") -> int:
    """Somebody who signs in, with offices for a house's village and its host: their number."""
    user = users.create_user(name=name, email=f"user{next(numbers)}@sample.example", language=language)
    for role in roles:
        if role in ALL_VILLAGES_ROLES:
            users.give_office(user_id=user.id, role=role)
            continue
        assert house is not None, f"where is the office of {role}?"
        if role in PAYEE_ROLES:
            users.give_office(user_id=user.id, role=role, payee_id=house.host_payee_id)
        else:
            users.give_office(user_id=user.id, role=role, village_id=house.village_id)
    return user.id
