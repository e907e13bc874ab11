"""Charges that guests have their bank take back: what falls where, and what people with an office see of them."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from sqlalchemy import func, literal, or_, select

from app.bookings.models import Booking, HandRefund
from app.bookings.queries.bookings import reached_by, whole_bookings
from app.bookings.queries.shares import filled_units, sold_units
from app.bookings.rules import LEFT, drain
from app.core.db import db
from app.core.errors import NotFound
from app.core.money import Rupiah
from app.core.words import gettext as _
from app.ledger.models import Account, Posting
from app.ledger.queries import balance
from app.payments.gateway.values import ProviderDisputeState
from app.payments.models import Dispute, Receipt, Refund
from app.payments.queries import list_open_disputes, refunded_of
from app.payments.rules import RefundState
from app.revenue.rules import divide_kept
from app.users.rules import Scope


@dataclass(frozen=True)
class Fall:
    """What a disputed amount falls on, in rupiah, in this order: refunds of the charge that nobody has sent, whole and
    then a `part` of one, money of it that came in too much, shares of the booking, and what is left when all that has
    gone back before.
    """

    refunds: tuple[Refund, ...]
    part: tuple[Refund, Rupiah] | None
    excess: Rupiah
    shares: Rupiah
    borne: Rupiah


def applied_left(receipt: Receipt) -> Rupiah:
    """What of a receipt was paid for its booking and has not gone back, in rupiah."""
    return max(0, receipt.applied - (refunded_of(receipt.id) - excess_returned(receipt.id)))


def excess_returned(receipt_id: int) -> Rupiah:
    """What came in too much with a receipt and goes or went back, in rupiah."""
    source = select(Account.id).where(Account.code == f"review:{receipt_id}").scalar_subquery()
    target = select(Account.id).where(Account.family == "refund")
    total = select(func.sum(Posting.amount)).where(
        Posting.from_account_id == source, Posting.to_account_id.in_(target)
    )
    return int(db.session.scalar(total) or 0)


def fall_of(dispute: Dispute, receipt: Receipt, booking: Booking) -> Fall:
    """What a disputed amount falls on as things stand now."""
    left, refunds, larger = dispute.amount, [], []
    for refund in list_unsent_refunds(receipt.id):
        if refund.amount <= left:
            refunds.append(refund)
            left -= refund.amount
        else:
            larger.append(refund)
    part = (larger[0], left) if larger and left else None
    left = 0 if part else left
    excess = min(left, balance(f"review:{receipt.id}"))
    shares = min(left - excess, applied_left(receipt), booking.received)
    return Fall(tuple(refunds), part, excess, shares, left - excess - shares)


def list_unsent_refunds(receipt_id: int) -> list[Refund]:
    """Refunds of a charge that are surely not at the provider, and that no person has sent; oldest first."""
    never_asked = (Refund.state == RefundState.CREATED) & Refund.asked_at.is_(None)
    by_hand = select(HandRefund.refund_id).where(
        HandRefund.refund_id == Refund.id, HandRefund.state.in_(LEFT)
    )
    query = select(Refund).where(
        Refund.receipt_id == receipt_id,
        or_(Refund.state == RefundState.FAILED, never_asked),
        ~by_hand.exists(),
    )
    return list(db.session.scalars(query.order_by(Refund.id)))


def shares_aside(booking: Booking) -> dict[tuple[str, str], Rupiah]:
    """What of each party's share of each unit is disputed, in rupiah by the unit's name and the party's account:
    A(received) − A(received − disputed), as far as it falls. The tax has no stages: it stays until all is decided.
    """
    amount = sum(
        fall_of(dispute, db.session.get_one(Receipt, dispute.receipt_id), booking).shares
        for dispute in list_open_disputes(booking.reference)
    )
    filled = filled_units(booking)
    units, rows = sold_units(booking, ended=True)
    # What has ended is divided by itself, as when it ended; what lives by itself.
    parted = [[one for one in units if (rows[one.key].kept is None) == lives] for lives in (False, True)]
    falling: dict[tuple[str, str], Rupiah] = defaultdict(int)
    for sign, kept in ((1, filled), (-1, drain(min(amount, booking.received), filled))):
        for part in (part for some in parted for part in divide_kept(some, kept)):
            if part.account.startswith("payee:"):
                falling[f"unit:{part.unit}", part.account] += sign * part.amount
    return {share: change for share, change in falling.items() if change > 0}


def list_disputes_to_take_up(limit: int) -> list[tuple[Dispute, Receipt]]:
    """Disputes that were told of before their charge, which is known by now; oldest first."""
    query = (
        select(Dispute, Receipt)
        .join(Receipt, Receipt.charge == Dispute.charge)
        .where(Dispute.receipt_id.is_(None))
        .order_by(Dispute.id)
        .limit(limit)
    )
    return [(dispute, receipt) for dispute, receipt in db.session.execute(query)]


def lock_dispute(provider_id: str) -> Dispute:
    """A dispute by the provider's number, locked until the transaction ends. Raises NotFound."""
    query = select(Dispute).where(Dispute.provider_id == provider_id).with_for_update()
    dispute = db.session.scalars(query.execution_options(populate_existing=True)).one_or_none()
    if dispute is None:
        raise NotFound(_("There is no such dispute."))
    return dispute


def lock_disputes_of(charge: str) -> list[Dispute]:
    """Disputes over a charge that wait for it, locked, oldest first."""
    query = select(Dispute).where(Dispute.charge == charge, Dispute.receipt_id.is_(None)).with_for_update()
    return list(db.session.scalars(query.order_by(Dispute.id)))


def list_seen_disputes(scope: Scope, *, limit: int = 100) -> list[tuple[Dispute, Booking]]:
    """Disputes over payments for bookings in a scope: those still to be decided first, by when an answer is due."""
    is_over = Dispute.state.in_([state for state in ProviderDisputeState if state.is_over])
    query = (
        whole_bookings()
        .add_columns(Dispute)
        .join(Receipt, Receipt.reference == literal("booking:") + Booking.code)
        .join(Dispute, Dispute.receipt_id == Receipt.id)
        .where(reached_by(scope))
        .order_by(is_over, Dispute.due_at, Dispute.id.desc())
        .limit(limit)
    )
    return [(dispute, booking) for booking, dispute in db.session.execute(query)]


def list_unknown_disputes() -> list[Dispute]:
    """Disputes over charges that nobody here has heard of, oldest first."""
    return list(db.session.scalars(select(Dispute).where(Dispute.receipt_id.is_(None)).order_by(Dispute.id)))


def count_disputes_to_answer(scope: Scope) -> tuple[int, Rupiah]:
    """How many disputes wait for an answer by a person, and their sum in rupiah."""
    query = (
        select(func.count(Dispute.id), func.coalesce(func.sum(Dispute.amount), 0))
        .join(Receipt, Receipt.id == Dispute.receipt_id)
        .join(Booking, Receipt.reference == literal("booking:") + Booking.code)
        .where(reached_by(scope), Dispute.state == ProviderDisputeState.NEEDS_ANSWER)
    )
    count, amount = db.session.execute(query).one()
    return count, int(amount)
