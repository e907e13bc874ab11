"""A small world: two villages by road, a family house with two rooms sold singly and whole, a lodging with four."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime

import pytest
from flask import Flask

from app.bookings import services as bookings
from app.bookings.services import Guest
from app.core.dates import Nights
from app.core.db import db, transaction
from app.homestays import inventory, services
from app.homestays.models import Homestay
from app.homestays.rules import Amenity, HouseKind, Prices, RoomKind
from app.homestays.services import HouseProfile, NewRoom, SaleTerms
from app.payments.rules import PaymentMethod
from app.revenue.models import Payee
from app.revenue.rules import PayeeKind, RevenueKind
from app.revenue.services import PartSpec, create_agreement
from app.users import services as users
from app.users.models import User
from app.users.rules import Role
from app.villages.models import BankAccount, Road, Village
from app.villages.rules import PublicationState, Terms
from tests.machinery.clients import Visitor

NOW = datetime(2027, 4, 20, 3, 0, tzinfo=UTC)
"""10 in the morning of Tuesday, 20 April 2027, in the village."""


@dataclass(frozen=True)
class World:
    """Ids and addresses of what was made."""

    village_id: int
    other_village_id: int
    family_payee_id: int
    lodging_payee_id: int
    family_id: int
    lodging_id: int
    single: str
    whole: str
    double: str
    rooms: tuple[int, int]
    lodging_rooms: tuple[int, ...]


def village(slug: str, number: int) -> Village:
    """A village with invented facts."""
    made = Village(
        slug=slug,
        name=slug.title(),
        bps_code=f"330800{number:04d}",
        latitude=-7.6,
        longitude=110.2 + number / 100,
        bumdes=f"BUMDes {slug}",
        bumdes_is_sample=True,
        products_id="gula kelapa",
        products_en="coconut sugar",
        temple_metres=3000,
        temple_minutes=8,
        temple_is_estimate=False,
    )
    db.session.add(made)
    db.session.flush()
    return made


def payee(name: str, village_id: int) -> Payee:
    """A host that can be paid."""
    made = Payee(kind=PayeeKind.HOST, name=name, village_id=village_id, is_sample=True)
    db.session.add(made)
    db.session.flush()
    return made


def profile(name: str, kind: HouseKind, amenities: tuple[Amenity, ...] = ()) -> HouseProfile:
    """A house with invented facts."""
    return HouseProfile(
        name=name,
        house_kind=kind,
        drawing="joglo",
        host_name="Bu Contoh",
        story_id="Rumah contoh.",
        story_en="A sample house.",
        welcome_id="Teh hangat menunggu.",
        welcome_en="Warm tea is waiting.",
        amenities=amenities,
        breakfast=True,
    )


def family_house(village_id: int, payee_id: int) -> tuple[Homestay, str, str]:
    """Two rooms of two, sold singly or as the whole house; with its codes of single and whole."""
    house = services.create_homestay(
        slug="omah-contoh",
        village_id=village_id,
        host_payee_id=payee_id,
        profile=profile("Omah Contoh", HouseKind.FAMILY, (Amenity.WIFI, Amenity.HOT_WATER)),
        sale=SaleTerms(terms=Terms.MODERATE),
        is_sample=True,
    )
    services.add_rooms(
        homestay_id=house.id,
        rooms=[NewRoom("Melati", "1 double bed", 2), NewRoom("Mawar", "2 single beds", 2)],
    )
    single = services.add_room_type(
        homestay_id=house.id,
        name="Kamar",
        kind=RoomKind.SINGLE,
        beds="1 double or 2 single beds",
        prices=Prices(200_000, 250_000, 300_000),
        units=[["Melati"], ["Mawar"]],
    )
    whole = services.add_room_type(
        homestay_id=house.id,
        name="Seluruh rumah",
        kind=RoomKind.FAMILY,
        beds="1 double and 2 single beds",
        prices=Prices(380_000, 450_000, 550_000),
        units=[["Melati", "Mawar"]],
    )
    return house, single.public_id, whole.public_id


def lodging(village_id: int, payee_id: int) -> tuple[Homestay, str]:
    """Four rooms of two under one name; with the code of the room type."""
    house = services.create_homestay(
        slug="balkondes-contoh",
        village_id=village_id,
        host_payee_id=payee_id,
        profile=profile("Balkondes Contoh", HouseKind.BALKONDES, (Amenity.WIFI,)),
        sale=SaleTerms(terms=Terms.FLEXIBLE),
        is_sample=True,
    )
    names = [f"Pondok {number}" for number in range(1, 5)]
    services.add_rooms(homestay_id=house.id, rooms=[NewRoom(name, "1 double bed", 2) for name in names])
    double = services.add_room_type(
        homestay_id=house.id,
        name="Pondok",
        kind=RoomKind.KOPEL,
        beds="1 double bed",
        prices=Prices(400_000, 450_000, 500_000),
        units=[[name] for name in names],
    )
    return house, double.public_id


def make_world() -> World:
    """Write the small world in the running transaction."""
    here, there = village("sarihayu", 1), village("tirtomulyo", 2)
    first, second = sorted((here.id, there.id))
    db.session.add(Road(village_id=first, other_id=second, metres=4000, minutes=9, is_estimate=False))
    family_payee, lodging_payee = payee("Bu Contoh", here.id), payee("BUMDes lodging", there.id)
    for place in (here, there):
        _agreements(place.id, place.slug)
    house, single, whole = family_house(here.id, family_payee.id)
    inn, double = lodging(there.id, lodging_payee.id)
    for homestay in (house, inn):
        for step in (PublicationState.PROPOSED, PublicationState.PUBLISHED):
            services.move_publication(homestay_id=homestay.id, wanted=step, by_user_id=None)
    services.add_season(
        name_id="Libur contoh", name_en="Sample holiday", nights=Nights(date(2027, 5, 20), date(2027, 5, 22))
    )
    return World(
        village_id=here.id,
        other_village_id=there.id,
        family_payee_id=family_payee.id,
        lodging_payee_id=lodging_payee.id,
        family_id=house.id,
        lodging_id=inn.id,
        single=single,
        whole=whole,
        double=double,
        rooms=(house.rooms[0].id, house.rooms[1].id),
        lodging_rooms=tuple(room.id for room in inn.rooms),
    )


@pytest.fixture
def world(app: Flask, set_clock: Callable[[datetime], None]) -> World:
    """The small world, on 20 April 2027. Made and left, so that a client may come from outside."""
    set_clock(NOW)
    with app.app_context(), transaction():
        return make_world()


def book(
    world: World, nights: Nights, *, rooms: int = 1, room_type: str | None = None, by: int | None = None
) -> str:
    """A booking through the real door, in a running transaction: held, or sold when `by` vouches. Gives its code."""
    choice = inventory.StayChoice(room_type or world.single, nights, rooms, adults=rooms * 2)
    booking = bookings.hold_trip(
        choices=[choice],
        guest=Guest("Tamu Contoh", "tamu@contoh.example", None, "ID", "id"),
        method=PaymentMethod.TRANSFER,
        expected_total=None,
        source="web",
        address=None,
    )
    if by is not None:
        bookings.vouch_booking(code=booking.code, reason="known to the desk", by_user_id=by)
    return booking.code


def make_user(name: str, role: Role, *, village_id: int | None = None, payee_id: int | None = None) -> int:
    """Somebody with one office, in a running transaction. Gives their number."""
    user = users.create_user(name=name, email=f"{name}@contoh.example", phone=None)
    place = {"payee_id": payee_id} if payee_id else {"village_id": village_id} if village_id else {}
    users.give_office(user_id=user.id, role=role, **place)
    return user.id


def sign_in(app: Flask, visitor: Visitor, user_id: int) -> Visitor:
    """Be signed in without typing: what the cookie says after a sign-in, and nothing else. In English."""
    with app.app_context():
        user = db.session.get(User, user_id)
        assert user is not None
        uniquifier = user.fs_uniquifier
    with visitor.client.session_transaction() as cookie:
        cookie["_user_id"] = uniquifier
        cookie["_fresh"] = True
    visitor.client.set_cookie("lang", "en")
    return visitor


def _agreements(village_id: int, village_slug: str) -> None:
    bumdes = Payee(
        kind=PayeeKind.BUMDES, name=f"BUMDes {village_slug}", village_id=village_id, is_sample=True
    )
    db.session.add(bumdes)
    db.session.flush()
    for kind in (RevenueKind.STAY_HOME, RevenueKind.STAY_BALKONDES):
        create_agreement(
            village_id=village_id,
            kind=kind,
            in_force_from=date(2025, 1, 1),
            parts=[
                PartSpec(PayeeKind.HOST, basis_points=7000),
                PartSpec(PayeeKind.BUMDES, payee_id=bumdes.id, basis_points=3000, is_taker=True),
            ],
        )
    db.session.add(
        BankAccount(
            code=village_slug,
            village_id=village_id,
            bank="Bank Contoh",
            number="000",
            owner_name="BUMDes",
            is_sample=True,
        )
    )
