"""Homestays, rooms, room types, units, seasons and the nights that are not free."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    Boolean,
    CheckConstraint,
    ForeignKey,
    Index,
    Integer,
    String,
    Text,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.db import Base, EnumText, Instant, Key, Keyed
from app.core.words import pick
from app.homestays.rules import HouseKind, NightState, Prices, RoomKind
from app.villages.models import Village
from app.villages.rules import PublicationState, Terms


class Homestay(Keyed, Base):
    """A household or Balkondes that lodges guests."""

    __tablename__ = "homestays"
    __table_args__ = (
        Index("ix_homestays_village_id_state", "village_id", "state"),
        CheckConstraint("deposit_basis_points BETWEEN 1 AND 10000", name="deposit"),
        CheckConstraint("min_nights >= 1", name="min_nights"),
    )

    slug: Mapped[str] = mapped_column(String(80), unique=True)
    village_id: Mapped[int] = mapped_column(Key, ForeignKey("villages.id"))
    host_payee_id: Mapped[int] = mapped_column(Key, ForeignKey("payees.id"))
    name: Mapped[str] = mapped_column(String(120))
    house_kind: Mapped[HouseKind] = mapped_column(EnumText(HouseKind))
    state: Mapped[PublicationState] = mapped_column(
        EnumText(PublicationState), default=PublicationState.DRAFTED
    )
    drawing: Mapped[str] = mapped_column(String(40))
    host_name: Mapped[str] = mapped_column(String(120))
    story_id: Mapped[str] = mapped_column(Text)
    story_en: Mapped[str] = mapped_column(Text)
    welcome_id: Mapped[str] = mapped_column(Text)
    welcome_en: Mapped[str] = mapped_column(Text)
    house_rules: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    amenities: Mapped[list[str]] = mapped_column(JSON, default=list)
    terms: Mapped[Terms] = mapped_column(EnumText(Terms), default=Terms.MODERATE)
    min_nights: Mapped[int] = mapped_column(Integer, default=1)
    deposit_basis_points: Mapped[int] = mapped_column(Integer, default=10_000)
    pay_on_arrival: Mapped[bool] = mapped_column(Boolean, default=False)
    breakfast: Mapped[bool] = mapped_column(Boolean, default=False)
    is_sample: Mapped[bool] = mapped_column(Boolean, default=False)

    village: Mapped[Village] = relationship(Village, lazy="joined", innerjoin=True)
    room_types: Mapped[list[RoomType]] = relationship(
        "RoomType", back_populates="homestay", lazy="raise", order_by="RoomType.position"
    )
    rooms: Mapped[list[Room]] = relationship("Room", lazy="raise", order_by="Room.position")

    @property
    def story(self) -> str:
        """What the house is, in the reader's language."""
        return pick(self.story_id, self.story_en)

    @property
    def welcome(self) -> str:
        """How the host receives guests, in the reader's language."""
        return pick(self.welcome_id, self.welcome_en)


class Room(Keyed, Base):
    """A room that is slept in; nights are held, sold and blocked by room."""

    __tablename__ = "rooms"
    __table_args__ = (UniqueConstraint("homestay_id", "name"), CheckConstraint("sleeps > 0", name="sleeps"))

    homestay_id: Mapped[int] = mapped_column(Key, ForeignKey("homestays.id"))
    name: Mapped[str] = mapped_column(String(60))
    position: Mapped[int] = mapped_column(Integer)
    beds: Mapped[str] = mapped_column(String(80))
    sleeps: Mapped[int] = mapped_column(Integer)


class RoomType(Keyed, Base):
    """Units sold under one name and rate."""

    __tablename__ = "room_types"
    __table_args__ = (
        UniqueConstraint("homestay_id", "name"),
        CheckConstraint("weekday_price > 0 AND saturday_price > 0 AND holiday_price > 0", name="prices"),
        CheckConstraint(
            "lowest_price <= weekday_price AND lowest_price <= saturday_price AND lowest_price <= holiday_price",
            name="lowest_price",
        ),
        CheckConstraint("sleeps > 0", name="sleeps"),
        # A search by price walks one of these, the cheapest first, and stops where its page is full.
        Index("ix_room_types_village_id_lowest_price", "village_id", "lowest_price"),
        Index("ix_room_types_lowest_price", "lowest_price"),
    )

    public_id: Mapped[str] = mapped_column(String(24), unique=True)
    homestay_id: Mapped[int] = mapped_column(Key, ForeignKey("homestays.id"))
    village_id: Mapped[int] = mapped_column(Key, ForeignKey("villages.id"))
    name: Mapped[str] = mapped_column(String(80))
    kind: Mapped[RoomKind] = mapped_column(EnumText(RoomKind))
    position: Mapped[int] = mapped_column(Integer)
    beds: Mapped[str] = mapped_column(String(80))
    sleeps: Mapped[int] = mapped_column(Integer)
    weekday_price: Mapped[int]
    saturday_price: Mapped[int]
    holiday_price: Mapped[int]
    lowest_price: Mapped[int]
    is_open: Mapped[bool] = mapped_column(Boolean, default=True)

    homestay: Mapped[Homestay] = relationship(Homestay, back_populates="room_types", lazy="raise")
    units: Mapped[list[Unit]] = relationship("Unit", lazy="raise", order_by="Unit.position")

    @property
    def prices(self) -> Prices:
        """The three prices as one value."""
        return Prices(self.weekday_price, self.saturday_price, self.holiday_price)

    def ask(self, prices: Prices) -> None:
        """Ask these prices from now on, in rupiah per night."""
        self.weekday_price, self.saturday_price = prices.weekday, prices.saturday
        self.holiday_price, self.lowest_price = prices.holiday, prices.lowest


class Unit(Keyed, Base):
    """What is sold as one: a set of rooms. A single room is a unit of one, a whole house a unit of all its rooms."""

    __tablename__ = "units"
    __table_args__ = (UniqueConstraint("room_type_id", "name"),)

    room_type_id: Mapped[int] = mapped_column(Key, ForeignKey("room_types.id"))
    name: Mapped[str] = mapped_column(String(60))
    position: Mapped[int] = mapped_column(Integer)

    rooms: Mapped[list[Room]] = relationship(
        Room, secondary="unit_rooms", lazy="raise", order_by=Room.position
    )


class UnitRoom(Base):
    """A room that belongs to a unit; it may belong to several (by the room, and in the whole house)."""

    __tablename__ = "unit_rooms"

    unit_id: Mapped[int] = mapped_column(Key, ForeignKey("units.id"), primary_key=True)
    room_id: Mapped[int] = mapped_column(Key, ForeignKey("rooms.id"), primary_key=True, index=True)


class Season(Keyed, Base):
    """Dates on which the holiday price holds: for all villages, or for one."""

    __tablename__ = "seasons"
    __table_args__ = (
        CheckConstraint("ends_on > starts_on", name="dates"),
        UniqueConstraint("village_id", "starts_on", "name_en"),
    )

    village_id: Mapped[int | None] = mapped_column(Key, ForeignKey("villages.id"))
    name_id: Mapped[str] = mapped_column(String(80))
    name_en: Mapped[str] = mapped_column(String(80))
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    is_estimate: Mapped[bool] = mapped_column(Boolean, default=False)


class RoomNight(Base):
    """A row exists exactly while the night is held, sold or blocked. Only statements that name the holder change it."""

    __tablename__ = "room_nights"
    __table_args__ = (
        CheckConstraint("state IN ('held', 'sold', 'blocked')", name="state"),
        CheckConstraint("(state = 'blocked') = (booking_line_id IS NULL)", name="holder"),
        CheckConstraint("(state = 'held') = (expires_at IS NOT NULL)", name="expiry"),
        CheckConstraint("closed_for IS NULL OR state = 'blocked'", name="closed_for"),
        Index("ix_room_nights_booking_line_id", "booking_line_id"),
        Index("ix_room_nights_night_room_id", "night", "room_id"),
    )

    room_id: Mapped[int] = mapped_column(Key, ForeignKey("rooms.id"), primary_key=True)
    night: Mapped[date] = mapped_column(primary_key=True)
    state: Mapped[NightState] = mapped_column(EnumText(NightState))
    expires_at: Mapped[datetime | None] = mapped_column(Instant)
    booking_line_id: Mapped[int | None] = mapped_column(Key, ForeignKey("booking_lines.id"))
    note: Mapped[str | None] = mapped_column(String(120))
    # Of a night that was closed by cancelling guests: by which act. The host alone does not open it again.
    closed_for: Mapped[str | None] = mapped_column(String(40))


class ClosedPeriod(Keyed, Base):
    """Nights of a house that the gate gives to nobody, whatever stands or does not stand in the calendar."""

    __tablename__ = "closed_periods"
    __table_args__ = (
        CheckConstraint("ends_on > starts_on", name="dates"),
        Index("ix_closed_periods_homestay_id", "homestay_id"),
    )

    homestay_id: Mapped[int] = mapped_column(Key, ForeignKey("homestays.id"))
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    closed_for: Mapped[str] = mapped_column(String(40))
