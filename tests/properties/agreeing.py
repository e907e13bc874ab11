"""Whether our books and the provider's agree once nothing is on its way."""

from __future__ import annotations

from collections import Counter

from sqlalchemy import select

from app.core.db import db
from app.payments.gateway.values import ProviderRefundState, SessionState
from app.payments.models import Payment, ProviderPayout, Receipt, Refund
from app.payments.rules import CARD_KEEPER, OPEN_STATES, RefundState
from tests.properties.till import Till

AT_REST = {
    RefundState.SENT,
    RefundState.FAILED,
    RefundState.PENDING,
    RefundState.RETURNED,
    RefundState.PARTED,
}


def compare_with(till: Till) -> None:
    """At rest, our rows say what the provider says: every page, charge, fee, payout and refund."""
    paid = {page.charge: page.paid for page in till.pages.values() if page.charge}
    receipts = list(db.session.scalars(select(Receipt).where(Receipt.keeper == CARD_KEEPER)))
    assert {receipt.charge: receipt.amount for receipt in receipts} == paid
    payments = {payment.session_id: payment for payment in db.session.scalars(select(Payment))}
    for page in till.pages.values():
        payment = payments.get(page.id)
        assert payment is not None, f"{page.id} was forgotten"
        assert page.state != SessionState.OPEN or payment.state in OPEN_STATES, f"{page.id} is still open"
    _compare_refunds(till, receipts)
    _compare_fees_and_payouts(till, receipts)


def _compare_fees_and_payouts(till: Till, receipts: list[Receipt]) -> None:
    for receipt in receipts:
        told = till.fee_of(str(receipt.charge))
        assert (receipt.fee, receipt.net) == (told.fee, told.net), f"the fee of {receipt.charge}"
    for payout in db.session.scalars(select(ProviderPayout)):
        parts = till.payouts[payout.provider_id]
        worth = sum(till.fee_of(part.charge).net for part in parts if part.charge)
        gone = [till.refunds[part.refund] for part in parts if part.refund]
        if payout.amount is not None:
            assert payout.amount == worth - sum(one.amount or 0 for one in gone)
        else:
            assert any(one.state != ProviderRefundState.SUCCEEDED for one in gone), "it waits for nothing"


def _compare_refunds(till: Till, receipts: list[Receipt]) -> None:
    charge_of = {receipt.id: receipt.charge for receipt in receipts}
    failed = {one.id for one in till.refunds.values() if one.state == ProviderRefundState.FAILED}
    owed: Counter[str] = Counter()
    for refund in db.session.scalars(select(Refund).where(Refund.keeper == CARD_KEEPER)):
        assert refund.state in AT_REST, refund.state
        is_theirs = refund.state in {RefundState.SENT, RefundState.PENDING} and refund.sent_by_id is None
        if is_theirs and refund.provider_id not in failed:
            owed[str(charge_of[refund.receipt_id])] += refund.amount
    returned = Counter({charge: till.returned_of(str(charge)) for charge in charge_of.values()})
    assert +owed == +returned
