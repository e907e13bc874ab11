"""Refunds: owed, asked of the provider, sent, returned, or parted. The verbs that move their state and nothing else."""

from __future__ import annotations

from app.core import clock
from app.core.db import db
from app.core.errors import WrongState
from app.core.money import Rupiah
from app.core.words import gettext as _
from app.payments import queries
from app.payments.models import Receipt, Refund
from app.payments.rules import MOVED_ON, RefundState


def create_refund(*, receipt: Receipt, amount: Rupiah, reason: str) -> Refund:
    """Money that must go back by the way it came. It is owed from now on, and sent when a person has proof."""
    refund = Refund(
        reference=receipt.reference,
        receipt_id=receipt.id,
        amount=amount,
        state=RefundState.CREATED,
        keeper=receipt.keeper,
        reason=reason,
        created_at=clock.now(),
    )
    db.session.add(refund)
    db.session.flush()
    return refund


def note_refund_asking(*, refund: Refund) -> None:
    """The provider is about to be asked for a refund: whatever happens now, it may have heard."""
    refund.asked_at = clock.now()


def note_provider_refund(*, refund: Refund, provider_id: str, is_failed: bool) -> None:
    """The provider has a refund in hand, or says that it could not be done."""
    refund.provider_id = provider_id
    refund.state = RefundState.FAILED if is_failed else RefundState.PENDING


def fail_refund(*, refund: Refund) -> None:
    """The provider will not send it: a person must, another way. What has been sent stays sent."""
    if refund.state not in {RefundState.SENT, *MOVED_ON}:
        refund.state = RefundState.FAILED


def put_off_refund(*, refund: Refund) -> None:
    """The provider says that it will not do it now, so it has not: it is as if it had never been asked."""
    refund.asked_at = None


def mark_refund_returned(*, refund: Refund) -> Refund:
    """What was sent came back from the guest's bank: that stays written, and the same is owed by a new refund, which a
    person sends another way. Raises WrongState when it had not been sent.
    """
    if refund.state != RefundState.SENT:
        raise WrongState(_("This refund was not sent."))
    refund.state, refund.returned_at = RefundState.RETURNED, clock.now()
    again = create_refund(
        receipt=queries.get_receipt(refund.receipt_id), amount=refund.amount, reason=refund.reason
    )
    again.state = RefundState.FAILED
    return again


def part_refund(*, refund: Refund, amount: Rupiah) -> tuple[Refund, Refund]:
    """Of a refund that nobody has sent, so many rupiah and the rest are owed by two new ones in its stead: both are
    given. Raises WrongState when it has left.
    """
    if refund.state not in {RefundState.CREATED, RefundState.FAILED}:
        raise WrongState(_("This refund was sent before."))
    was, receipt = refund.state, queries.get_receipt(refund.receipt_id)
    refund.state = RefundState.PARTED
    first = create_refund(receipt=receipt, amount=amount, reason=refund.reason)
    rest = create_refund(receipt=receipt, amount=refund.amount - amount, reason=refund.reason)
    first.state = rest.state = was
    return first, rest


def mark_refund_sent(*, refund: Refund, proof: str, by_user_id: int | None) -> None:
    """The money has left. Raises WrongState when it had left before."""
    if refund.state == RefundState.SENT:
        raise WrongState(_("This refund was sent before."))
    refund.state, refund.sent_at = RefundState.SENT, clock.now()
    refund.sent_by_id, refund.proof = by_user_id, proof
