"""Bookings, their lines, the units (nights, seats, pieces) of the lines, and who comes along."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.bookings.rules import (
    REVIVABLE,
    BookingState,
    LineKind,
    Plan,
    UnitState,
    may_become,
    state_at,
)
from app.core import clock
from app.core.dates import CHECK_IN, village_instant
from app.core.db import Base, EnumText, Instant, Key, Keyed
from app.payments.rules import PaymentMethod
from app.villages.models import Village


class Booking(Keyed, Base):
    """The contract with the guest. Its price is fixed at the hold; its state says nothing about its claims.

    `total` is what the trip costs: the price of each line, of one that was cancelled out of it what the village keeps.
    """

    __tablename__ = "bookings"
    __table_args__ = (
        CheckConstraint("total >= 0 AND due_now >= 0 AND due_now <= total", name="amounts"),
        CheckConstraint("paid >= 0 AND refunded >= 0 AND refunded <= paid", name="paid"),
        CheckConstraint("guest_email IS NOT NULL OR guest_phone IS NOT NULL", name="reachable"),
        CheckConstraint("state <> 'held' OR hold_expires_at IS NOT NULL", name="hold"),
        CheckConstraint("credit_amount >= 0 AND (credit_amount = 0 OR credit_id IS NOT NULL)", name="credit"),
        Index("ix_bookings_state_hold_expires_at", "state", "hold_expires_at"),
        Index("ix_bookings_guest_key_state", "guest_key", "state"),
        Index("ix_bookings_address_key_state", "address_key", "state"),
        Index("ix_bookings_arrival", "arrival"),
    )

    code: Mapped[str] = mapped_column(String(12), unique=True)
    token_version: Mapped[int] = mapped_column(Integer, default=1)
    token_hash: Mapped[str] = mapped_column(String(64))
    state: Mapped[BookingState] = mapped_column(EnumText(BookingState))
    guest_name: Mapped[str] = mapped_column(String(120))
    guest_email: Mapped[str | None] = mapped_column(String(254))
    guest_phone: Mapped[str | None] = mapped_column(String(20))
    guest_country: Mapped[str] = mapped_column(String(2))
    language: Mapped[str] = mapped_column(String(2))
    guest_key: Mapped[str] = mapped_column(String(64))
    address_key: Mapped[str | None] = mapped_column(String(64))
    source: Mapped[str] = mapped_column(String(20))
    arrival: Mapped[date]
    departure: Mapped[date]
    method: Mapped[PaymentMethod] = mapped_column(EnumText(PaymentMethod))
    plan: Mapped[Plan] = mapped_column(EnumText(Plan))
    total: Mapped[int]
    due_now: Mapped[int]
    balance_on: Mapped[date | None]
    deposit_basis_points: Mapped[int] = mapped_column(Integer)
    pay_on_arrival: Mapped[bool]
    paid: Mapped[int] = mapped_column(default=0)
    refunded: Mapped[int] = mapped_column(default=0)
    hold_expires_at: Mapped[datetime | None] = mapped_column(Instant)
    created_at: Mapped[datetime] = mapped_column(Instant)
    confirmed_at: Mapped[datetime | None] = mapped_column(Instant)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)
    vouched_reason: Mapped[str | None] = mapped_column(Text)
    cancel_reason: Mapped[str | None] = mapped_column(Text)
    voucher_id: Mapped[int | None] = mapped_column(Key, ForeignKey("vouchers.id"))
    # What of a credit is promised for this booking while it is held; spent when it becomes certain.
    credit_id: Mapped[int | None] = mapped_column(Key, ForeignKey("credits.id"))
    credit_amount: Mapped[int] = mapped_column(default=0)

    lines: Mapped[list[BookingLine]] = relationship(
        "BookingLine", back_populates="booking", lazy="raise", order_by="BookingLine.position"
    )

    @property
    def reference(self) -> str:
        """How payments and the ledger name this booking."""
        return f"booking:{self.code}"

    @property
    def state_now(self) -> BookingState:
        """The state as it reads now: a hold past its time is expired."""
        return state_at(self.state, self.hold_expires_at, clock.now())

    def become(self, state: BookingState, *, ended_at: datetime | None = None) -> None:
        """Move to another state, as the table of states allows; `ended_at` is when it was over, None while it lives.

        Raises RuntimeError where the table does not lead there: whoever calls has looked first.
        """
        if not may_become(self.state, state):
            raise RuntimeError(f"a booking that is {self.state} does not become {state}")
        self.state, self.ended_at = state, ended_at

    @property
    def living_lines(self) -> list[BookingLine]:
        """What is left of the trip: every line but those that the guest cancelled out of it."""
        return [line for line in self.lines if line.cancelled_at is None]

    @property
    def replaced(self) -> set[int]:
        """The numbers of the lines in whose place another one came when the guest changed dates."""
        return {line.replaces_id for line in self.lines if line.replaces_id is not None}

    @property
    def arrival_passed(self) -> bool:
        """Whether the day of arrival is over in the village, or a departure of the trip has set out: money that comes
        now revives nothing. Within a hold a guest may pay past midnight: tonight's room is still tonight's.
        """
        is_over = self.state_now != BookingState.HELD and clock.today() > self.arrival
        packages = (line for line in self.living_lines if line.kind == LineKind.PACKAGE)
        set_out = (line.starts_at <= clock.now() for line in packages)
        return is_over or any(set_out)

    @property
    def received(self) -> int:
        """What was paid and has not gone back, in rupiah."""
        return self.paid - self.refunded

    @property
    def promised(self) -> int:
        """What of a guest's credit lies ready for this booking and is not spent yet, in rupiah."""
        if self.state not in REVIVABLE:
            return 0
        return max(0, min(self.credit_amount, self.total - self.received))

    @property
    def covered(self) -> int:
        """What nobody has to pay any more, in rupiah: received, or promised of a credit."""
        return self.received + self.promised

    @property
    def discount(self) -> int:
        """What a voucher took off what is left of the trip, in rupiah."""
        return sum(unit.discount for line in self.living_lines for unit in line.units if not unit.is_given_up)

    @property
    def kept(self) -> int:
        """What stays with the villages for what was cancelled, in rupiah."""
        return sum(unit.kept or 0 for line in self.lines for unit in line.units)

    @property
    def amount_due(self) -> int:
        """What is missing to the total, in rupiah; nothing once the booking has ended without a stay."""
        if self.state_now in {BookingState.CANCELLED, BookingState.DECLINED, BookingState.EXPIRED}:
            return 0
        return self.total - self.covered


class BookingLine(Keyed, Base):
    """One thing in a booking, with price, terms, agreement and tax copied in at the hold."""

    __tablename__ = "booking_lines"
    __table_args__ = (
        UniqueConstraint("booking_id", "position"),
        CheckConstraint("price >= 0 AND tax >= 0 AND tax <= price", name="price"),
        Index("ix_booking_lines_village_id", "village_id"),
        CheckConstraint(
            "(kind = 'stay') = (room_type_id IS NOT NULL) AND (kind = 'stay') = (homestay_id IS NOT NULL) "
            "AND (kind = 'package') = (departure_id IS NOT NULL) AND (kind = 'product') = (stock_id IS NOT NULL)",
            name="item",
        ),
        CheckConstraint("quantity > 0 AND adults >= 0 AND children >= 0", name="quantity"),
        CheckConstraint("kind = 'product' OR (ready_at IS NULL AND handed_over_at IS NULL)", name="pickup"),
        Index("ix_booking_lines_homestay_id_arrival", "homestay_id", "arrival"),
        Index("ix_booking_lines_departure_id", "departure_id"),
        Index("ix_booking_lines_stock_id", "stock_id"),
    )

    booking_id: Mapped[int] = mapped_column(Key, ForeignKey("bookings.id"))
    position: Mapped[int] = mapped_column(Integer)
    kind: Mapped[LineKind] = mapped_column(EnumText(LineKind))
    village_id: Mapped[int] = mapped_column(Key, ForeignKey("villages.id"))
    payee_id: Mapped[int] = mapped_column(Key, ForeignKey("payees.id"))
    title: Mapped[str] = mapped_column(String(160))
    detail: Mapped[str] = mapped_column(String(160))
    homestay_id: Mapped[int | None] = mapped_column(Key, ForeignKey("homestays.id"))
    room_type_id: Mapped[int | None] = mapped_column(Key, ForeignKey("room_types.id"))
    departure_id: Mapped[int | None] = mapped_column(Key, ForeignKey("departures.id"))
    stock_id: Mapped[int | None] = mapped_column(Key, ForeignKey("product_stocks.id"))
    arrival: Mapped[date]
    departure: Mapped[date]
    quantity: Mapped[int] = mapped_column(Integer)
    adults: Mapped[int] = mapped_column(Integer)
    children: Mapped[int] = mapped_column(Integer, default=0)
    price: Mapped[int]
    tax: Mapped[int]
    starts_at: Mapped[datetime] = mapped_column(Instant)
    terms: Mapped[dict[str, Any]] = mapped_column(JSON)
    splits: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    ready_at: Mapped[datetime | None] = mapped_column(Instant)
    handed_over_at: Mapped[datetime | None] = mapped_column(Instant)
    # Only of a line that the guest cancelled out of a trip whose rest stayed; what ends with its booking has none.
    cancelled_at: Mapped[datetime | None] = mapped_column(Instant)
    # Only of a line that came when the guest changed dates: the one in whose place it is, which is cancelled.
    replaces_id: Mapped[int | None] = mapped_column(Key, ForeignKey("booking_lines.id"), unique=True)

    @property
    def price_now(self) -> int:
        """What the line counts in its trip's price, in rupiah: of what ended while the trip lives, what is kept."""
        return sum(
            (unit.kept or 0) if unit.ended_at or self.cancelled_at else unit.price for unit in self.units
        )

    def taken_back(self, first: date) -> list[LineUnit]:
        """The units from a day on of which the house speaks when it cancels: those that live, or ended last. What the
        guest had given up before is not among them.
        """
        units = [unit for unit in self.units if unit.on >= first]
        last = max((unit.ended_at for unit in units if unit.ended_at), default=None)
        return [unit for unit in units if unit.ended_at is None] or [
            unit for unit in units if unit.ended_at == last
        ]

    booking: Mapped[Booking] = relationship(Booking, back_populates="lines", lazy="raise")
    village: Mapped[Village] = relationship(Village, lazy="joined", innerjoin=True)
    units: Mapped[list[LineUnit]] = relationship("LineUnit", lazy="raise", order_by="LineUnit.position")
    participants: Mapped[list[Participant]] = relationship(
        "Participant", lazy="raise", order_by="Participant.position"
    )

    @property
    def terms_from(self) -> datetime:
        """The instant from which the deadlines of its terms count back: the start that was sold. A guest who gives up
        the first nights of a stay does not move its deadlines.
        """
        if self.kind != LineKind.STAY:
            return self.starts_at
        return village_instant(min(unit.on for unit in self.units), CHECK_IN)


class LineUnit(Keyed, Base):
    """A night in one unit, a seat, or a piece: with its own date, price and state. `discount` is what a voucher took
    off its price before.
    """

    __tablename__ = "line_units"
    __table_args__ = (
        UniqueConstraint("line_id", "position"),
        CheckConstraint("price >= 0 AND discount >= 0", name="price"),
        CheckConstraint("least >= 0 AND least <= price", name="least"),
        CheckConstraint("kept IS NULL OR (kept >= 0 AND kept <= price)", name="kept"),
        Index("ix_line_units_state_on", "state", "on"),
    )

    line_id: Mapped[int] = mapped_column(Key, ForeignKey("booking_lines.id"))
    position: Mapped[int] = mapped_column(Integer)
    on: Mapped[date]
    unit_id: Mapped[int | None] = mapped_column(Key, ForeignKey("units.id"))
    price: Mapped[int]
    discount: Mapped[int] = mapped_column(default=0)
    # What of the price does not come back any more, whatever the terms say: it was too late when dates were changed.
    least: Mapped[int] = mapped_column(default=0)
    split_index: Mapped[int] = mapped_column(Integer)
    kept: Mapped[int | None]
    state: Mapped[UnitState] = mapped_column(EnumText(UnitState), default=UnitState.BOOKED)
    earned_at: Mapped[datetime | None] = mapped_column(Instant)
    # Only of a unit that ended, or brings less, while its booking lives: then it counts with what is kept of it.
    ended_at: Mapped[datetime | None] = mapped_column(Instant)

    @property
    def is_given_up(self) -> bool:
        """Whether nobody comes for it any more although its booking lives: it ended before it could be earned."""
        return self.ended_at is not None and (self.earned_at is None or self.ended_at < self.earned_at)


class Participant(Keyed, Base):
    """Somebody who comes along on a departure, by name."""

    __tablename__ = "participants"
    __table_args__ = (UniqueConstraint("line_id", "position"),)

    line_id: Mapped[int] = mapped_column(Key, ForeignKey("booking_lines.id"))
    position: Mapped[int] = mapped_column(Integer)
    name: Mapped[str] = mapped_column(String(120))
