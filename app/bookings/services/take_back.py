"""A refund that had been sent comes back from the guest's bank, perhaps days later: it is owed again, another way."""

from __future__ import annotations

from app.bookings import queries
from app.bookings.services.alerts import Trouble, tell_company
from app.bookings.services.card_messages import tell_refund_returned
from app.core import audit
from app.ledger.queries import get_entry
from app.ledger.services import Move, post, reverse
from app.payments.models import Refund
from app.payments.services import mark_refund_returned


def take_refund_back(*, refund: Refund) -> Refund:
    """Reverse the sending by an entry of its own, linked to it, and owe the same by a new refund, which a person sends
    another way. The guest and the assisting company are told. Gives the new refund. Raises WrongState.
    """
    booking = queries.lock_booking(refund.reference.partition(":")[2])
    again = mark_refund_returned(refund=refund)
    reverse(reference=f"refund-returned:{refund.id}", entry=get_entry(f"refund-sent:{refund.id}"))
    post(
        reference=f"refund:{again.id}",
        kind="refund_again",
        subject=booking.reference,
        moves=[Move(f"refund:{refund.id}", f"refund:{again.id}", refund.amount, refund.keeper)],
    )
    audit.record(
        action="refund:returned",
        subject=booking.reference,
        user_id=None,
        reason=refund.reason,
        refund=refund.id,
        again=again.id,
    )
    tell_refund_returned(booking=booking, refund=refund)
    tell_company(trouble=Trouble.REFUND_RETURNED, number=refund.id, code=booking.code, amount=refund.amount)
    return again
