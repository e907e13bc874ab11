"""Money has arrived: confirm what it pays for, divide it, or send it back."""

from __future__ import annotations

from datetime import date

from app.bookings import queries
from app.bookings.models import Booking
from app.bookings.rules import LIVE, REVIVABLE, BookingState
from app.bookings.services import messages
from app.bookings.services.bear_fee import bear_qris_fee
from app.bookings.services.card_messages import tell_paid_too_much
from app.bookings.services.claim import CLAIMED, close_found, close_settled
from app.bookings.services.confirm import claim_sold, confirm_booking
from app.bookings.services.coupons import free_coupons
from app.bookings.services.divide import divide_receipt
from app.bookings.services.expire import free_claims
from app.bookings.services.pay import open_payment
from app.bookings.services.qris import new_reference
from app.bookings.services.refund import refund_everything, refund_excess, refund_receipt
from app.bookings.services.set_aside import set_aside
from app.core import audit, clock
from app.core.db import db
from app.core.errors import Invalid, SoldOut, WrongState
from app.core.money import Rupiah
from app.core.settings import settings
from app.core.words import gettext as _
from app.ledger.queries import balance
from app.ledger.services import moved, post
from app.payments.models import Payment, Receipt
from app.payments.rules import CARD_KEEPER, PaymentMethod, Reading, read_amount
from app.payments.services import add_receipt, cancel_open_payments, settle_payment
from app.villages.queries import get_receiving_account

MOST_RECEIVED = 10**12


def receive_payment(
    *,
    code: str,
    method: PaymentMethod,
    amount: Rupiah,
    by_user_id: int | None,
    received_on: date | None = None,
    account: str | None = None,
    note: str | None = None,
    qris_reference: str | None = None,
    is_known: bool = False,
) -> Receipt:
    """Record money that arrived by transfer, by QRIS or in cash, in rupiah, and let it do what it pays for.

    In time it confirms; late it confirms if the nights are free, else it goes back in full; for a booking that ended,
    whose arrival has passed or a departure of which has set out, it goes back. `account` is where a transfer or QRIS
    arrived, or the village whose box has the cash; the expected one unless given. `qris_reference` is what was seen of
    a payment by QRIS, each once for its keeper. `is_known`: it was received before, for nobody known, and what QRIS
    keeps of it is borne already. Raises NotFound, Invalid.
    """
    if not 0 < amount <= MOST_RECEIVED:
        message = _("The amount received must be more than Rp0.")
        raise Invalid(message, errors=[("amount", message)])
    if method == PaymentMethod.CARD:
        message = _("Money paid by card is received by itself.")
        raise Invalid(message, errors=[("method", message)])
    booking = queries.lock_booking(code)
    payment, reading = queries.read_receipt(booking, method, amount)
    keeper = _keeper(booking, method, account or (payment.account if payment else None))
    receipt = add_receipt(
        reference=booking.reference,
        payment=payment,
        method=method,
        amount=amount,
        reading=reading,
        keeper=keeper,
        received_on=received_on or clock.today(),
        by_user_id=by_user_id,
        note=note,
        qris_reference=new_reference(keeper=keeper, method=method, text=qris_reference),
    )
    if method in CLAIMED:
        close_found(booking=booking, by_user_id=by_user_id)
    _let_work(booking, receipt)
    if method == PaymentMethod.QRIS:
        bear_qris_fee(booking=booking, receipt=receipt, is_borne=is_known)
    return receipt


def receive_card(*, booking: Booking, payment: Payment, amount: Rupiah, charge: str) -> Receipt:
    """Money that the provider took from a card, in rupiah; `charge` is its number there, received once and no more.

    Works as any other money does: in time it confirms, late it confirms if all is still free, else it goes back.
    """
    outstanding = booking.total - booking.covered
    is_wanted = booking.state in LIVE | REVIVABLE
    receipt = add_receipt(
        reference=booking.reference,
        payment=payment,
        method=PaymentMethod.CARD,
        amount=amount,
        reading=read_amount(amount, outstanding, 0) if is_wanted else Reading(amount, 0, 0),
        keeper=CARD_KEEPER,
        received_on=clock.today(),
        by_user_id=None,
        note=None,
        charge=charge,
    )
    _let_work(booking, receipt)
    if receipt.excess and balance(f"review:{receipt.id}"):
        # Nobody means to pay twice by card, and there is a way back for it: it needs no person to decide.
        refund_excess(booking=booking, receipt=receipt, reason="too_much")
        tell_paid_too_much(booking=booking, receipt=receipt)
    return receipt


def _let_work(booking: Booking, receipt: Receipt) -> None:
    """Book what came, and let it do what it pays for."""
    _post_receipt(booking, receipt)
    booking.paid += receipt.applied
    details = {"receipt": receipt.id, "amount": receipt.amount, "keeper": receipt.keeper}
    audit.record(
        action="money:received",
        subject=booking.reference,
        user_id=receipt.received_by_id,
        reason=receipt.note or "received",
        method=receipt.method.value,
        **details,
    )
    if booking.state in LIVE:
        divide_receipt(booking=booking, receipt=receipt)
        _settle(booking, receipt)
    elif booking.state in REVIVABLE and not booking.arrival_passed:
        _revive(booking, receipt)
    elif booking.state in {BookingState.CANCELLED, BookingState.DECLINED}:
        # What the terms keep of an older receipt stays kept: only this one goes back.
        refund_receipt(booking=booking, receipt=receipt, reason="ended")
        messages.tell_late_refund(booking=booking, amount=receipt.amount)
    else:
        _let_go(booking, reason="ended")
    set_aside(booking=booking, reference=f"receipt:{receipt.id}")


def vouch_booking(*, code: str, reason: str, by_user_id: int) -> Booking:
    """Confirm a held booking on somebody's word, unpaid. Raises WrongState, SoldOut, Invalid without a reason."""
    if not reason.strip():
        message = _("Say why this booking is sure although it is not paid.")
        raise Invalid(message, errors=[("reason", message)])
    booking = queries.lock_booking(code)
    if booking.state_now != BookingState.HELD:
        raise WrongState(_("Only a held booking can be vouched for."))
    claim_sold(booking=booking)
    booking.vouched_reason = reason.strip()
    audit.record(
        action="booking:vouched", subject=booking.reference, user_id=by_user_id, reason=reason.strip()
    )
    confirm_booking(booking=booking)
    return booking


def _keeper(booking: Booking, method: PaymentMethod, account: str | None) -> str:
    """In whose hands the money is: a bank account, or a village's cash box, the first of the trip unless named."""
    if method == PaymentMethod.CASH:
        return f"cash:{account or booking.living_lines[0].village.slug}"
    if account is None:
        villages = {line.village_id for line in booking.living_lines}
        account = get_receiving_account(villages, settings().collecting_account).code
    return f"qris:{account}" if method == PaymentMethod.QRIS else f"bank:{account}"


def _post_receipt(booking: Booking, receipt: Receipt) -> None:
    held = f"held:{receipt.keeper}"
    account = receipt.keeper.partition(":")[2]
    moves = [
        moved(source=held, target=booking.reference, amount=receipt.applied, keeper=receipt.keeper),
        moved(source=held, target=f"codes:{account}", amount=receipt.code_amount, keeper=receipt.keeper),
        moved(source=held, target=f"review:{receipt.id}", amount=receipt.excess, keeper=receipt.keeper),
    ]
    post(
        reference=f"receipt:{receipt.id}",
        kind="receipt",
        subject=booking.reference,
        moves=[move for move in moves if move],
        by_user_id=receipt.received_by_id,
    )


def _revive(booking: Booking, receipt: Receipt) -> None:
    """A held booking, in time or late: confirmed when what is due now is there and the nights are still to be had."""
    if booking.covered < booking.due_now:
        _take_part(booking, receipt)
        return
    try:
        claim_sold(booking=booking)
    except SoldOut:
        _let_go(booking, reason="gone")
        return
    divide_receipt(booking=booking, receipt=receipt)
    _settle(booking, receipt)
    # What was due now is there, perhaps in cash: nobody is to wait for the transfer that was asked for.
    cancel_open_payments(reference=booking.reference)
    close_settled(booking=booking, by_user_id=receipt.received_by_id)
    confirm_booking(booking=booking)


def _let_go(booking: Booking, *, reason: str) -> None:
    """It cannot be had, or not any more: all money goes back, and whatever was still held is free."""
    refund_everything(booking=booking, reason=reason)
    if booking.state == BookingState.HELD:
        booking.become(BookingState.EXPIRED, ended_at=clock.now())
    free_claims(bookings=[booking])
    free_coupons(bookings=[booking])
    cancel_open_payments(reference=booking.reference)
    messages.tell_late_refund(booking=booking)


def _settle(booking: Booking, receipt: Receipt) -> None:
    """The attempt is done when what it asked for is there; a part of a balance leaves it open. With nothing left to pay
    no attempt stays open, however the money came."""
    if receipt.payment_id is not None and booking.covered >= booking.due_now:
        payment = db.session.get_one(Payment, receipt.payment_id)
        if receipt.applied >= payment.amount or booking.amount_due == 0:
            settle_payment(payment=payment)
    if booking.amount_due == 0:
        cancel_open_payments(reference=booking.reference)
        close_settled(booking=booking, by_user_id=receipt.received_by_id)


def _take_part(booking: Booking, receipt: Receipt) -> None:
    """Too little came: in time the guest is asked for exactly what is missing, too late it goes back."""
    if booking.state_now != BookingState.HELD:
        refund_everything(booking=booking, reason="too_little")
        messages.tell_late_refund(booking=booking)
        return
    divide_receipt(booking=booking, receipt=receipt)
    cancel_open_payments(reference=booking.reference)
    if booking.method != PaymentMethod.CASH:
        open_payment(booking=booking, method=booking.method, amount=booking.due_now - booking.covered)
    messages.tell_received_partly(booking=booking, receipt=receipt)
