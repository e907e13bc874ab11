"""What guests say of their transfers, and transfers that the desk accepts although it is late for them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from app.bookings.rules import ClaimOutcome
from app.core.db import Base, EnumText, Instant, Key, Keyed

_OPEN = text("outcome IS NULL")


class TransferClaim(Keyed, Base):
    """The guest says that the money has been sent. Open until a person has looked; one open claim per payment.

    `keeps_until` is until when the place is kept for it; None of a balance, whose place is sure already.
    """

    __tablename__ = "transfer_claims"
    __table_args__ = (
        CheckConstraint("(outcome IS NULL) = (looked_at IS NULL)", name="looked"),
        CheckConstraint("outcome <> 'not_found' OR reason IS NOT NULL", name="reason"),
        Index(
            "uq_transfer_claims_open",
            "payment_id",
            unique=True,
            sqlite_where=_OPEN,
            postgresql_where=_OPEN,
        ),
        Index("ix_transfer_claims_booking_id", "booking_id"),
        Index("ix_transfer_claims_outcome_claimed_at", "outcome", "claimed_at"),
    )

    booking_id: Mapped[int] = mapped_column(Key, ForeignKey("bookings.id"))
    payment_id: Mapped[int] = mapped_column(Key, ForeignKey("payments.id"))
    claimed_at: Mapped[datetime] = mapped_column(Instant)
    keeps_until: Mapped[datetime | None] = mapped_column(Instant)
    alarmed_at: Mapped[datetime | None] = mapped_column(Instant)
    looked_at: Mapped[datetime | None] = mapped_column(Instant)
    looked_by_id: Mapped[int | None] = mapped_column(Key, ForeignKey("users.id"))
    outcome: Mapped[ClaimOutcome | None] = mapped_column(EnumText(ClaimOutcome))
    reason: Mapped[str | None] = mapped_column(Text)
    # The number that the guest's own app shows for a payment by QRIS.
    told_reference: Mapped[str | None] = mapped_column(String(40))


class ClaimPhoto(Keyed, Base):
    """What a guest photographed, without where and when it was taken. A photo is never proof: only the statement is."""

    __tablename__ = "claim_photos"

    claim_id: Mapped[int] = mapped_column(Key, ForeignKey("transfer_claims.id"), unique=True)
    kind: Mapped[str] = mapped_column(String(20))
    content: Mapped[bytes] = mapped_column(LargeBinary)
    added_at: Mapped[datetime] = mapped_column(Instant)


class AcceptedTransfer(Keyed, Base):
    """The desk takes a transfer for a trip that begins too soon for one: its guest may choose this way again."""

    __tablename__ = "accepted_transfers"

    booking_id: Mapped[int] = mapped_column(Key, ForeignKey("bookings.id"), unique=True)
    by_user_id: Mapped[int] = mapped_column(Key, ForeignKey("users.id"))
    reason: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(Instant)
