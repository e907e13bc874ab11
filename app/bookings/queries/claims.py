"""What guests said of their transfers, and transfers that the desk accepted although it was late for them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Select, exists, func, select

from app.bookings.models import AcceptedTransfer, Booking, ClaimPhoto, TransferClaim
from app.bookings.queries.bookings import reached_by, whole_bookings
from app.core import codes
from app.core.db import db
from app.core.errors import NotFound
from app.core.words import gettext as _
from app.payments.models import Payment
from app.users.rules import Scope


def find_open_claim(booking_id: int) -> TransferClaim | None:
    """What a guest said of a transfer and nobody has looked at yet."""
    query = select(TransferClaim).where(
        TransferClaim.booking_id == booking_id, TransferClaim.outcome.is_(None)
    )
    return db.session.scalars(query.order_by(TransferClaim.id.desc()).limit(1)).one_or_none()


def find_last_claim(booking_id: int) -> TransferClaim | None:
    """The newest one, looked at or not."""
    query = select(TransferClaim).where(TransferClaim.booking_id == booking_id)
    return db.session.scalars(query.order_by(TransferClaim.id.desc()).limit(1)).one_or_none()


def list_claims_of(booking_id: int) -> list[TransferClaim]:
    """All of a booking, oldest first."""
    query = select(TransferClaim).where(TransferClaim.booking_id == booking_id)
    return list(db.session.scalars(query.order_by(TransferClaim.id)))


def list_open_claims(scope: Scope, *, limit: int = 100) -> list[tuple[TransferClaim, Booking, Payment]]:
    """What nobody has looked at yet, with booking and attempt, oldest first; also of holds that ran out meanwhile: the
    money may have come all the same.
    """
    query = _open(scope).order_by(TransferClaim.id).limit(limit)
    return [(claim, booking, payment) for booking, claim, payment in db.session.execute(query)]


def count_open_claims(scope: Scope) -> int:
    """How many wait for somebody who looks."""
    query = select(func.count(TransferClaim.id)).join(Booking, Booking.id == TransferClaim.booking_id)
    return db.session.scalar(query.where(reached_by(scope), TransferClaim.outcome.is_(None))) or 0


def get_open_claim(code: str, scope: Scope) -> tuple[TransferClaim, Booking, Payment]:
    """What nobody has looked at yet of a booking in the scope. Raises NotFound."""
    row = db.session.execute(
        _open(scope).where(Booking.code == codes.normalise_code(code)).order_by(TransferClaim.id).limit(1)
    ).one_or_none()
    if row is None:
        raise NotFound(_("Somebody has looked at this already."))
    booking, claim, payment = row
    return claim, booking, payment


def list_claims_to_alarm(
    *, claimed_before: datetime, limit: int
) -> list[tuple[TransferClaim, Booking, Payment]]:
    """Open ones that have waited too long and of which nobody was told yet, locked; those that another run has in hand
    are left to it.
    """
    late = TransferClaim.outcome.is_(None), TransferClaim.alarmed_at.is_(None)
    query = select(TransferClaim.id).where(*late, TransferClaim.claimed_at <= claimed_before)
    ids = db.session.scalars(
        query.order_by(TransferClaim.id).limit(limit).with_for_update(skip_locked=True)
    ).all()
    rows = _open(Scope(everything=True)).where(TransferClaim.id.in_(ids)).order_by(TransferClaim.id)
    found = db.session.execute(rows.execution_options(populate_existing=True))
    return [(claim, booking, payment) for booking, claim, payment in found]


def find_photo(claim_id: int) -> ClaimPhoto | None:
    """What the guest photographed."""
    return db.session.scalars(select(ClaimPhoto).where(ClaimPhoto.claim_id == claim_id)).one_or_none()


def has_photo(claim_id: int) -> bool:
    """Whether there is a photo, without fetching it."""
    return db.session.scalar(select(exists().where(ClaimPhoto.claim_id == claim_id))) or False


def claims_with_photos(claim_ids: list[int]) -> set[int]:
    """Which of these have one."""
    return set(db.session.scalars(select(ClaimPhoto.claim_id).where(ClaimPhoto.claim_id.in_(claim_ids))))


def list_old_photos(*, looked_before: datetime) -> list[ClaimPhoto]:
    """Photos of what somebody looked at long ago."""
    query = select(ClaimPhoto).join(TransferClaim, TransferClaim.id == ClaimPhoto.claim_id)
    return list(db.session.scalars(query.where(TransferClaim.looked_at < looked_before)))


def transfer_is_accepted(booking_id: int) -> bool:
    """Whether the desk takes a transfer for this booking although it is late for one."""
    return db.session.scalar(select(exists().where(AcceptedTransfer.booking_id == booking_id))) or False


def _open(scope: Scope) -> Select[Any]:
    return (
        whole_bookings()
        .add_columns(TransferClaim, Payment)
        .join(TransferClaim, TransferClaim.booking_id == Booking.id)
        .join(Payment, Payment.id == TransferClaim.payment_id)
        .where(reached_by(scope), TransferClaim.outcome.is_(None))
    )
