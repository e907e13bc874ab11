"""Two villages with agreements, tax, accounts, houses and people in every office: what staff and hosts see."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

from flask import Flask

from app.bookings import services as bookings
from app.bookings.models import Booking
from app.bookings.queries import find_booking
from app.bookings.services import Guest
from app.core.dates import Nights
from app.core.db import db, transaction
from app.homestays import services as homestays
from app.homestays.inventory import StayChoice
from app.homestays.rules import HouseKind, Prices, RoomKind
from app.homestays.services import HouseProfile, NewRoom, SaleTerms
from app.payments.models import Receipt
from app.payments.queries import find_open_payment, list_receipts
from app.payments.rules import PaymentMethod
from app.revenue import services as revenue
from app.revenue.rules import PayeeKind, RevenueKind
from app.revenue.services import PartSpec
from app.users import services as users
from app.users.models import User
from app.users.rules import ALL_VILLAGES_ROLES, PAYEE_ROLES, Role
from app.villages.models import Village
from app.villages.rules import PublicationState, Terms
from app.villages.services import create_bank_account
from tests.machinery.clients import Visitor

NOW = datetime(2027, 4, 20, 3, 0, tzinfo=UTC)
"""10 in the morning of Tuesday, 20 April 2027, in the village."""

TODAY = date(2027, 4, 20)
TRANSFER, CASH = PaymentMethod.TRANSFER, PaymentMethod.CASH


@dataclass(frozen=True)
class Corner:
    """A village, its payees by kind, and its one house's room type."""

    id: int
    slug: str
    payees: dict[PayeeKind, int]
    house: str
    room_type: str


@dataclass(frozen=True)
class Desk:
    """The village that the people serve, the one beside it with its own `strangers`, and people by office."""

    here: Corner
    there: Corner
    people: dict[Role, int]
    strangers: dict[Role, int] = field(default_factory=dict)


def make_desk(app: Flask) -> Desk:
    """Write it all. Here: two rooms at 200.000, 250.000 and 300.000, paid at the door too; there: half as a deposit."""
    with app.app_context(), transaction():
        company = revenue.create_payee(kind=PayeeKind.MANAGER, name="Sample company", village_id=None)
        for kind in (RevenueKind.STAY_HOME, RevenueKind.STAY_BALKONDES):
            revenue.set_tax_rate(
                kind=kind,
                tax="pbjt",
                basis_points=1000,
                from_on=date(2025, 1, 1),
                source="sample",
                is_verified=False,
            )
        here = _corner("sarihayu", 1, company.id, SaleTerms(terms=Terms.MODERATE, pay_on_arrival=True))
        there = _corner(
            "tirtomulyo", 2, company.id, SaleTerms(terms=Terms.FLEXIBLE, deposit_basis_points=5000)
        )
        create_bank_account(
            code="bersama",
            village_id=here.id,
            bank="Bank Contoh",
            number="99",
            owner_name="Together",
            is_shared=True,
        )
        return Desk(here, there, _people(here, "here"), _people(there, "there"))


def _corner(slug: str, number: int, company: int, sale: SaleTerms) -> Corner:
    village = Village(
        slug=slug,
        name=slug.title(),
        bps_code=f"330800{number:04d}",
        latitude=-7.6,
        longitude=110.2,
        bumdes=f"BUMDes {slug.title()}",
        bumdes_is_sample=True,
        temple_metres=3000,
        temple_minutes=8,
        temple_is_estimate=False,
    )
    db.session.add(village)
    db.session.flush()
    names = {
        PayeeKind.HOST: f"Bu Contoh {slug}",
        PayeeKind.BUMDES: village.bumdes,
        PayeeKind.VILLAGE_CASH: f"Kas Desa {slug}",
        PayeeKind.GUIDE: f"Pemandu {slug}",
        PayeeKind.MAKER: f"Pembuat {slug}",
    }
    payees = {
        kind: revenue.create_payee(kind=kind, name=name, village_id=village.id).id
        for kind, name in names.items()
    }
    payees[PayeeKind.MANAGER] = company
    _agree(village.id, payees)
    create_bank_account(
        code=slug, village_id=village.id, bank="Bank Contoh", number=f"00{number}", owner_name=village.bumdes
    )
    return Corner(
        village.id, slug, payees, f"omah-{slug}", _house(slug, village.id, payees[PayeeKind.HOST], sale)
    )


def _agree(village_id: int, payees: dict[PayeeKind, int]) -> None:
    """Thirds and sevenths on purpose: amounts that do not divide evenly."""
    revenue.create_agreement(
        village_id=village_id,
        kind=RevenueKind.STAY_HOME,
        in_force_from=date(2025, 1, 1),
        parts=[
            PartSpec(PayeeKind.HOST, basis_points=6667),
            PartSpec(PayeeKind.BUMDES, payees[PayeeKind.BUMDES], basis_points=1905),
            PartSpec(PayeeKind.MANAGER, payees[PayeeKind.MANAGER], basis_points=999),
            PartSpec(PayeeKind.VILLAGE_CASH, payees[PayeeKind.VILLAGE_CASH], basis_points=429, is_taker=True),
        ],
    )


def _house(slug: str, village_id: int, payee_id: int, sale: SaleTerms) -> str:
    house = homestays.create_homestay(
        slug=f"omah-{slug}",
        village_id=village_id,
        host_payee_id=payee_id,
        profile=HouseProfile(
            name=f"Omah {slug.title()}",
            house_kind=HouseKind.FAMILY,
            drawing="joglo",
            host_name="Bu Contoh",
            story_id="Rumah contoh.",
            story_en="A sample house.",
            welcome_id="Teh hangat menunggu.",
            welcome_en="Warm tea is waiting.",
            amenities=(),
            breakfast=True,
        ),
        sale=sale,
        is_sample=True,
    )
    homestays.add_rooms(
        homestay_id=house.id, rooms=[NewRoom(name, "1 bed", 2) for name in ("Melati", "Mawar")]
    )
    room_type = homestays.add_room_type(
        homestay_id=house.id,
        name="Kamar",
        kind=RoomKind.SINGLE,
        beds="1 bed",
        prices=Prices(200_000, 250_000, 300_000),
        units=[["Melati"], ["Mawar"]],
    )
    for step in (PublicationState.PROPOSED, PublicationState.PUBLISHED):
        homestays.move_publication(homestay_id=house.id, wanted=step, by_user_id=None)
    return room_type.public_id


def _people(corner: Corner, where: str) -> dict[Role, int]:
    """One person for each role, in office from today."""
    made = {}
    for role in Role:
        user = users.create_user(name=f"{role.value} {where}", email=f"{role.value}.{where}@sample.example")
        place: dict[str, int] = {}
        if role in PAYEE_ROLES:
            place = {"payee_id": corner.payees[PayeeKind(role.value)]}
        elif role not in ALL_VILLAGES_ROLES:
            place = {"village_id": corner.id}
        users.give_office(user_id=user.id, role=role, **place)
        made[role] = user.id
    return made


def book(
    app: Flask,
    *corners: Corner,
    nights: Nights | None = None,
    method: PaymentMethod = TRANSFER,
    rooms: int = 1,
    name: str = "Tamu Contoh",
) -> str:
    """A held booking through the real door, one line for each corner; its code. Two nights a week ahead unless said."""
    nights = nights or Nights(TODAY + timedelta(days=7), TODAY + timedelta(days=9))
    choices = [StayChoice(corner.room_type, nights, rooms, 2 * rooms, 0) for corner in corners]
    guest = Guest(name, None, "+6281200000099", "ID", "id")
    with app.app_context(), transaction():
        booking = bookings.hold_trip(
            choices=choices, guest=guest, method=method, expected_total=None, source="web", address=None
        )
        return booking.code


def asked(app: Flask, code: str) -> int:
    """What the guest is asked to transfer now, unique code included."""
    with app.app_context():
        payment = find_open_payment(f"booking:{code}")
        assert payment is not None
        return payment.amount_with_code


def receive(
    app: Flask, code: str, by: int, amount: int | None = None, method: PaymentMethod = TRANSFER
) -> int:
    """Record money through the service, what is asked unless said; the receipt's number."""
    sum_ = asked(app, code) if amount is None else amount
    with app.app_context(), transaction():
        return bookings.receive_payment(code=code, method=method, amount=sum_, by_user_id=by).id


def earn(app: Flask) -> None:
    """Let the job pass."""
    with app.app_context(), transaction():
        bookings.complete_services()


def see(app: Flask, code: str) -> Booking:
    """The booking with lines and units, read anew and let go."""
    with app.app_context():
        booking = find_booking(code)
        assert booking is not None
        return booking


def receipts(app: Flask, code: str) -> Sequence[Receipt]:
    """Receipts of a booking, oldest first."""
    with app.app_context():
        return list_receipts(f"booking:{code}")


def sign_in(app: Flask, visitor: Visitor, user_id: int) -> Visitor:
    """Be signed in without typing, and read English."""
    with app.app_context():
        user = db.session.get(User, user_id)
        assert user is not None
        uniquifier = user.fs_uniquifier
    with visitor.client.session_transaction() as cookie:
        cookie["_user_id"] = uniquifier
        cookie["_fresh"] = True
    visitor.client.set_cookie("lang", "en")
    return visitor
