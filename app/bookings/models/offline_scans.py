"""What was scanned without network, as it reached the server."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.bookings.rules import CLOCK_MAY_DIFFER, CheckInWay, Obstacle, ScanOutcome
from app.core.db import Base, EnumText, Instant, Key, Keyed


class OfflineScan(Keyed, Base):
    """Guests let in, or goods handed out, by a list without network: a fact when it is told, whatever ought to be.

    `key` is the phone's own number for it. `obstacle` is why it ought to have opened nothing; None where all was well.
    `at` is when it was by our clock, `device_at` by the phone's, which was `skew_seconds` behind ours.
    """

    __tablename__ = "offline_scans"
    __table_args__ = (
        UniqueConstraint("by_user_id", "key"),
        CheckConstraint("(outcome = 'refused') = (line_id IS NULL)", name="line"),
        CheckConstraint("outcome <> 'refused' OR obstacle IS NOT NULL", name="refused"),
        CheckConstraint("(outcome = 'double') = (first_at IS NOT NULL)", name="double"),
        Index("ix_offline_scans_line_id", "line_id"),
        Index("ix_offline_scans_received_at", "received_at"),
    )

    by_user_id: Mapped[int] = mapped_column(Key, ForeignKey("users.id"))
    key: Mapped[str] = mapped_column(String(64))
    outcome: Mapped[ScanOutcome] = mapped_column(EnumText(ScanOutcome))
    obstacle: Mapped[Obstacle | None] = mapped_column(EnumText(Obstacle))
    line_id: Mapped[int | None] = mapped_column(Key, ForeignKey("booking_lines.id"))
    way: Mapped[CheckInWay] = mapped_column(EnumText(CheckInWay))
    # The ticket or code, which opens a booking's door: dropped after a while.
    shown: Mapped[str | None] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(Instant)
    first_at: Mapped[datetime | None] = mapped_column(Instant)
    device_at: Mapped[datetime] = mapped_column(Instant)
    received_at: Mapped[datetime] = mapped_column(Instant)
    skew_seconds: Mapped[int] = mapped_column(Integer)

    @property
    def is_clock_off(self) -> bool:
        """Whether the phone's clock was so wrong that its times are to be read with care."""
        return abs(timedelta(seconds=self.skew_seconds)) > CLOCK_MAY_DIFFER
