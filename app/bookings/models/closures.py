"""Periods that one decision closes, what became of each line in them, and money that is given back after a stay."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Boolean, CheckConstraint, ForeignKey, Index, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.bookings.rules import ClosureOutcome, ClosureState, HouseReason
from app.core.db import Base, EnumText, Instant, Key, Keyed
from app.homestays.models import Homestay
from app.tours.models import Departure
from app.villages.models import Village


class Closure(Keyed, Base):
    """One decision: these places take nobody on starts_on ≤ night < ends_on, and whoever has booked gets all back.

    Its number is named by every act that follows from it.
    """

    __tablename__ = "closures"
    __table_args__ = (
        CheckConstraint("ends_on > starts_on", name="dates"),
        CheckConstraint("stays OR packages", name="kinds"),
        CheckConstraint(
            "(state IN ('drafted', 'dropped')) = (decided_at IS NULL) "
            "AND (decided_at IS NULL) = (decided_by_id IS NULL)",
            name="decided",
        ),
        CheckConstraint("(state = 'done') = (done_at IS NOT NULL)", name="done"),
    )

    state: Mapped[ClosureState] = mapped_column(EnumText(ClosureState))
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    stays: Mapped[bool] = mapped_column(Boolean)
    packages: Mapped[bool] = mapped_column(Boolean)
    reason: Mapped[HouseReason] = mapped_column(EnumText(HouseReason))
    words: Mapped[str] = mapped_column(Text)
    drafted_by_id: Mapped[int] = mapped_column(Key, ForeignKey("users.id"))
    drafted_at: Mapped[datetime] = mapped_column(Instant)
    decided_by_id: Mapped[int | None] = mapped_column(Key, ForeignKey("users.id"))
    decided_at: Mapped[datetime | None] = mapped_column(Instant)
    done_at: Mapped[datetime | None] = mapped_column(Instant)
    reopened_at: Mapped[datetime | None] = mapped_column(Instant)

    places: Mapped[list[ClosurePlace]] = relationship(
        "ClosurePlace", lazy="selectin", order_by="ClosurePlace.id"
    )

    @property
    def reference(self) -> str:
        """How nights, audit rows and messages name this decision."""
        return f"closure:{self.id}"


class ClosurePlace(Keyed, Base):
    """Where a closure holds: a whole village, or one of its houses, or one departure."""

    __tablename__ = "closure_places"
    __table_args__ = (Index("ix_closure_places_closure_id", "closure_id"),)

    closure_id: Mapped[int] = mapped_column(Key, ForeignKey("closures.id"))
    village_id: Mapped[int] = mapped_column(Key, ForeignKey("villages.id"))
    homestay_id: Mapped[int | None] = mapped_column(Key, ForeignKey("homestays.id"))
    departure_id: Mapped[int | None] = mapped_column(Key, ForeignKey("departures.id"))

    village: Mapped[Village] = relationship(Village, lazy="joined", innerjoin=True)
    homestay: Mapped[Homestay | None] = relationship(Homestay, lazy="joined")
    departure: Mapped[Departure | None] = relationship(Departure, lazy="joined")


class ClosureLine(Base):
    """A line that a closure has dealt with: once, by its key, however often the closure runs. `refund` is in rupiah."""

    __tablename__ = "closure_lines"
    __table_args__ = (CheckConstraint("refund >= 0", name="refund"),)

    closure_id: Mapped[int] = mapped_column(Key, ForeignKey("closures.id"), primary_key=True)
    line_id: Mapped[int] = mapped_column(Key, ForeignKey("booking_lines.id"), primary_key=True)
    outcome: Mapped[ClosureOutcome] = mapped_column(EnumText(ClosureOutcome))
    refund: Mapped[int]
    at: Mapped[datetime] = mapped_column(Instant)


class Concession(Keyed, Base):
    """Money of a line that goes back after the stay, in rupiah: asked for by one, above a sum agreed by another."""

    __tablename__ = "concessions"
    __table_args__ = (
        CheckConstraint("amount > 0", name="amount"),
        CheckConstraint("agreed_by_id IS NULL OR agreed_by_id <> asked_by_id", name="two_persons"),
        CheckConstraint("done_at IS NULL OR dropped_at IS NULL", name="end"),
        Index("ix_concessions_line_id", "line_id"),
    )

    line_id: Mapped[int] = mapped_column(Key, ForeignKey("booking_lines.id"))
    amount: Mapped[int]
    reason: Mapped[str] = mapped_column(Text)
    asked_by_id: Mapped[int] = mapped_column(Key, ForeignKey("users.id"))
    asked_at: Mapped[datetime] = mapped_column(Instant)
    agreed_by_id: Mapped[int | None] = mapped_column(Key, ForeignKey("users.id"))
    done_at: Mapped[datetime | None] = mapped_column(Instant)
    dropped_at: Mapped[datetime | None] = mapped_column(Instant)
