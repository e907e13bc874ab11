"""Money that came and that goes back: receipts and refunds against the bookings, the books and the keepers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from sqlalchemy import select

from app.bookings.models import Booking
from app.bookings.queries.checks.base import Moved, differing, moved_under, verdict
from app.bookings.queries.checks.coupons import gifts_by_keeper
from app.bookings.queries.checks.disputes import disputed_away
from app.bookings.queries.checks.hand_refunds import paid_from
from app.bookings.queries.checks.hands import moved_between
from app.bookings.queries.reviews import moved_on
from app.core.db import db
from app.core.filters import rupiah
from app.core.money import Rupiah
from app.ledger.queries import Check, keeper_balances
from app.payments.models import ProviderPayout, Receipt, Refund
from app.payments.rules import CARD_KEEPER, MOVED_ON, RefundState

GONE = frozenset({RefundState.SENT, RefundState.RETURNED})


def receipt_checks() -> list[Check]:
    """Receipts, refunds and what each keeper holds."""
    receipts = db.session.scalars(select(Receipt).order_by(Receipt.id)).all()
    refunds = db.session.scalars(select(Refund).order_by(Refund.id)).all()
    return [
        _receipts_match_bookings(receipts),
        _receipts_are_booked(receipts),
        _refunds_are_booked(refunds),
        _refunds_fit_receipts(receipts, refunds),
        _refund_accounts_match(refunds),
        _keepers_hold(receipts, refunds),
        _excess_stands_apart(receipts),
        _cards_have_charges(receipts),
        _keepers_owe_each_other(),
    ]


def _receipts_match_bookings(receipts: Sequence[Receipt]) -> Check:
    rows = db.session.execute(select(Booking.code, Booking.paid).where(Booking.paid > 0))
    paid = {f"booking:{code}": paid for code, paid in rows}
    applied: dict[str, Rupiah] = defaultdict(int)
    for receipt in receipts:
        applied[receipt.reference] += receipt.applied
    breaches = differing(paid, dict(applied), "booking|receipts")
    return verdict("receipts add up to what bookings say", f"{len(receipts)} receipts", breaches)


def _receipts_are_booked(receipts: Sequence[Receipt]) -> Check:
    """Each receipt once, from its keeper, to booking, unique code and excess as it was read."""
    booked = moved_under("receipt", Receipt.id)
    breaches = []
    for receipt in receipts:
        held, account = source_of(receipt), receipt.keeper.partition(":")[2]
        parts = (
            (receipt.reference, receipt.applied),
            (f"codes:{account}", receipt.code_amount),
            (f"review:{receipt.id}", receipt.excess),
        )
        wanted: Moved = {(held, target, receipt.keeper): amount for target, amount in parts if amount}
        if booked.pop(receipt.id, {}) != wanted:
            breaches.append(f"receipt {receipt.id} of {receipt.reference}: not booked as written")
    return verdict("every receipt is booked as written", f"{len(receipts)} receipts", breaches)


def _refunds_are_booked(refunds: Sequence[Refund]) -> Check:
    """Each refund is owed with its amount, has left its keeper exactly when it was sent, and is back there when it was
    returned.
    """
    owed, left = moved_under("refund", Refund.id), moved_under("refund-sent", Refund.id)
    returned = moved_under("refund-returned", Refund.id)
    payers, breaches = paid_from(), []
    for refund in refunds:
        account = f"refund:{refund.id}"
        owing = sum(
            amount
            for (_source, target, keeper), amount in owed.get(refund.id, {}).items()
            if target == account and keeper == refund.keeper
        )
        going = left.get(refund.id, {})
        sent = _sent(refund, payers.get(refund.id, refund.keeper))
        back: Moved = {(f"held:{refund.keeper}", account, refund.keeper): refund.amount}
        if returned.get(refund.id, {}) != (back if refund.state == RefundState.RETURNED else {}):
            breaches.append(f"refund {refund.id}: is {refund.state.value}, which the books do not say")
        if owing != refund.amount:
            breaches.append(f"refund {refund.id}: {rupiah(refund.amount)}, booked as owed {rupiah(owing)}")
        if going != (sent if refund.state in GONE else {}):
            breaches.append(f"refund {refund.id}: is {refund.state.value}, which the books do not say")
    return verdict("every refund is booked as written", f"{len(refunds)} refunds", breaches)


def _sent(refund: Refund, payer: str) -> Moved:
    """What its proof books: the money leaves who paid it; where another had it, that one owes it to the payer."""
    account, amount = f"refund:{refund.id}", refund.amount
    if refund.credit_id is not None:
        return {(account, f"credit:{refund.credit_id}", refund.keeper): amount}
    leaves: Moved = {(account, f"held:{payer}", payer): amount}
    if payer == refund.keeper:
        return leaves
    return leaves | {
        (account, f"between:{payer}", refund.keeper): amount,
        (f"between:{refund.keeper}", account, payer): amount,
    }


def source_of(receipt: Receipt) -> str:
    """The account that a receipt's money comes from: its keeper's hands, or the guest's credit."""
    return f"held:{receipt.keeper}" if receipt.credit_id is None else f"credit:{receipt.credit_id}"


def _refunds_fit_receipts(receipts: Sequence[Receipt], refunds: Sequence[Refund]) -> Check:
    """No receipt gives back more than it brought, and money goes back the way it came."""
    known = {receipt.id: receipt for receipt in receipts}
    returned: dict[int, Rupiah] = defaultdict(int)
    breaches = []
    for refund in refunds:
        receipt = known[refund.receipt_id]
        returned[receipt.id] += refund.amount if refund.state not in MOVED_ON else 0
        if (refund.keeper, refund.reference) != (receipt.keeper, receipt.reference):
            breaches.append(f"refund {refund.id}: not from the keeper and booking of receipt {receipt.id}")
    breaches += [
        f"receipt {key}: brought {rupiah(known[key].amount)}, gives back {rupiah(amount)}"
        for key, amount in returned.items()
        if amount > known[key].amount
    ]
    return verdict("refunds fit the receipts they belong to", f"{len(refunds)} refunds", breaches)


def _refund_accounts_match(refunds: Sequence[Refund]) -> Check:
    """What stands on refund accounts is exactly what has not been sent."""
    unsent = {
        f"refund:{refund.id} with {refund.keeper}": refund.amount
        for refund in refunds
        if refund.state not in GONE | MOVED_ON
    }
    owed = {f"{row.code} with {row.keeper}": row.amount for row in keeper_balances("refund")}
    breaches = differing(unsent, owed, "to send|books")
    return verdict(
        "refund accounts hold what is to be sent", f"{rupiah(sum(unsent.values()))} to send", breaches
    )


def _keepers_hold(receipts: Sequence[Receipt], refunds: Sequence[Refund]) -> Check:
    """What a keeper holds is what came to it, less the provider's fee where it is known, less what left it."""
    wanted: dict[str, Rupiah] = defaultdict(int)
    for receipt in receipts:
        if receipt.credit_id is None:
            wanted[f"held:{receipt.keeper}"] += receipt.amount if receipt.net is None else receipt.net
    for keeper, amount in gifts_by_keeper():
        wanted[f"held:{keeper}"] += amount
    payers = paid_from()
    for refund in refunds:
        if refund.state == RefundState.SENT and refund.credit_id is None:
            wanted[f"held:{payers.get(refund.id, refund.keeper)}"] -= refund.amount
    for keeper, amount in moved_on().items():
        # Received once more for the booking that it was for, or not ours at all.
        wanted[f"held:{keeper}"] -= amount
    wanted[f"held:{CARD_KEEPER}"] -= disputed_away()
    for keeper, amount in moved_between():
        wanted[f"held:{keeper}"] += amount
    for keeper, amount in _payouts():
        wanted[f"held:{keeper}"] += amount
        wanted[f"held:{CARD_KEEPER}"] -= amount
    held: dict[str, Rupiah] = defaultdict(int)
    for row in keeper_balances("held"):
        held[row.code] -= row.amount
    breaches = differing(wanted, held, "receipts less fees and refunds|books")
    return verdict(
        "keepers hold receipts less fees and refunds sent", f"{rupiah(sum(wanted.values()))} held", breaches
    )


def _payouts() -> list[tuple[str, Rupiah]]:
    """What went from the card provider to which bank account."""
    columns = ProviderPayout.keeper, ProviderPayout.amount
    rows = db.session.execute(select(*columns).where(ProviderPayout.amount.is_not(None)))
    return [(keeper, amount) for keeper, amount in rows if amount is not None]


def _excess_stands_apart(receipts: Sequence[Receipt]) -> Check:
    """What is under review came in too much with that very receipt."""
    most = {f"review:{receipt.id}": receipt.excess for receipt in receipts}
    rows = keeper_balances("review")
    breaches = [
        f"{row.code}: {rupiah(row.amount)} of {rupiah(most.get(row.code, 0))}"
        for row in rows
        if not 0 < row.amount <= most.get(row.code, 0)
    ]
    return verdict(
        "money under review came in too much", f"{rupiah(sum(row.amount for row in rows))}", breaches
    )


def _cards_have_charges(receipts: Sequence[Receipt]) -> Check:
    """What lies with the card provider came by a charge of its, and no other money did."""
    by_card = [receipt for receipt in receipts if receipt.keeper == CARD_KEEPER]
    breaches = [
        f"receipt {receipt.id} of {receipt.reference}: with {receipt.keeper}, charge {receipt.charge}"
        for receipt in receipts
        if (receipt.keeper == CARD_KEEPER) != (receipt.charge is not None)
    ]
    return verdict("card money came by a charge", f"{len(by_card)} receipts", breaches)


def _keepers_owe_each_other() -> Check:
    """What one keeper has to give to another, the other has to get: together nothing."""
    rows = keeper_balances("between")
    total = sum(row.amount for row in rows)
    breaches = [f"{row.code} with {row.keeper}: {rupiah(row.amount)}" for row in rows] if total else []
    owed = sum(row.amount for row in rows if row.amount > 0)
    return verdict("what keepers owe each other sums to 0", f"{rupiah(owed)} owed", breaches)
