"""What tests are about, made by the services: functions with defaults for everything, to be called in a transaction.

    with app.app_context(), transaction():
        house = make_house(rooms=2, whole=True)
        booking = make_hold(house)
        make_receipt(booking.code)

Numbers and codes are given back as values, so that they may go to other threads and processes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import count

from app.bookings.models import Booking
from app.bookings.queries import find_booking
from app.bookings.services import Guest, hold_trip, receive_payment
from app.core import clock
from app.core.dates import Nights
from app.core.money import BASIS, Rupiah
from app.core.settings import settings
from app.homestays import services as homestays
from app.homestays.inventory import StayChoice
from app.homestays.models import RoomType
from app.homestays.rules import HouseKind, Prices, RoomKind
from app.homestays.services import HouseProfile, NewRoom, SaleTerms
from app.payments.models import Receipt
from app.payments.queries import find_open_payment
from app.payments.rules import PaymentMethod
from app.revenue import queries as revenue_queries
from app.revenue import services as revenue
from app.revenue.models import Agreement, Payee
from app.revenue.rules import PayeeKind, RevenueKind
from app.revenue.services import PartSpec
from app.users import services as users
from app.users.rules import ALL_VILLAGES_ROLES, PAYEE_ROLES, Role
from app.villages import queries as village_queries
from app.villages import services as villages
from app.villages.models import BankAccount, Village
from app.villages.rules import PublicationState, Terms
from app.villages.services import VillageFacts

NOW = datetime(2027, 4, 20, 3, 0, tzinfo=UTC)
"""10 in the morning of Tuesday, 20 April 2027, in the village."""

ARRIVAL = date(2027, 5, 3)
"""A Monday, thirteen days after `NOW`."""

BEGAN = date(2025, 1, 1)
SHARES = (7000, 1500, 1000, 500)
"""Host, BUMDes, manager, village cash; the last takes the remainder."""

STAYS = (RevenueKind.STAY_HOME, RevenueKind.STAY_BALKONDES)
PRICES = Prices(200_000, 250_000, 300_000)

_numbers = count(1)


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


def make_village(
    slug: str = "sarihayu", *, shares: Sequence[int] = SHARES, tax: int = 1000, agreed: bool = True
) -> Village:
    """A village that can sell: payees, agreements, tax, bank account. One that is there already stays as it is."""
    known = village_queries.find_village(slug)
    if known is not None:
        return known
    village = villages.save_village(
        facts=VillageFacts(
            slug=slug,
            name=slug.title(),
            bps_code=f"33{next(_numbers):06d}",
            latitude=-7.6,
            longitude=110.2,
            bumdes=f"BUMDes {slug.title()}",
            bumdes_is_sample=True,
        )
    )
    villages.set_desk_phone(village_id=village.id, phone="+6281200000001")
    make_bank_account(slug, village_id=village.id)
    make_tax(tax)
    if agreed:
        for kind in STAYS:
            make_agreement(village, kind=kind, shares=shares)
    if village_queries.find_bank_account_by_code(settings().collecting_account) is None:
        make_bank_account(settings().collecting_account, village_id=village.id, is_shared=True)
    return village


def make_bank_account(code: str, *, village_id: int, is_shared: bool = False) -> BankAccount:
    """An account to which guests transfer."""
    return villages.create_bank_account(
        code=code,
        village_id=village_id,
        bank="Bank Contoh",
        number=f"0000 {next(_numbers):04d}",
        owner_name=f"Contoh {code}",
        is_shared=is_shared,
        is_sample=True,
    )


def make_tax(basis_points: int = 1000, *, from_on: date = BEGAN) -> None:
    """The tax inside the prices of stays from a date on; where there is one already from that date it stays."""
    for kind in STAYS:
        if revenue_queries.tax_on(kind=kind, on=from_on) == revenue_queries.tax_on(
            kind=kind, on=from_on - timedelta(days=1)
        ):
            revenue.set_tax_rate(
                kind=kind,
                tax="pbjt",
                basis_points=basis_points,
                from_on=from_on,
                source="sample",
                is_verified=False,
            )


def make_payee(kind: PayeeKind = PayeeKind.HOST, *, village_id: int | None, name: str | None = None) -> Payee:
    """A party that can be paid; the one of that name if there is one."""
    name = name or f"Contoh {kind} {next(_numbers)}"
    known = revenue_queries.find_payee(kind=kind, village_id=village_id, name=name)
    return known or revenue.create_payee(kind=kind, name=name, village_id=village_id, is_sample=True)


def make_agreement(
    village: Village,
    *,
    kind: RevenueKind = RevenueKind.STAY_HOME,
    in_force_from: date = BEGAN,
    shares: Sequence[int] = SHARES,
    host_fee: Rupiah | None = None,
) -> Agreement:
    """The next version of how stays are divided; `host_fee` is a fee per night for the host off the top."""
    bumdes = make_payee(PayeeKind.BUMDES, village_id=village.id, name=village.bumdes)
    cash = make_payee(PayeeKind.VILLAGE_CASH, village_id=village.id, name=f"Kas {village.name}")
    manager = make_payee(PayeeKind.MANAGER, village_id=None, name="Pendamping")
    host, *others = shares
    parts = [PartSpec(PayeeKind.HOST, basis_points=host)]
    if host_fee is not None:
        parts.append(PartSpec(PayeeKind.HOST, fee=host_fee))
    for payee, share in zip((bumdes, manager, cash), others, strict=True):
        parts.append(PartSpec(payee.kind, payee.id, basis_points=share, is_taker=payee is cash))
    return revenue.create_agreement(
        village_id=village.id, kind=kind, in_force_from=in_force_from, parts=parts, is_sample=True
    )


def make_house(
    village: Village | None = None,
    *,
    rooms: int = 1,
    sleeps: int = 2,
    whole: bool = False,
    prices: Prices = PRICES,
    kind: HouseKind = HouseKind.FAMILY,
    terms: Terms = Terms.MODERATE,
    min_nights: int = 1,
    deposit: int = BASIS,
    pay_on_arrival: bool = False,
    host: int | None = None,
    published: bool = True,
) -> House:
    """A house on sale with rooms of one kind; with `whole` also the house as one unit. `host` is a payee's id."""
    village = village or make_village()
    host_payee_id = host or make_payee(village_id=village.id).id
    homestay = homestays.create_homestay(
        slug=f"omah-{next(_numbers)}",
        village_id=village.id,
        host_payee_id=host_payee_id,
        profile=make_profile(kind),
        sale=SaleTerms(
            terms=terms, min_nights=min_nights, deposit_basis_points=deposit, pay_on_arrival=pay_on_arrival
        ),
        is_sample=True,
    )
    names = [f"Kamar {number}" for number in range(1, rooms + 1)]
    added = homestays.add_rooms(
        homestay_id=homestay.id, rooms=[NewRoom(name, "1 double bed", sleeps) for name in names]
    )
    single = make_room_type(homestay.id, "Kamar", prices, [[name] for name in names])
    house = House(
        homestay.id,
        village.id,
        host_payee_id,
        single.public_id,
        single.id,
        make_room_type(homestay.id, "Seluruh rumah", prices, [names]).public_id if whole else None,
        tuple(room.id for room in added),
    )
    if published:
        for step in (PublicationState.PROPOSED, PublicationState.PUBLISHED):
            homestays.move_publication(homestay_id=homestay.id, wanted=step, by_user_id=None)
    return house


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
    user = users.create_user(name=name, email=f"user{next(_numbers)}@sample.example", language=language)
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


def make_guest(
    number: int | None = None, *, email: str | None = "", phone: str | None = None, language: str = "en"
) -> Guest:
    """A guest of their own; `email=None` for one who has only a phone."""
    name = number or next(_numbers)
    return Guest(
        name=f"Guest {name}",
        email=f"guest{name}@sample.example" if email == "" else email,
        phone=phone,
        country="ID",
        language=language,
    )


def make_choice(
    room_type: str, *, arrival: date = ARRIVAL, nights: int = 2, rooms: int = 1, adults: int | None = None
) -> StayChoice:
    """A stay as a guest chose it; one adult a room unless said otherwise."""
    stay = Nights(arrival, arrival + timedelta(days=nights))
    return StayChoice(room_type, stay, rooms, rooms if adults is None else adults)


def make_hold(
    house: House | None = None,
    *choices: StayChoice,
    guest: Guest | None = None,
    method: PaymentMethod = PaymentMethod.TRANSFER,
    expected_total: Rupiah | None = None,
    source: str = "web",
    address: str | None = None,
    arrival: date = ARRIVAL,
    nights: int = 2,
    rooms: int = 1,
) -> Booking:
    """A held booking: of these choices, else of rooms of the house."""
    if not choices:
        house = house or make_house(rooms=rooms)
        choices = (make_choice(house.room, arrival=arrival, nights=nights, rooms=rooms),)
    return hold_trip(
        choices=choices,
        guest=guest or make_guest(),
        method=method,
        expected_total=expected_total,
        source=source,
        address=address,
    )


def make_receipt(
    code: str,
    amount: Rupiah | None = None,
    *,
    method: PaymentMethod = PaymentMethod.TRANSFER,
    by_user_id: int | None = None,
    account: str | None = None,
) -> Receipt:
    """Money that arrived for a booking: what was asked with its unique code, else what is due now."""
    if amount is None:
        amount = asked_of(code) if method == PaymentMethod.TRANSFER else None
    if amount is None:
        booking = find_booking(code)
        assert booking is not None
        amount = booking.due_now - booking.received or booking.total - booking.received
    return receive_payment(code=code, method=method, amount=amount, by_user_id=by_user_id, account=account)


def asked_of(code: str) -> Rupiah | None:
    """What the open attempt of a booking asks for, with its unique code."""
    payment = find_open_payment(f"booking:{code}")
    return payment.amount_with_code if payment else None


def make_paid(house: House | None = None, *choices: StayChoice, **details: object) -> Booking:
    """A confirmed booking, paid as asked."""
    booking = make_hold(house, *choices, **details)  # type: ignore[arg-type]
    method = details.get("method", PaymentMethod.TRANSFER)
    assert isinstance(method, PaymentMethod)
    make_receipt(booking.code, method=method)
    return booking


def in_days(days: int) -> date:
    """A date that many days from today, for tests in real time."""
    return clock.today() + timedelta(days=days)
