"""Refunds that people send, with how far each is; who may agree to one; what is to be asked and forgotten."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Select, and_, func, not_, or_, select

from app.bookings.models import Booking, HandRefund
from app.bookings.queries.bookings import reached_by, whole_bookings
from app.bookings.queries.refunds import is_for_a_person, is_its_booking
from app.bookings.rules import MOST_REMINDERS, AgeBand, HandRoute, HandState, age_band
from app.core.db import db
from app.payments.models import Refund
from app.payments.rules import CARD_KEEPER, MOVED_ON, RefundState
from app.users.models import Office, User
from app.users.rules import Role, Scope

ORDINARY = frozenset({Role.BUMDES_TREASURER, Role.BUMDES_MANAGER, Role.MANAGER})
"""Whose work it is to agree to a refund. The supervisor is the second where only one of them is there."""


@dataclass(frozen=True)
class HandItem:
    """A refund for a person, its booking, and how far it is: nobody was asked yet where there is no `hand`."""

    refund: Refund
    booking: Booking
    hand: HandRefund | None

    @property
    def state(self) -> HandState:
        """How far it is."""
        return self.hand.state if self.hand else HandState.ASKED

    def band(self, now: datetime) -> AgeBand:
        """Into which column of the ageing list it belongs."""
        return age_band(self.refund.created_at, now)


def list_by_hand(scope: Scope, *, limit: int = 200) -> list[HandItem]:
    """Refunds within the scope that people send and whose proof has not come, the oldest first."""
    query = _items(scope).where(is_for_a_person).order_by(Refund.id).limit(limit)
    return [_item(row) for row in db.session.execute(query)]


def count_to_approve(scope: Scope) -> int:
    """How many refunds within the scope wait for a second person."""
    query = (
        select(func.count(Refund.id))
        .join(Booking, is_its_booking)
        .join(HandRefund, HandRefund.refund_id == Refund.id)
        .where(reached_by(scope), is_for_a_person, HandRefund.state == HandState.GIVEN)
    )
    return int(db.session.scalar(query) or 0)


def list_cash_to_hand_back(scope: Scope, *, limit: int = 100) -> list[HandItem]:
    """Refunds that guests fetch at a desk and that were approved, the oldest first."""
    query = _items(scope).where(
        is_for_a_person, HandRefund.state == HandState.APPROVED, HandRefund.route == HandRoute.CASH
    )
    return [_item(row) for row in db.session.execute(query.order_by(Refund.id).limit(limit))]


def find_hand(refund_id: int) -> HandRefund | None:
    """How far a refund by hand is; None where nobody was asked yet."""
    return db.session.get(HandRefund, refund_id, populate_existing=True)


def is_by_hand(refund: Refund) -> bool:
    """Whether a person has to send it: the card service does not, or could not."""
    by_itself = refund.keeper == CARD_KEEPER and refund.state in {RefundState.CREATED, RefundState.PENDING}
    return refund.state not in {RefundState.SENT, *MOVED_ON} and not by_itself


def hands_of(refunds: Iterable[Refund]) -> dict[int, HandRefund]:
    """How far refunds by hand are, by the refund's number."""
    query = select(HandRefund).where(HandRefund.refund_id.in_([refund.id for refund in refunds]))
    return {hand.refund_id: hand for hand in db.session.scalars(query)}


def ordinary_approvers(booking: Booking, day: date) -> frozenset[int]:
    """Numbers of the people in office on a day whose work it is to agree to this booking's refunds."""
    villages = {line.village_id for line in booking.lines}
    query = (
        select(User.id)
        .join(Office, Office.user_id == User.id)
        .where(User.active.is_(True), Office.role.in_(ORDINARY), Office.starts_on <= day)
        .where(or_(Office.ends_on.is_(None), Office.ends_on > day))
        .where(or_(Office.role == Role.MANAGER, Office.village_id.in_(villages)))
    )
    return frozenset(db.session.scalars(query))


def list_to_ask(*, asked_before: datetime, limit: int) -> list[tuple[Refund, Booking]]:
    """Refunds whose guests have not said where they go, and were not asked lately nor often enough; oldest first."""
    again = and_(
        HandRefund.state == HandState.ASKED,
        HandRefund.asked_count <= MOST_REMINDERS,
        or_(HandRefund.asked_at.is_(None), HandRefund.asked_at <= asked_before),
    )
    query = _items(Scope(everything=True)).where(is_for_a_person, or_(HandRefund.refund_id.is_(None), again))
    rows = db.session.execute(query.order_by(Refund.id).limit(limit))
    return [(refund, booking) for booking, refund, _hand in rows]


def lock_accounts_to_forget(*, confirmed_before: datetime, limit: int) -> list[HandRefund]:
    """Ways whose account has been kept long enough, locked."""
    query = select(HandRefund).where(
        HandRefund.confirmed_at <= confirmed_before, HandRefund.number_locked.is_not(None)
    )
    return list(db.session.scalars(query.order_by(HandRefund.refund_id).limit(limit).with_for_update()))


def lock_accounts_to_relock(*, newest: str, limit: int) -> list[HandRefund]:
    """Ways whose account is locked under a key of earlier, locked themselves."""
    old = not_(HandRefund.number_locked.startswith(newest + ".", autoescape=True))
    query = select(HandRefund).where(HandRefund.number_locked.is_not(None), old)
    return list(db.session.scalars(query.order_by(HandRefund.refund_id).limit(limit).with_for_update()))


def _items(scope: Scope) -> Select[Any]:
    return (
        whole_bookings()
        .add_columns(Refund, HandRefund)
        .join(Refund, is_its_booking)
        .outerjoin(HandRefund, HandRefund.refund_id == Refund.id)
        .where(reached_by(scope))
    )


def _item(row: Any) -> HandItem:
    booking, refund, hand = row
    return HandItem(refund, booking, hand)
