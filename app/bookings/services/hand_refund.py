"""A refund by hand from the second person's yes to its proof. Only proof is booked; two at once do each step once."""

from __future__ import annotations

from datetime import date

from app.bookings import queries
from app.bookings.models import Booking, HandRefund
from app.bookings.rules import ApprovalFault, HandRoute, HandState, approval_fault
from app.bookings.services import messages
from app.bookings.services.hand_account import clear_account, lock_hand, step
from app.core import audit, clock
from app.core.dates import village_date
from app.core.db import db
from app.core.errors import Conflict, Forbidden, Invalid, NotFound, WrongState
from app.core.words import gettext as _
from app.ledger.services import Move, post
from app.payments.models import Refund
from app.payments.queries import has_open_dispute, list_refunds
from app.payments.services import mark_refund_sent
from app.users.rules import Scope
from app.villages.queries import list_bank_accounts

_NOT_LEFT = frozenset({HandState.GIVEN, HandState.APPROVED})


def approve_refund(*, refund_id: int, version: int, note: str, by_user_id: int, scope: Scope) -> HandRefund:
    """The second person agrees to what was given as `version`. `note` is why, where the names differ.

    Raises NotFound, WrongState, Conflict where the guest corrected it meanwhile, Forbidden for who may not be the
    second, Invalid where a reason is missing.
    """
    refund, hand, booking = lock_hand(refund_id=refund_id, scope=scope)
    now, ordinary = clock.now(), queries.ordinary_approvers(booking, clock.today())
    if hand.version != version:
        raise Conflict(_("The guest has corrected this meanwhile. Look at it once more."))
    fault = approval_fault(
        approver=by_user_id,
        entered_by=hand.entered_by_id,
        ordinary=ordinary,
        name_match=hand.name_match,
        note=note,
    )
    if fault is not None:
        raise _refusal(fault)
    step(hand=hand, wanted=HandState.APPROVED)
    hand.approved_at, hand.approved_by_id, hand.approval_note = now, by_user_id, note.strip() or None
    _audit(booking, refund, "refund:approved", by_user_id, hand.approval_note)
    db.session.flush()
    return hand


def _refusal(fault: ApprovalFault) -> Forbidden | Invalid:
    if fault == ApprovalFault.NO_REASON:
        message = _("The account belongs to another name. Say why the money may go there.")
        return Invalid(message, errors=[("note", message)])
    if fault == ApprovalFault.OWN_ENTRY:
        return Forbidden(_("You wrote this account down yourself. Somebody else has to approve it."))
    return Forbidden(
        _("Two others are in office for this. You are the second only where one of them is alone.")
    )


def ask_anew(*, refund_id: int, reason: str, by_user_id: int, scope: Scope) -> HandRefund:
    """What was given cannot be used, or the bank gave the money back: the guest hears why and is asked anew.

    Nothing has been booked. Raises NotFound, WrongState, Invalid without a reason.
    """
    reason = _needed(reason, "reason", _("Say what is wrong, so that the guest can mend it."))
    refund, hand, booking = lock_hand(refund_id=refund_id, scope=scope)
    was, now = hand.state, clock.now()
    _start_again(hand)
    hand.refused_because, hand.asked_at, hand.asked_count = reason, now, 1
    action = "refund:came_back" if was == HandState.SENT else "refund:refused"
    _audit(booking, refund, action, by_user_id, reason)
    event = f"refund-ask:{refund.id}:{hand.version}:{hand.asked_count}"
    messages.tell_refund_asked(booking=booking, amount=refund.amount, event=event, reason=reason)
    db.session.flush()
    return hand


def forget_given(*, booking: Booking, by_user_id: int) -> None:
    """What was said by an old link does not count any more, also where it was approved: as long as the money has not
    left, the guest is asked anew where it is to go. What a person wrote down for the guest stays.
    """
    for number in [one.id for one in list_refunds(booking.reference) if queries.is_by_hand(one)]:
        hand = queries.find_hand(number)
        if hand is None or hand.state not in _NOT_LEFT or hand.entered_by_id is not None:
            continue
        refund, hand, _booking = lock_hand(refund_id=number, scope=Scope(everything=True))
        _start_again(hand)
        hand.refused_because, hand.asked_at, hand.asked_count = None, None, 0
        _audit(booking, refund, "refund:account_dropped", by_user_id, None)
    db.session.flush()


def _start_again(hand: HandRefund) -> None:
    """As if nothing had been given yet; of what was there before only the audit rows tell."""
    step(hand=hand, wanted=HandState.ASKED)
    clear_account(hand=hand)
    hand.route = hand.approved_at = hand.approved_by_id = hand.approval_note = hand.given_at = None
    hand.entered_by_id = hand.sent_on = hand.sent_at = hand.sent_by_id = None
    hand.paid_from = hand.bank_reference = hand.receiver = None
    hand.version += 1


def note_transfer(
    *,
    refund_id: int,
    account: str,
    sent_on: date,
    bank_reference: str,
    by_user_id: int,
    scope: Scope,
) -> HandRefund:
    """The transfer is on its way, from one of our accounts (its code) on a village date. Nothing is booked yet.

    Raises NotFound, WrongState, Forbidden for who approved it, Invalid without the bank's reference or for a date that
    lies ahead or before the approval.
    """
    reference = _needed(bank_reference, "bank_reference", _("Write down the reference that the bank gave."))
    refund, hand, booking = lock_hand(refund_id=refund_id, scope=scope)
    if hand.route != HandRoute.TRANSFER:
        raise Conflict(_("The guest wants this in cash."))
    check_undisputed(refund=refund)
    keeper, now, today = f"bank:{_account_of_ours(account, refund, scope)}", clock.now(), clock.today()
    _leave(hand, by_user_id)
    assert hand.approved_at is not None, "the table refuses one that nobody approved"
    if not village_date(hand.approved_at) <= sent_on <= today:
        message = _("Choose the day on which you sent it: not before it was approved, and not after today.")
        raise Invalid(message, errors=[("sent_on", message)])
    hand.paid_from, hand.sent_by_id, hand.sent_at = keeper, by_user_id, now
    hand.sent_on, hand.bank_reference = sent_on, reference
    _audit(booking, refund, "refund:transferred", by_user_id, reference)
    db.session.flush()
    return hand


def confirm_refund(*, refund_id: int, proof: str, by_user_id: int, scope: Scope) -> Refund:
    """The proof of a transfer is here: it is booked, and the guest is told. Raises NotFound, WrongState, Invalid."""
    proof = _needed(
        proof, "proof", _("Write down what proves it, for example the line of the bank statement.")
    )
    refund, hand, booking = lock_hand(refund_id=refund_id, scope=scope)
    return _confirm(refund, hand, booking, proof, by_user_id)


def hand_over_cash(*, refund_id: int, village: str, receiver: str, by_user_id: int, scope: Scope) -> Refund:
    """The guest has it in their hand and has signed for it: out of the cash box of a village (its slug), and booked.

    Raises NotFound, WrongState, Forbidden for who approved it, Invalid without the name of who took it.
    """
    receiver = _needed(receiver, "receiver", _("Write down who took the money."))
    refund, hand, booking = lock_hand(refund_id=refund_id, scope=scope)
    if hand.route != HandRoute.CASH:
        raise Conflict(_("The guest wants this on an account."))
    reached = {line.village.slug for line in booking.lines if scope.has_village(line.village_id)}
    if village not in reached:
        raise NotFound(_("There is no village of that name here."))
    check_undisputed(refund=refund)
    now, today = clock.now(), clock.today()
    _leave(hand, by_user_id)
    hand.paid_from, hand.sent_by_id, hand.sent_at = f"cash:{village}", by_user_id, now
    hand.sent_on, hand.receiver = today, receiver
    return _confirm(refund, hand, booking, receiver, by_user_id)


def check_undisputed(*, refund: Refund) -> None:
    """Raises WrongState while the guest's bank has the payment back: it may go to the guest by the bank."""
    if has_open_dispute(refund.receipt_id):
        raise WrongState(
            _("The guest has asked the bank to take this payment back. Wait until the bank has decided.")
        )


def _leave(hand: HandRefund, by_user_id: int) -> None:
    """Nothing may be asked of the database until the rest of it is said: the table refuses a half."""
    step(hand=hand, wanted=HandState.SENT)
    if hand.approved_by_id == by_user_id:
        raise Forbidden(_("You approved this refund. Somebody else sends it."))


def _account_of_ours(code: str, refund: Refund, scope: Scope) -> str:
    """An account that this person may pay from: one of theirs, or the one that received the money."""
    known = {account.code for account in list_bank_accounts(scope)}
    if code not in known and refund.keeper not in {f"bank:{code}", f"qris:{code}"}:
        raise NotFound(_("There is no bank account of that name here."))
    return code


def _confirm(refund: Refund, hand: HandRefund, booking: Booking, proof: str, by_user_id: int) -> Refund:
    now = clock.now()
    step(hand=hand, wanted=HandState.CONFIRMED)
    hand.confirmed_at = now
    mark_refund_sent(refund=refund, proof=proof, by_user_id=hand.sent_by_id)
    post(
        reference=f"refund-sent:{refund.id}",
        kind="refund_sent",
        subject=booking.reference,
        moves=_moves(refund, str(hand.paid_from)),
        by_user_id=by_user_id,
    )
    _audit(booking, refund, "refund:sent", by_user_id, refund.reason)
    messages.tell_refund_sent(booking=booking, refund=refund, method=hand.route.value if hand.route else None)
    db.session.flush()
    return refund


def _moves(refund: Refund, payer: str) -> list[Move]:
    """The money leaves whoever paid it. Where another keeper has it, that one owes it to the payer from now on."""
    account, keeper = f"refund:{refund.id}", refund.keeper
    leaves = Move(account, f"held:{payer}", refund.amount, payer)
    if payer == keeper:
        return [leaves]
    return [
        Move(account, f"between:{payer}", refund.amount, keeper),
        Move(f"between:{keeper}", account, refund.amount, payer),
        leaves,
    ]


def _needed(text: str, field: str, message: str) -> str:
    if not text.strip():
        raise Invalid(message, errors=[(field, message)])
    return text.strip()


def _audit(booking: Booking, refund: Refund, action: str, by_user_id: int, reason: str | None) -> None:
    audit.record(
        action=action, subject=booking.reference, user_id=by_user_id, reason=reason, refund=refund.id
    )
