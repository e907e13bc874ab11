"""Who was let in."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Integer
from sqlalchemy.orm import Mapped, mapped_column

from app.bookings.rules import (
    CheckInWay,
)
from app.core.db import Base, EnumText, Instant, Key, Keyed


class CheckIn(Keyed, Base):
    """The guests of a line were let in: once, however often their ticket is shown."""

    __tablename__ = "check_ins"
    __table_args__ = (CheckConstraint("people > 0", name="people"),)

    line_id: Mapped[int] = mapped_column(Key, ForeignKey("booking_lines.id"), unique=True)
    at: Mapped[datetime] = mapped_column(Instant)
    by_user_id: Mapped[int] = mapped_column(Key, ForeignKey("users.id"))
    way: Mapped[CheckInWay] = mapped_column(EnumText(CheckInWay))
    people: Mapped[int] = mapped_column(Integer)
