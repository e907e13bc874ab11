"""Somebody decides on money that belongs to nobody yet: whose it is, that it goes back, or that it is not ours."""

from __future__ import annotations

from app.bookings import queries
from app.bookings.models import Booking, ReviewDecision
from app.bookings.queries import Review
from app.bookings.queries.cash import came_by_hand
from app.bookings.rules import LIVE, Decision
from app.bookings.services.receive import receive_payment
from app.core import audit, clock
from app.core.db import db
from app.core.errors import Forbidden, Invalid, NotFound, WrongState
from app.core.words import gettext as _
from app.ledger.services import Move, post
from app.payments.models import Receipt, Refund
from app.payments.queries import lock_receipt, lock_refund
from app.payments.rules import CARD_KEEPER
from app.payments.services import create_refund, mark_refund_sent
from app.users.rules import Scope


def decide_review(
    *,
    receipt_id: int,
    decision: Decision,
    reason: str,
    by_user_id: int,
    scope: Scope,
    booking_code: str | None = None,
) -> ReviewDecision:
    """Decide on the money of a receipt that is under review, once: it is for a booking (`booking_code`), it is owed
    back, or, of a bank's line of no booking, it is not ours.

    Raises NotFound, Invalid without a reason or a fitting booking, WrongState when it was decided before.
    """
    if not reason.strip():
        message = _("Say how you know. Whoever looks later reads it.")
        raise Invalid(message, errors=[("reason", message)])
    target = _target(booking_code, scope) if decision == Decision.ASSIGNED else None
    review = _lock(receipt_id, target, scope)
    made = ReviewDecision(
        receipt_id=receipt_id,
        kind=decision,
        amount=review.amount,
        reason=reason.strip(),
        by_user_id=by_user_id,
        at=clock.now(),
    )
    if target is not None:
        made.new_receipt_id = _assign(review, target, by_user_id, reason.strip()).id
    elif decision == Decision.OWED_BACK:
        made.refund_id = _owe_back(review, by_user_id).id
    else:
        _let_out(review, by_user_id)
    db.session.add(made)
    db.session.flush()
    audit.record(
        action=f"review:{decision.value}",
        subject=review.receipt.reference,
        user_id=by_user_id,
        reason=reason.strip(),
        receipt=receipt_id,
        amount=review.amount,
        booking=target,
    )
    return made


def _check_not_known(review: Review) -> None:
    """Money that QRIS or a cash box sent to the bank is in the books already, as it was recorded by hand: the bank's
    line of it is nobody's a second time. Raises Invalid.
    """
    receipt = review.receipt
    if review.booking is None and came_by_hand(receipt.keeper, review.amount, receipt.received_on):
        message = _(
            "QRIS or a cash box sent such a sum in these days, and it is recorded: choose that it is no guest's."
        )
        raise Invalid(message, errors=[("decision", message)])


def _target(code: str | None, scope: Scope) -> str:
    try:
        return queries.get_booking(code or "", scope).code
    except NotFound as error:
        raise Invalid(error.message, errors=[("booking", error.message)]) from error


def _lock(receipt_id: int, target: str | None, scope: Scope) -> Review:
    """The bookings first, in the order of their codes, then the receipt, as whoever receives money locks them."""
    if queries.find_decision(receipt_id) is not None:
        raise _decided()
    own = queries.get_review(receipt_id, scope).booking
    for code in sorted({code for code in (target, own.code if own else None) if code}):
        queries.lock_booking(code)
    lock_receipt(receipt_id)
    if queries.find_decision(receipt_id) is not None:
        raise _decided()
    return queries.get_review(receipt_id, scope)


def _decided() -> WrongState:
    return WrongState(_("Somebody else has decided this already. Nothing was changed."))


def _assign(review: Review, target: str, by_user_id: int, reason: str) -> Receipt:
    """It leaves review and is received for the booking, from the same hands."""
    _check_not_known(review)
    receipt = review.receipt
    if receipt.keeper == CARD_KEEPER:
        message = _("What a card paid too much goes back to the card.")
        raise Invalid(message, errors=[("decision", message)])
    booking = queries.find_booking(target)
    assert booking is not None, "it was locked"
    if _wants_nothing(booking):
        message = _("Nothing is due for this booking.")
        raise Invalid(message, errors=[("booking", message)])
    _post_out(review, by_user_id)
    return receive_payment(
        code=target,
        method=receipt.method,
        amount=review.amount,
        by_user_id=by_user_id,
        received_on=receipt.received_on,
        account=receipt.keeper.partition(":")[2],
        note=reason,
        qris_reference=f"{receipt.qris_reference}R{receipt.id}",
        is_known=True,
    )


def _wants_nothing(booking: Booking) -> bool:
    return booking.state in LIVE and booking.amount_due <= 0


def _owe_back(review: Review, by_user_id: int) -> Refund:
    _check_not_known(review)
    receipt = review.receipt
    refund = create_refund(receipt=receipt, amount=review.amount, reason="review")
    post(
        reference=f"refund:{refund.id}",
        kind="refund",
        subject=receipt.reference,
        moves=[Move(f"review:{receipt.id}", f"refund:{refund.id}", review.amount, receipt.keeper)],
        note="review",
        by_user_id=by_user_id,
    )
    return refund


def _let_out(review: Review, by_user_id: int) -> None:
    """The account's owner has other income too: it leaves our books, not the bank."""
    if review.booking is not None:
        message = _("This came for a booking: give it back, or say for which booking it is.")
        raise Invalid(message, errors=[("decision", message)])
    _post_out(review, by_user_id)


def _post_out(review: Review, by_user_id: int) -> None:
    receipt = review.receipt
    post(
        reference=f"review-out:{receipt.id}",
        kind="review",
        subject=receipt.reference,
        moves=[Move(f"review:{receipt.id}", f"held:{receipt.keeper}", review.amount, receipt.keeper)],
        by_user_id=by_user_id,
    )


def send_line_refund(*, refund_id: int, proof: str, by_user_id: int, scope: Scope) -> Refund:
    """Money of nobody known has gone back to where it came from, with the transfer's number as proof.

    Raises NotFound when it is not in the scope or was sent before, Forbidden for who decided that it goes back,
    Invalid without proof.
    """
    if not proof.strip():
        message = _("Write down the transfer's number.")
        raise Invalid(message, errors=[("proof", message)])
    refund = lock_refund(refund_id)
    if refund_id not in {one.id for one, _line in queries.list_line_refunds(scope)}:
        raise NotFound(_("There is no such refund."))
    if queries.decider_of(refund_id) == by_user_id:
        raise Forbidden(_("You decided that this goes back. Somebody else sends it."))
    mark_refund_sent(refund=refund, proof=proof.strip(), by_user_id=by_user_id)
    post(
        reference=f"refund-sent:{refund.id}",
        kind="refund_sent",
        subject=refund.reference,
        moves=[Move(f"refund:{refund.id}", f"held:{refund.keeper}", refund.amount, refund.keeper)],
        by_user_id=by_user_id,
    )
    audit.record(
        action="refund:sent",
        subject=refund.reference,
        user_id=by_user_id,
        reason=refund.reason,
        refund=refund.id,
    )
    return refund
