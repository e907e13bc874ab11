"""Two villages that sell, each with somebody in every office and one of everything a page can be about."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from flask import Flask
from sqlalchemy import select

from app.bookings import queries
from app.bookings.models import (
    Booking,
    BookingLine,
    CashHandover,
    Closure,
    ClosurePlace,
    Concession,
    IssuedReceipt,
)
from app.bookings.rules import ClosureState, HouseReason
from app.bookings.services import VoucherTerms, claim_transfer, make_voucher, sell_gift
from app.core import clock
from app.core.db import db, transaction
from app.core.uploads import Photo
from app.homestays.models import Homestay
from app.notifications.models import Channel, Message
from app.payments.models import Receipt, Refund
from app.payments.rules import RefundState
from app.revenue.rules import PayeeKind
from app.tours.inventory import PackageChoice
from app.users.rules import ALL_VILLAGES_ROLES, PAYEE_ROLES, Role, Scope
from app.villages.models import Village
from tests.factories import (
    ARRIVAL,
    Goods,
    House,
    Tour,
    make_hold,
    make_house,
    make_package,
    make_paid,
    make_payee,
    make_product,
    make_product_choice,
    make_sheet,
    make_user,
    make_village,
)
from tests.factories.statements import make_statement
from tests.users.world import Corner, make_guest_account, make_person, office_ids


@dataclass(frozen=True)
class Side:
    """One village: its things by number or code, and who holds which office there."""

    corner: Corner
    homestay: str
    room_type: str
    booking: str
    message: int
    refund: int
    goods: Goods
    tour: Tour
    bought: str
    joined: str
    paper: str
    file: int
    review: int
    line_refund: int
    voucher: int
    credit: int
    people: dict[Role, int]
    office: int
    closure: int
    concession: int
    handover: int


@dataclass(frozen=True)
class World:
    """Village A, village B, those who see all villages, somebody who signs in without any office, and a guest."""

    a: Side
    b: Side
    everywhere: dict[Role, int]
    nobody: int
    guest: int

    def holder(self, role: Role) -> int:
        """Somebody with that office, in village A where it belongs to one."""
        return self.everywhere[role] if role in ALL_VILLAGES_ROLES else self.a.people[role]


def make_world(app: Flask) -> World:
    """Write both villages and their people."""
    everywhere = {role: make_person(app, role.value, (role, None)) for role in sorted(ALL_VILLAGES_ROLES)}
    sides = _side(app, "alpha"), _side(app, "beta")
    return World(
        *sides, everywhere, make_person(app, "nobody"), make_guest_account(app, "guest@sample.example")
    )


def _side(app: Flask, slug: str) -> Side:
    with app.app_context(), transaction():
        village = make_village(slug)
        corner = Corner(village.id, slug, _payees(village))
        house = make_house(village, host=corner.payees[Role.HOST])
        booking = make_hold(house)
        homestay = db.session.get(Homestay, house.homestay_id)
        assert homestay is not None
        goods = make_product(village, payee=corner.payees[Role.MAKER])
        tour = make_package(village, guide=corner.payees[Role.GUIDE])
        message, refund = _message(village, booking.code), _refund(house)
        bought = make_paid(None, make_product_choice(goods)).code
        joined = make_paid(None, PackageChoice(tour.departure or "", 2)).code
        paper = db.session.scalars(
            select(IssuedReceipt.number).join(Booking).where(Booking.code == bought)
        ).one()
        found = (homestay.slug, house.room, booking.code, message, refund, goods, tour, bought, joined, paper)
        treasurer = make_user(Role.BUMDES_TREASURER, house=house)
        statement = make_statement(village.id, treasurer)
        make_sheet(slug, by_user_id=treasurer)
        claim_transfer(code=booking.code, photo=Photo("png", b"sample"))
    people = {
        role: make_person(app, f"{slug}-{role}", (role, corner))
        for role in Role
        if role not in ALL_VILLAGES_ROLES
    }
    given = _voucher_and_gift(app, corner, people[Role.BUMDES_MANAGER])
    office = office_ids(app, people[Role.DESK])[0]
    decided = _decisions(app, village.id, booking.code, people)
    return Side(corner, *found, *statement, *given, people, office, *decided)


def _voucher_and_gift(app: Flask, corner: Corner, by_user_id: int) -> tuple[int, int]:
    scope = Scope(villages=frozenset({corner.village}))
    with app.app_context(), transaction():
        today = clock.today()
        bearer = queries.list_bearers(scope)[0][0]
        terms = VoucherTerms(bearer, 1_000, None, None, today, today, uses=1)
        made = make_voucher(terms=terms, code=None, reason="sample", by_user_id=by_user_id, scope=scope)
        gift = sell_gift(
            amount=1_000,
            keeper=f"cash:{corner.slug}",
            holder="Sample",
            valid_until=None,
            village_id=corner.village,
            reason="sample",
            by_user_id=by_user_id,
        )
        return made.id, gift.id


def _decisions(app: Flask, village_id: int, code: str, people: dict[Role, int]) -> tuple[int, int, int]:
    """A period that is looked at, money of a stay that somebody wants to give back, and cash on its way to the bank."""
    with app.app_context(), transaction():
        who, now = people[Role.BUMDES_MANAGER], clock.now()
        closure = Closure(
            state=ClosureState.DRAFTED,
            starts_on=ARRIVAL,
            ends_on=ARRIVAL + timedelta(days=1),
            stays=True,
            packages=True,
            reason=HouseReason.ASH,
            words="sample",
            drafted_by_id=who,
            drafted_at=now,
            places=[ClosurePlace(village_id=village_id)],
        )
        line = db.session.scalars(select(BookingLine).join(Booking).where(Booking.code == code)).first()
        assert line is not None
        asked = Concession(line_id=line.id, amount=1, reason="sample", asked_by_id=who, asked_at=now)
        slug = db.session.get_one(Village, village_id).slug
        handed = CashHandover(
            giver=f"cash:{slug}",
            receiver=f"bank:{slug}",
            amount=1,
            handed_on=now.date(),
            reference="sample",
            given_by_id=who,
            given_at=now,
        )
        db.session.add_all([closure, asked, handed])
        db.session.flush()
        return closure.id, asked.id, handed.id


def _payees(village: Village) -> dict[Role, int]:
    return {role: make_payee(PayeeKind(role.value), village_id=village.id).id for role in sorted(PAYEE_ROLES)}


def _message(village: Village, code: str) -> int:
    message = Message(
        event_key=f"access:{village.slug}",
        template="booking_held",
        channel=Channel.WHATSAPP,
        recipient="+6281200000009",
        recipient_name="Sample",
        language="id",
        subject="Sample",
        text="Sample",
        reference=f"booking:{code}",
        village_id=village.id,
        next_attempt_at=clock.now(),
        created_at=clock.now(),
    )
    db.session.add(message)
    db.session.flush()
    return message.id


def _refund(house: House) -> int:
    """Money on its way back for a paid stay of the house, a week after the booking."""
    paid = make_paid(house, arrival=ARRIVAL + timedelta(days=7))
    reference = f"booking:{paid.code}"
    receipt = db.session.scalars(select(Receipt).where(Receipt.reference == reference)).one()
    refund = Refund(
        reference=reference,
        receipt_id=receipt.id,
        amount=1000,
        state=RefundState.CREATED,
        keeper=receipt.keeper,
        reason="sample",
        created_at=clock.now(),
    )
    db.session.add(refund)
    db.session.flush()
    return refund.id


THINGS: dict[str, Callable[[Side], str | int]] = {
    "slug": lambda side: side.homestay,
    "public_id": lambda side: side.room_type,
    "code": lambda side: side.booking,
    "message_id": lambda side: side.message,
    "number": lambda side: side.paper,
    "refund_id": lambda side: side.refund,
    "file_id": lambda side: side.file,
    "receipt_id": lambda side: side.review,
    "closure_id": lambda side: side.closure,
    "concession_id": lambda side: side.concession,
    "handover_id": lambda side: side.handover,
    "departure": lambda side: side.tour.departure or "",
    "position": lambda _side: 0,
    "row": lambda _side: 4,
    "stock_id": lambda side: side.goods.stock_id,
    "user_id": lambda side: side.people[Role.DESK],
    "office_id": lambda side: side.office,
    "voucher_id": lambda side: side.voucher,
    "credit_id": lambda side: side.credit,
    "village": lambda side: side.corner.slug,
    "account": lambda side: side.corner.slug,
    "village_slug": lambda side: side.corner.slug,
}
"""What the argument of an address is about. Whoever adds an address with a new one adds a line here."""

OTHERWISE: dict[tuple[str, str], Callable[[Side], str | int]] = {
    ("bookings_manage.manifest", "public_id"): lambda side: side.tour.departure or "",
    ("bookings_manage.receipt", "code"): lambda side: side.bought,
    ("bookings_manage.receipt_file", "code"): lambda side: side.bought,
    ("bookings_manage.correct", "code"): lambda side: side.bought,
    ("bookings_manage.sent_back", "refund_id"): lambda side: side.line_refund,
    ("bookings_manage.put_aside", "code"): lambda side: side.bought,
    ("bookings_manage.enter", "code"): lambda side: side.joined,
    ("bookings_manage.handed_over", "code"): lambda side: side.bought,
    ("bookings_manage.village_revenue", "slug"): lambda side: side.corner.slug,
    ("showcase_manage.move", "slug"): lambda side: side.goods.slug,
    ("packages_manage.add", "slug"): lambda side: side.tour.slug,
    ("packages_manage.move", "slug"): lambda side: side.tour.slug,
    ("packages_manage.package", "slug"): lambda side: side.tour.slug,
    ("showcase_manage.product", "slug"): lambda side: side.goods.slug,
    ("villages_manage.roads", "slug"): lambda side: side.corner.slug,
    ("villages_manage.set_road", "slug"): lambda side: side.corner.slug,
}
"""(endpoint, argument): where an argument means something else than usual."""

ASKED: dict[str, dict[str, Callable[[Side], str | int]]] = {
    "users_manage.invite": {"village": lambda side: side.corner.slug},
}
"""Endpoints that are about something named after the question mark, and must not say anything about another's."""


def about(endpoint: str, arguments: set[str], side: Side) -> dict[str, str | int]:
    """What an address needs to be about a thing of this village. KeyError for an argument that `THINGS` lacks."""
    own = {name: OTHERWISE.get((endpoint, name)) or THINGS[name] for name in arguments} | ASKED.get(
        endpoint, {}
    )
    return {name: thing(side) for name, thing in own.items()}
