"""What the card provider kept and paid out: each fee once on whom it falls, each payout once with what was in it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from sqlalchemy import select

from app.bookings.models import Booking
from app.bookings.queries.bookings import whole_bookings
from app.bookings.queries.checks.base import Moved, moved_under, verdict
from app.bookings.queries.checks.disputes import lost_on_disputes
from app.bookings.queries.shares import fee_parts
from app.core.db import db
from app.core.filters import rupiah
from app.core.money import Rupiah
from app.ledger.queries import Check, balance
from app.payments.models import Dispute, ProviderPayout, Receipt, Refund
from app.payments.rules import CARD_KEEPER

FEES, FX, HELD = "fees:provider", "fx", f"held:{CARD_KEEPER}"


def fee_checks() -> list[Check]:
    """Fees of charges against the books."""
    known = db.session.scalars(select(Receipt).where(Receipt.fee.is_not(None)).order_by(Receipt.id)).all()
    return [
        _fees_are_booked(known),
        _fees_pass_through(known),
        _rates_differ_by(known),
        _payouts_are_booked(),
    ]


def _fees_are_booked(receipts: Sequence[Receipt]) -> Check:
    """Each fee once, from the bearers of the booking's lines, through the fees' account, to what the provider holds."""
    booked = moved_under("fee", Receipt.id)
    bookings = _bookings({receipt.reference for receipt in receipts})
    breaches = [
        f"receipt {receipt.id} of {receipt.reference}: its fee is not booked as written"
        for receipt in receipts
        if booked.pop(receipt.id, {}) != _wanted(receipt, bookings[receipt.reference])
    ]
    breaches += [f"receipt {key}: a fee is booked that nobody wrote down" for key in booked]
    total = sum(receipt.fee or 0 for receipt in receipts)
    return verdict("every fee is booked once", f"{len(receipts)} fees, {rupiah(total)}", breaches)


def _bookings(references: set[str]) -> dict[str, Booking]:
    codes = {reference.partition(":")[2] for reference in references}
    rows = db.session.scalars(whole_bookings().where(Booking.code.in_(codes)))
    return {booking.reference: booking for booking in rows}


def _wanted(receipt: Receipt, booking: Booking) -> Moved:
    fee, net = receipt.fee or 0, receipt.net or 0
    wanted: dict[tuple[str, str, str], Rupiah] = defaultdict(int)
    keeper, held = receipt.keeper, f"held:{receipt.keeper}"
    for bearer, part in fee_parts(booking, fee):
        wanted[f"payee:{bearer}:payable", FEES, keeper] += part
    wanted[FEES, held, keeper] += fee
    lost = receipt.amount - fee - net
    wanted[(FX, held, keeper) if lost > 0 else (held, FX, keeper)] += abs(lost)
    return {way: amount for way, amount in wanted.items() if amount}


def _fees_pass_through(receipts: Sequence[Receipt]) -> Check:
    """What bearers gave for fees is what the provider kept: nothing stands in between."""
    left = balance(FEES)
    breaches = [f"{FEES}: {rupiah(left)}"] if left else []
    return verdict("fees only pass through", f"{len(receipts)} fees", breaches)


def _rates_differ_by(receipts: Sequence[Receipt]) -> Check:
    """What changing money lost or won is charge less fee less net, over all charges."""
    lost = sum(receipt.amount - (receipt.fee or 0) - (receipt.net or 0) for receipt in receipts)
    lost += lost_on_disputes()
    found = -balance(FX)
    breaches = [] if found == lost else [f"{FX}: charges {rupiah(lost)}, books {rupiah(found)}"]
    return verdict("exchange differences are what charges say", f"{rupiah(lost)} lost", breaches)


def _payouts_are_booked() -> Check:
    """Each payout once, from the card provider to the bank, by what its charges and refunds are worth."""
    booked = moved_under("payout", ProviderPayout.id)
    worth = _worth_of_payouts()
    payouts = db.session.scalars(select(ProviderPayout).order_by(ProviderPayout.id)).all()
    breaches = []
    for payout in payouts:
        amount, bank = payout.amount or 0, payout.keeper
        to_bank, from_card = (f"held:{bank}", f"between:{CARD_KEEPER}"), (f"between:{bank}", HELD)
        if amount < 0:
            to_bank, from_card = to_bank[::-1], from_card[::-1]
        wanted: Moved = {(*to_bank, bank): abs(amount), (*from_card, CARD_KEEPER): abs(amount)}
        if booked.pop(payout.id, {}) != (wanted if amount else {}) or worth.pop(payout.id, 0) != amount:
            breaches.append(f"payout {payout.provider_id}: not booked as its charges and refunds say")
    total = sum(payout.amount or 0 for payout in payouts)
    return verdict("every payout is booked once", f"{len(payouts)} payouts, {rupiah(total)}", breaches)


def _worth_of_payouts() -> dict[int, Rupiah]:
    """What charges, refunds and disputes in each payout are worth in our books."""
    worth: dict[int, Rupiah] = defaultdict(int)
    for receipt in db.session.scalars(select(Receipt).where(Receipt.payout_id.is_not(None))):
        worth[receipt.payout_id or 0] += receipt.net or 0
    for refund in db.session.scalars(select(Refund)):
        worth[refund.payout_id or 0] -= refund.amount
        worth[refund.returned_payout_id or 0] += refund.amount
    for dispute in db.session.scalars(select(Dispute)):
        worth[dispute.taken_payout_id or 0] -= dispute.taken_net
        worth[dispute.returned_payout_id or 0] += dispute.returned_net
    worth.pop(0, None)  # in no payout yet
    return worth
