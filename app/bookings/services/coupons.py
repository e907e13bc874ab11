"""A booking takes a use of a voucher and a part of a credit, keeps them while it is held, spends them, lets them go."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from app.bookings import queries
from app.bookings.models import Booking, Credit, Voucher
from app.bookings.rules import COMES_BACK_FOR
from app.bookings.services.discount import used_up
from app.bookings.services.divide import divide_receipt
from app.core import audit, clock, counters
from app.core.counters import Full, Want
from app.core.db import db
from app.core.errors import Conflict, SoldOut
from app.core.money import Rupiah
from app.core.words import gettext as _
from app.ledger.services import Move, post
from app.payments.models import Receipt, Refund
from app.payments.rules import PaymentMethod, Reading
from app.payments.services import add_receipt, mark_refund_sent


def take_coupons(*, booking: Booking, until: datetime | None) -> None:
    """Take a use of the booking's voucher and what it is promised of a credit: until a time, or for good (None).

    The counters are the referees: two trips never have the same rupiah. Raises Invalid where the voucher is used up,
    Conflict where the credit has less by now; then nothing is taken.
    """
    wants = _wants(booking)
    if not wants:
        return
    try:
        counters.take(wants, until)
    except Full as full:
        if _voucher_holder(booking) in full.left:
            raise used_up() from full
        raise Conflict(_("There is less on this code by now: another trip has taken it.")) from full


def keep_coupons(*, booking: Booking) -> None:
    """For good, as the booking becomes certain. Raises SoldOut where another trip has had them meanwhile."""
    try:
        counters.take(_wants(booking), None)
    except Full as full:
        raise SoldOut(_("The voucher or credit of this booking has been used by another trip.")) from full


def spend_credit(*, booking: Booking) -> None:
    """What a credit promised becomes a receipt like any other and is divided, before the booking is certain."""
    amount = booking.promised
    if not amount or booking.credit_id is None:
        return
    credit = db.session.get_one(Credit, booking.credit_id)
    receipt = add_receipt(
        reference=booking.reference,
        payment=None,
        method=PaymentMethod.CREDIT,
        amount=amount,
        reading=Reading(amount, 0, 0),
        keeper=credit.keeper,
        received_on=clock.today(),
        by_user_id=None,
        note=None,
    )
    receipt.credit_id = credit.id
    move = Move(credit.account, booking.reference, amount, credit.keeper)
    post(reference=f"receipt:{receipt.id}", kind="receipt", subject=booking.reference, moves=[move])
    # Promised no longer, but paid.
    booking.credit_amount, booking.paid = 0, booking.paid + amount
    audit.record(
        action="credit:spent", subject=booking.reference, user_id=None, credit=credit.id, amount=amount
    )
    divide_receipt(booking=booking, receipt=receipt)


def return_to_credit(*, booking: Booking, refunds: Sequence[Refund]) -> None:
    """What came from a credit goes back to it at once: it is where the money lay. The counter follows when the booking
    gives its places back (`settle_credit`).
    """
    for refund in refunds:
        receipt = db.session.get_one(Receipt, refund.receipt_id)
        if receipt.credit_id is None:
            continue
        credit = db.session.get_one(Credit, receipt.credit_id)
        mark_refund_sent(refund=refund, proof=credit.account, by_user_id=None)
        refund.credit_id = credit.id
        move = Move(f"refund:{refund.id}", credit.account, refund.amount, refund.keeper)
        post(
            reference=f"refund-sent:{refund.id}", kind="refund_sent", subject=booking.reference, moves=[move]
        )
        _lengthen(credit)


def _lengthen(credit: Credit) -> None:
    """Money that came back can be spent again, also where the credit's own time is over by now."""
    until = clock.today() + COMES_BACK_FOR
    if credit.valid_until is None or credit.valid_until >= until:
        return
    audit.record(
        action="credit:lengthened",
        subject=credit.account,
        user_id=None,
        reason="money came back",
        was=credit.valid_until.isoformat(),
        until=until.isoformat(),
    )
    credit.valid_until = until


def settle_credit(*, booking: Booking) -> None:
    """What a certain or ended booking has of its credit, and no more, is taken from it."""
    if booking.credit_id is None or booking.promised:
        return
    spent = queries.spent_of_credit(booking)
    if not spent:
        counters.release([_credit_holder(booking)])
        return
    credit = db.session.get_one(Credit, booking.credit_id)
    counters.take([Want(_credit_holder(booking), credit.counter_id, spent)], None)


def free_coupons(*, bookings: Sequence[Booking]) -> None:
    """Bookings ended: a voucher may be used again where nothing was kept, and a credit has what came back."""
    freed = [_voucher_holder(one) for one in bookings if one.voucher_id and not one.kept]
    freed += [_credit_holder(one) for one in bookings if one.credit_id and not queries.spent_of_credit(one)]
    if freed:
        counters.release(freed)
    for booking in bookings:
        if booking.credit_id and queries.spent_of_credit(booking):
            settle_credit(booking=booking)


def _wants(booking: Booking) -> list[Want]:
    wants = []
    if booking.voucher_id is not None:
        voucher = db.session.get_one(Voucher, booking.voucher_id)
        wants.append(Want(_voucher_holder(booking), voucher.counter_id, 1))
    amount: Rupiah = booking.promised
    if booking.credit_id is not None and amount:
        credit = db.session.get_one(Credit, booking.credit_id)
        wants.append(Want(_credit_holder(booking), credit.counter_id, amount))
    return wants


def _voucher_holder(booking: Booking) -> str:
    return f"voucher:{booking.code}"


def _credit_holder(booking: Booking) -> str:
    return f"credit:{booking.code}"
