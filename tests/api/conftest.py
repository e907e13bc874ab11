"""What a program finds: two villages, a house of two rooms, a lodging of four that also takes money on arrival, a class
of eight seats, and crisps of which ten bags wait.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app.core import clock
from app.core.db import db, transaction
from app.homestays import services
from app.homestays.rules import Amenity, HouseKind, Prices, RoomKind
from app.homestays.services import HouseProfile, NewRoom, SaleTerms
from app.revenue.rules import PayeeKind, RevenueKind
from app.revenue.services import PartSpec, create_agreement, create_payee, set_tax_rate
from app.villages.models import Village
from app.villages.rules import PublicationState, Terms
from app.villages.services import create_bank_account
from tests.factories import make_package, make_product
from tests.simulators.provider import Provider

NOW = datetime(2027, 4, 20, 3, 0, tzinfo=UTC)
"""10 in the morning of Tuesday, 20 April 2027, in the village."""

ARRIVAL, DEPARTURE = "2027-05-05", "2027-05-07"
"""Wednesday to Friday: two nights on weekdays."""

CLASS_ON = date(2027, 5, 6)
"""When the class takes place, at nine."""

GUEST = {"name": "Sri", "email": "sri@contoh.example", "phone": None, "country": "ID", "language": "en"}


@dataclass(frozen=True)
class World:
    """What is sold, by its codes: rooms at Rp200.000 in sarihayu, lodges at Rp400.000 in tirtomulyo; a class at
    Rp100.000 a person and crisps at Rp25.000, both in sarihayu.
    """

    room: str
    lodge: str
    departure: str
    package: str
    product: str
    goods: str


def make_world(class_on: date = CLASS_ON) -> World:
    """Write it in the running transaction."""
    company = create_payee(kind=PayeeKind.MANAGER, name="Pendamping", village_id=None, is_sample=True)
    for kind in (RevenueKind.STAY_HOME, RevenueKind.STAY_BALKONDES):
        set_tax_rate(
            kind=kind,
            tax="pbjt",
            basis_points=1000,
            from_on=date(2020, 1, 1),
            source="invented",
            is_verified=False,
        )
    here, there = _village("sarihayu", 1, company.id), _village("tirtomulyo", 2, company.id)
    create_bank_account(
        code="bersama",
        village_id=here.id,
        bank="Bank Contoh",
        number="99",
        owner_name="Bersama",
        is_shared=True,
    )
    room = _house(here, "omah-contoh", HouseKind.FAMILY, 2, Prices(200_000, 250_000, 300_000))
    lodge = _house(there, "balkondes-contoh", HouseKind.BALKONDES, 4, Prices(400_000, 450_000, 500_000))
    tour = make_package(here, name="Cooking", seats=8, on=class_on)
    goods = make_product(here)
    assert tour.departure is not None
    return World(room, lodge, tour.departure, tour.slug, goods.product, goods.slug)


def _village(slug: str, number: int, company_id: int) -> Village:
    village = Village(
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
    db.session.add(village)
    db.session.flush()
    cash = create_payee(kind=PayeeKind.VILLAGE_CASH, name=f"Kas {slug}", village_id=village.id)
    bumdes = create_payee(kind=PayeeKind.BUMDES, name=village.bumdes, village_id=village.id)
    for kind in (RevenueKind.STAY_HOME, RevenueKind.STAY_BALKONDES):
        create_agreement(
            village_id=village.id,
            kind=kind,
            in_force_from=date(2020, 1, 1),
            parts=[
                PartSpec(PayeeKind.HOST, basis_points=7000),
                PartSpec(PayeeKind.BUMDES, bumdes.id, basis_points=1500),
                PartSpec(PayeeKind.MANAGER, company_id, basis_points=1000),
                PartSpec(PayeeKind.VILLAGE_CASH, cash.id, basis_points=500, is_taker=True),
            ],
        )
    create_bank_account(
        code=slug, village_id=village.id, bank="Bank Contoh", number=f"000{number}", owner_name="BUMDes"
    )
    return village


def _house(village: Village, slug: str, kind: HouseKind, rooms: int, prices: Prices) -> str:
    host = create_payee(kind=PayeeKind.HOST, name=f"Host of {slug}", village_id=village.id, is_sample=True)
    lodging = kind == HouseKind.BALKONDES
    profile = HouseProfile(
        name=slug.replace("-", " ").title(),
        house_kind=kind,
        drawing="joglo",
        host_name="Bu Contoh",
        story_id="Rumah contoh.",
        story_en="A sample house.",
        welcome_id="Teh hangat menunggu.",
        welcome_en="Warm tea is waiting.",
        amenities=(Amenity.WIFI, Amenity.HOT_WATER) if lodging else (Amenity.WIFI,),
        breakfast=not lodging,
    )
    sale = SaleTerms(terms=Terms.FLEXIBLE if lodging else Terms.MODERATE, pay_on_arrival=lodging)
    house = services.create_homestay(
        slug=slug,
        village_id=village.id,
        host_payee_id=host.id,
        profile=profile,
        sale=sale,
        is_sample=True,
    )
    names = [f"Kamar {number}" for number in range(1, rooms + 1)]
    services.add_rooms(homestay_id=house.id, rooms=[NewRoom(name, "1 double bed", 2) for name in names])
    room_type = services.add_room_type(
        homestay_id=house.id,
        name="Kamar",
        kind=RoomKind.KOPEL,
        beds="1 double bed",
        prices=prices,
        units=[[name] for name in names],
    )
    for step in (PublicationState.PROPOSED, PublicationState.PUBLISHED):
        services.move_publication(homestay_id=house.id, wanted=step, by_user_id=None)
    return room_type.public_id


@pytest.fixture
def world(app: Flask, set_clock: Callable[[datetime | timedelta], None]) -> World:
    """The world, on the morning of 20 April 2027."""
    set_clock(NOW)
    with app.app_context(), transaction():
        return make_world()


@pytest.fixture
def provider(world: World, stripe_simulator: Provider) -> Provider:
    """The card provider, whose clock shows the same morning."""
    stripe_simulator.move_clock(clock.shift())
    return stripe_simulator


class Program:
    """A program that uses the contract: JSON in, JSON out, no cookie, in English."""

    def __init__(self, client: FlaskClient) -> None:
        self.client = client

    def get(self, path: str, token: str | None = None, **query: Any) -> TestResponse:
        """Read."""
        return self.client.get(f"/api/v1{path}", query_string=query, headers=self._headers(token))

    def post(self, path: str, body: Any, *, key: str | None = None, token: str | None = None) -> TestResponse:
        """Write."""
        headers = self._headers(token) | ({"Idempotency-Key": key} if key is not None else {})
        return self.client.post(f"/api/v1{path}", json=body, headers=headers)

    def _headers(self, token: str | None) -> dict[str, str]:
        headers = {"Accept-Language": "en"}
        return headers | ({"Authorization": f"Bearer {token}"} if token is not None else {})


@pytest.fixture
def program(client: FlaskClient) -> Program:
    """A program on the isolated app."""
    return Program(client)


def stay(room_type: str, **changes: Any) -> dict[str, Any]:
    """A line: two adults, one room, two nights."""
    line = {
        "kind": "stay",
        "room_type": room_type,
        "arrival": ARRIVAL,
        "departure": DEPARTURE,
        "rooms": 1,
        "adults": 2,
        "children": 0,
        "extra_beds": 0,
    }
    return line | changes


def outing(departure: str, **changes: Any) -> dict[str, Any]:
    """A line: two adults and a child on a departure, one of them by name."""
    line = {
        "kind": "package",
        "departure": departure,
        "party": {"adults": 2, "children": 1},
        "participants": [{"name": "Sri"}],
    }
    return line | changes


def goods(product: str, **changes: Any) -> dict[str, Any]:
    """A line: two pieces, picked up where they are made."""
    return {"kind": "product", "product": product, "quantity": 2, "pickup": "sarihayu"} | changes


def trip(*lines: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """A booking to be made, by transfer."""
    return {"lines": list(lines), "guest": dict(GUEST), "payment": "transfer"} | changes


def fields_of(response: TestResponse) -> list[str]:
    """Which fields a refusal names."""
    return [error["field"] for error in response.json["errors"]]
