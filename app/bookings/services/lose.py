"""A dispute is lost: the guest has the money back through their bank, and what was divided of it falls for good."""

from __future__ import annotations

from app.bookings import queries
from app.bookings.models import Booking
from app.bookings.rules import drain
from app.bookings.services.give_back import take_shares
from app.bookings.services.hand_account import drop_account
from app.bookings.services.issue import issue_credit_notes
from app.bookings.services.set_aside import set_aside
from app.core import audit, clock
from app.core.db import db
from app.core.money import Rupiah
from app.ledger.services import Move, post
from app.payments.models import Dispute, Receipt, Refund
from app.payments.rules import CARD_KEEPER, RefundState
from app.payments.services import create_refund, fail_refund, mark_refund_sent, part_refund

REASON = "disputed"


def book_lost(*, dispute: Dispute, receipt: Receipt, booking: Booking) -> None:
    """What the bank took is a refund that has been sent. It first settles refunds that nobody has sent, so that nobody
    gives back twice; then it takes what came in too much, then shares. What had gone back before is borne, as a fee is.
    """
    fall = queries.fall_of(dispute, receipt, booking)
    dispute.settled_at, dispute.borne = clock.now(), fall.borne
    db.session.flush()
    held = f"held:{CARD_KEEPER}"
    moves = [Move(held, f"dispute:{dispute.id}", dispute.amount, CARD_KEEPER)]
    moves += [
        Move(f"payee:{bearer}:payable", held, part, CARD_KEEPER)
        for bearer, part in queries.fee_parts(booking, fall.borne)
        if part
    ]
    name = f"dispute-lost:{dispute.id}"
    post(reference=name, kind="dispute_lost", subject=booking.reference, moves=moves)
    for refund in fall.refunds:
        _send(refund, dispute, booking)
    if fall.part is not None:
        _send(_part(booking, *fall.part), dispute, booking)
    if fall.excess or fall.shares:
        _send(_fall(receipt, booking, fall.excess, fall.shares), dispute, booking)
    set_aside(booking=booking, reference=name, always=True)
    _give_up_the_rest(receipt)
    audit.record(
        action="dispute:lost",
        subject=booking.reference,
        user_id=None,
        reason=dispute.reason,
        dispute=dispute.id,
        amount=dispute.amount,
        borne=fall.borne,
    )


def _part(booking: Booking, refund: Refund, amount: Rupiah) -> Refund:
    """So much of a refund that nobody has sent, by a refund of its own; the guest is asked anew where the rest goes."""
    drop_account(refund_id=refund.id)
    parts = part_refund(refund=refund, amount=amount)
    for one in parts:
        move = Move(f"refund:{refund.id}", f"refund:{one.id}", one.amount, one.keeper)
        post(reference=f"refund:{one.id}", kind="refund_again", subject=booking.reference, moves=[move])
    return parts[0]


def _fall(receipt: Receipt, booking: Booking, excess: Rupiah, shares: Rupiah) -> Refund:
    """A refund of what shares and money under review lose, tax part included."""
    filled = queries.filled_units(booking)
    kept = drain(shares, filled)
    refund = create_refund(receipt=receipt, amount=excess + shares, reason=REASON)
    account = f"refund:{refund.id}"
    moves = []
    if shares:
        moves = take_shares(booking=booking, kept=kept, leaving={CARD_KEEPER: shares}, ending=())
    owed = ((booking.reference, shares), (f"review:{receipt.id}", excess))
    moves += [Move(source, account, amount, CARD_KEEPER) for source, amount in owed if amount]
    booking.refunded += shares
    _keep_less(booking, kept)
    post(reference=account, kind="refund", subject=booking.reference, moves=moves, note=REASON)
    issue_credit_notes(booking=booking, refunds=[refund])
    return refund


def _keep_less(booking: Booking, kept: dict[int, Rupiah]) -> None:
    """What was kept of something cancelled is less by what it lost; of a trip that stays it is a part of the price."""
    for line in booking.lines:
        for unit in line.units:
            if unit.kept is None:
                continue
            if line.cancelled_at is not None or unit.ended_at is not None:
                booking.total -= unit.kept - kept[unit.id]
            unit.kept = kept[unit.id]
    booking.due_now = min(booking.due_now, booking.total)
    db.session.flush()


def _send(refund: Refund, dispute: Dispute, booking: Booking) -> None:
    drop_account(refund_id=refund.id)
    mark_refund_sent(refund=refund, proof=dispute.provider_id, by_user_id=None)
    post(
        reference=f"refund-sent:{refund.id}",
        kind="refund_sent",
        subject=booking.reference,
        moves=[Move(f"refund:{refund.id}", f"held:{refund.keeper}", refund.amount, refund.keeper)],
    )


def _give_up_the_rest(receipt: Receipt) -> None:
    """The provider sends nothing of this charge any more: what is still owed of it, a person sends another way."""
    for refund in queries.list_unsent_refunds(receipt.id):
        if refund.state == RefundState.CREATED:
            fail_refund(refund=refund)
