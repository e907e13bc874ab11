"""What is known of a dispute and not in the books yet is booked: the money that is away, its fee, how it ended."""

from __future__ import annotations

from app.bookings import queries
from app.bookings.models import Booking
from app.bookings.services.alerts import Trouble, tell_company
from app.bookings.services.lose import book_lost
from app.bookings.services.set_aside import set_aside
from app.core import audit, clock
from app.core.db import db
from app.ledger.services import Move, moved, post
from app.payments.gateway.values import ProviderDisputeState
from app.payments.models import Dispute, Receipt
from app.payments.rules import CARD_KEEPER

FEES, FX, HELD = "fees:provider", "fx", f"held:{CARD_KEEPER}"


def take_up_disputes(*, limit: int) -> int:
    """Book disputes that were told of before their charge, which is known by now; gives how many."""
    rows = queries.list_disputes_to_take_up(limit)
    for dispute, receipt in rows:
        booking = queries.lock_booking(receipt.reference.partition(":")[2])
        db.session.refresh(dispute, with_for_update=True)
        if dispute.receipt_id is None:
            advance_dispute(dispute=dispute, receipt=receipt, booking=booking)
    return len(rows)


def take_up_disputes_of(*, receipt: Receipt, booking: Booking) -> None:
    """Book disputes over a charge that has just become known."""
    for dispute in queries.lock_disputes_of(str(receipt.charge)):
        advance_dispute(dispute=dispute, receipt=receipt, booking=booking)


def advance_dispute(*, dispute: Dispute, receipt: Receipt, booking: Booking) -> None:
    """Book whatever is known of a dispute and not in the books yet, and tell the company of it."""
    if dispute.receipt_id is None:
        dispute.receipt_id = receipt.id
        db.session.flush()
    code, amount = booking.code, dispute.amount
    if not dispute.state.is_over:
        trouble, due = Trouble.DISPUTE_OPENED, dispute.due_at
        tell_company(trouble=trouble, number=dispute.id, code=code, amount=amount, due_at=due)
    if dispute.taken_id and dispute.taken_at is None:
        _book_taken(dispute, booking)
    if dispute.returned_id and dispute.taken_at and not (dispute.returned_at or dispute.settled_at):
        _book_returned(dispute, booking)
        tell_company(trouble=Trouble.DISPUTE_WON, number=dispute.id, code=code, amount=amount)
    is_lost = dispute.state == ProviderDisputeState.LOST and dispute.taken_at is not None
    if is_lost and not (dispute.returned_at or dispute.settled_at):
        book_lost(dispute=dispute, receipt=receipt, booking=booking)
        tell_company(trouble=Trouble.DISPUTE_LOST, number=dispute.id, code=code, amount=amount)


def _book_taken(dispute: Dispute, booking: Booking) -> None:
    """The provider has taken it: the money is not there any more, the shares of it stand apart."""
    dispute.taken_at = clock.now()
    db.session.flush()
    amount, fee = dispute.amount, dispute.taken_fee
    moves: list[Move | None] = [Move(f"dispute:{dispute.id}", HELD, amount, CARD_KEEPER)]
    moves += _fee(booking, fee)
    moves.append(moved(source=FX, target=HELD, amount=dispute.taken_net - amount - fee, keeper=CARD_KEEPER))
    _post(f"dispute:{dispute.id}", "dispute", booking, moves)
    set_aside(booking=booking, reference=f"dispute:{dispute.id}", always=True)
    _audit("dispute:taken", dispute, booking)


def _book_returned(dispute: Dispute, booking: Booking) -> None:
    """The provider has given it back: everything stands as if there had been no dispute, but for its fee."""
    dispute.returned_at = clock.now()
    db.session.flush()
    amount, fee = dispute.amount, dispute.returned_fee
    moves: list[Move | None] = [Move(HELD, f"dispute:{dispute.id}", amount, CARD_KEEPER)]
    moves += _fee(booking, fee)
    lost = amount - fee - dispute.returned_net
    moves.append(moved(source=FX, target=HELD, amount=lost, keeper=CARD_KEEPER))
    _post(f"dispute-returned:{dispute.id}", "dispute_returned", booking, moves)
    set_aside(booking=booking, reference=f"dispute-returned:{dispute.id}", always=True)
    _audit("dispute:returned", dispute, booking)


def _fee(booking: Booking, fee: int) -> list[Move | None]:
    """A dispute's fee is borne as every other fee of the provider's; below 0 it comes back."""
    sign = -1 if fee < 0 else 1
    moves = [
        moved(source=f"payee:{bearer}:payable", target=FEES, amount=sign * part, keeper=CARD_KEEPER)
        for bearer, part in queries.fee_parts(booking, abs(fee))
    ]
    return [*moves, moved(source=FEES, target=HELD, amount=fee, keeper=CARD_KEEPER)]


def _post(reference: str, kind: str, booking: Booking, moves: list[Move | None]) -> None:
    kept = [move for move in moves if move]
    post(reference=reference, kind=kind, subject=booking.reference, moves=kept)


def _audit(action: str, dispute: Dispute, booking: Booking) -> None:
    audit.record(
        action=action,
        subject=booking.reference,
        user_id=None,
        reason=dispute.reason,
        dispute=dispute.id,
        amount=dispute.amount,
    )
