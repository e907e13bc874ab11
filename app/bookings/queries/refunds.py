"""Money that must go back, with the booking it belongs to, as far as a scope reaches."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Select, and_, func, literal, not_, select

from app.bookings.models import Booking
from app.bookings.queries.bookings import reached_by, whole_bookings
from app.core.db import db
from app.core.errors import NotFound
from app.core.money import Rupiah
from app.core.words import gettext as _
from app.ledger.queries import balances
from app.payments.models import Receipt, Refund
from app.payments.queries import is_under_dispute
from app.payments.rules import CARD_KEEPER, MOVED_ON, RefundState
from app.users.rules import Scope

is_its_booking = Refund.reference == literal("booking:") + Booking.code
_goes_by_itself = and_(
    Refund.keeper == CARD_KEEPER, Refund.state.in_([RefundState.CREATED, RefundState.PENDING])
)
"""The card service sends it. Only what it could not send is for a person."""
_is_over = Refund.state.in_([RefundState.SENT, *MOVED_ON])
is_for_a_person = and_(not_(_is_over), not_(_goes_by_itself), not_(is_under_dispute))


def list_refunds_to_send(scope: Scope, *, limit: int = 100) -> list[tuple[Refund, Booking]]:
    """Refunds that a person has to send, oldest first."""
    query = _refunds(scope).where(is_for_a_person).order_by(Refund.id).limit(limit)
    return [(refund, booking) for booking, refund in db.session.execute(query)]


def list_refunds_to_cards(scope: Scope, *, limit: int = 100) -> list[tuple[Refund, Booking]]:
    """Refunds on their way to a card, which the card service sends by itself; oldest first."""
    query = _refunds(scope).where(_goes_by_itself, not_(is_under_dispute)).order_by(Refund.id).limit(limit)
    return [(refund, booking) for booking, refund in db.session.execute(query)]


def list_refunds_sent(scope: Scope, *, limit: int = 20) -> list[tuple[Refund, Booking]]:
    """Refunds that have left, newest first."""
    query = (
        _refunds(scope).where(Refund.state == RefundState.SENT).order_by(Refund.sent_at.desc()).limit(limit)
    )
    return [(refund, booking) for booking, refund in db.session.execute(query)]


def count_refunds_to_send(scope: Scope) -> tuple[int, Rupiah]:
    """How many refunds wait for a person, and their sum in rupiah."""
    query = (
        select(func.count(Refund.id), func.coalesce(func.sum(Refund.amount), 0))
        .join(Booking, is_its_booking)
        .where(reached_by(scope), is_for_a_person)
    )
    count, amount = db.session.execute(query).one()
    return count, int(amount)


def list_under_review(scope: Scope, *, limit: int = 100) -> list[tuple[Receipt, Booking]]:
    """Money that came in too much and that nobody has given a place yet, oldest first.

    Of a booking that was cancelled only what was paid for it goes back: then the rest is still here. The books say
    whose it is: what came in too much by card goes back by itself.
    """
    left = [int(row.owner) for row in balances(family="review") if row.amount]
    query = (
        whole_bookings()
        .add_columns(Receipt)
        .join(Receipt, Receipt.reference == literal("booking:") + Booking.code)
        .where(reached_by(scope), Receipt.id.in_(left))
        .order_by(Receipt.id)
        .limit(limit)
    )
    return [(receipt, booking) for booking, receipt in db.session.execute(query)]


def get_refund(refund_id: int, scope: Scope) -> tuple[Refund, Booking]:
    """A refund of a booking in the scope. Raises NotFound."""
    row = db.session.execute(_refunds(scope).where(Refund.id == refund_id)).one_or_none()
    if row is None:
        raise NotFound(_("There is no such refund."))
    booking, refund = row
    return refund, booking


def _refunds(scope: Scope) -> Select[Any]:
    return whole_bookings().add_columns(Refund).join(Refund, is_its_booking).where(reached_by(scope))
