"""What the season reads: the houses that can be booked, the bookings it made before, and their messages."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from random import Random

from sqlalchemy import literal, select

from app.bookings.models import Booking
from app.bookings.rules import BookingState, Plan
from app.core.db import db
from app.homestays.models import Homestay
from app.homestays.queries import list_published
from app.notifications.models import Channel, Message, MessageState
from app.payments.rules import PaymentMethod
from app.seed.season_plans import GuestPlan

SOURCE = "seed"
"""How bookings of the demo season are told from others."""

POPULAR = {
    "balkondes-tegalarum": 7.0,
    "balkondes-ngadiharjo": 3.0,
    "balkondes-karangrejo": 2.5,
    "omah-lor-karangrejo": 4.0,
}
"""Houses that fill up: everybody has seen their pictures."""


@dataclass(frozen=True)
class Known:
    """A booking of the season, as far as it decides what happens next."""

    code: str
    state: BookingState
    method: PaymentMethod
    plan: Plan
    created_at: datetime
    hold_expires_at: datetime | None
    balance_on: date | None


def known_of(booking: Booking) -> Known:
    """What decides about the course of a booking."""
    return Known(
        booking.code,
        booking.state,
        booking.method,
        booking.plan,
        booking.created_at,
        booking.hold_expires_at,
        booking.balance_on,
    )


def known_bookings() -> dict[str, Known]:
    """The bookings that the season has made so far, by the guest's contact."""
    rows = db.session.execute(
        select(
            Booking.guest_email,
            Booking.guest_phone,
            Booking.code,
            Booking.state,
            Booking.method,
            Booking.plan,
            Booking.created_at,
            Booking.hold_expires_at,
            Booking.balance_on,
        ).where(Booking.source == SOURCE)
    )
    return {
        row.guest_email or row.guest_phone: Known(
            row.code, row.state, row.method, row.plan, row.created_at, row.hold_expires_at, row.balance_on
        )
        for row in rows
    }


def list_waiting_messages(before: datetime) -> list[tuple[int, Channel, datetime]]:
    """Messages about the season's bookings, written before an instant, that nobody has sent yet."""
    ours = select(literal("booking:") + Booking.code).where(Booking.source == SOURCE)
    query = (
        select(Message.id, Message.channel, Message.created_at)
        .where(Message.state == MessageState.QUEUED, Message.created_at < before, Message.reference.in_(ours))
        .order_by(Message.id)
    )
    return [(row.id, row.channel, row.created_at) for row in db.session.execute(query)]


@dataclass(frozen=True)
class RoomsForSale:
    """A kind of room that the season may book, and how many people would like it."""

    room_type: str
    village_id: int
    sleeps: int
    units: int
    pay_on_arrival: bool
    weight: float

    def fits(self, plan: GuestPlan) -> bool:
        """Whether the party would take it: enough beds, not many empty, at most four rooms."""
        rooms = self.rooms_for(plan.party)
        return rooms <= min(self.units, plan.party, 4) and rooms * self.sleeps - plan.party <= 2

    def rooms_for(self, party: int) -> int:
        """The fewest of these rooms that sleep the party."""
        return -(-party // self.sleeps)


def list_rooms_for_sale(homestays: Collection[Homestay]) -> list[RoomsForSale]:
    """All kinds of rooms on sale with their popularity, in a fixed order."""
    return [
        RoomsForSale(
            room_type=room_type.public_id,
            village_id=homestay.village_id,
            sleeps=room_type.sleeps,
            units=len(room_type.units),
            pay_on_arrival=homestay.pay_on_arrival,
            weight=_popularity(homestay.slug) * len(room_type.units) ** 0.5,
        )
        for homestay in sorted(homestays, key=lambda homestay: homestay.slug)
        for room_type in homestay.room_types
        if room_type.is_open
    ]


def _popularity(slug: str) -> float:
    return POPULAR.get(slug) or Random(f"popular:{slug}").uniform(0.6, 1.8)


def list_houses() -> list[Homestay]:
    """The sample houses that are on sale; a real one is never booked by the season."""
    return [homestay for homestay in list_published() if homestay.is_sample]
