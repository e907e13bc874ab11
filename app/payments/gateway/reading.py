"""The provider's objects, read into our own; and the one place where rupiah become what the provider counts.

The provider counts IDR in hundredths: Rp150.000 is 15_000_000 (its own documentation of currencies with two decimals).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

from app.core.money import Rupiah
from app.payments.gateway.values import (
    ChargeFee,
    DisputeMovement,
    EventKind,
    PayoutPart,
    ProviderDispute,
    ProviderDisputeState,
    ProviderEvent,
    ProviderRefund,
    ProviderRefundState,
    Session,
    SessionState,
)

HUNDREDTHS = 100
CURRENCY = "idr"
KINDS = {
    "checkout.session.completed": EventKind.SESSION_COMPLETED,
    "checkout.session.async_payment_succeeded": EventKind.SESSION_COMPLETED,
    "checkout.session.expired": EventKind.SESSION_EXPIRED,
    "refund.created": EventKind.REFUND_CHANGED,
    "refund.updated": EventKind.REFUND_CHANGED,
    "refund.failed": EventKind.REFUND_CHANGED,
    "charge.refund.updated": EventKind.REFUND_CHANGED,
    "charge.updated": EventKind.CHARGE_CHANGED,
    "charge.dispute.created": EventKind.DISPUTE_CHANGED,
    "charge.dispute.updated": EventKind.DISPUTE_CHANGED,
    "charge.dispute.funds_withdrawn": EventKind.DISPUTE_CHANGED,
    "charge.dispute.funds_reinstated": EventKind.DISPUTE_CHANGED,
    "charge.dispute.closed": EventKind.DISPUTE_CHANGED,
    "payout.paid": EventKind.PAYOUT_PAID,
    "payout.failed": EventKind.PAYOUT_FAILED,
}
REFUND_STATES = {
    "pending": ProviderRefundState.PENDING,
    "requires_action": ProviderRefundState.PENDING,
    "succeeded": ProviderRefundState.SUCCEEDED,
    "failed": ProviderRefundState.FAILED,
    "canceled": ProviderRefundState.FAILED,
}

DISPUTE_STATES = {
    "won": ProviderDisputeState.WON,
    "lost": ProviderDisputeState.LOST,
    "warning_closed": ProviderDisputeState.CLOSED,
    "prevented": ProviderDisputeState.CLOSED,
    "under_review": ProviderDisputeState.ANSWERED,
    "warning_under_review": ProviderDisputeState.ANSWERED,
    "appeal_under_review": ProviderDisputeState.ANSWERED,
}
"""Whatever else it says, somebody must answer."""
REFUND_MOVEMENTS = frozenset(
    {"refund", "payment_refund", "refund_failure", "payment_failure_refund", "payment_refund_failure"}
)
"""Kinds of movements that are about a refund: its money left, or came back."""


def to_provider(amount: Rupiah) -> int:
    """Rupiah in the provider's hundredths. Raises ValueError for an amount that cannot be charged."""
    if amount <= 0:
        raise ValueError("only an amount above Rp0 can be charged")
    return amount * HUNDREDTHS


def from_provider(hundredths: int) -> Rupiah:
    """The provider's hundredths in rupiah. Raises ValueError for parts of a rupiah: nobody here can owe them."""
    amount, rest = divmod(hundredths, HUNDREDTHS)
    if rest or hundredths < 0:
        raise ValueError(f"{hundredths} hundredths are no whole rupiah")
    return amount


def read_session(told: Mapping[str, Any]) -> Session:
    """A Checkout Session. Raises KeyError, TypeError or ValueError for what is none."""
    asked = _rupiah(told["amount_total"], told["currency"])
    return Session(
        id=told["id"],
        state=SessionState(told["status"]),
        url=told.get("url"),
        reference=told.get("client_reference_id") or "",
        payment_id=_our_number(told, "payment_id"),
        asked=asked,
        paid=asked if told["payment_status"] == "paid" else None,
        currency=told["currency"] or "",
        charge=_id_of(told.get("payment_intent")),
        live=told["livemode"],
        created_at=_instant(told["created"]),
        expires_at=_instant(told["expires_at"]),
    )


def read_refund(told: Mapping[str, Any]) -> ProviderRefund:
    """A refund. Raises KeyError, TypeError or ValueError for what is none."""
    return ProviderRefund(
        id=told["id"],
        charge=_id_of(told.get("payment_intent")) or _id_of(told["charge"]) or "",
        amount=_rupiah(told["amount"], told["currency"]),
        currency=told["currency"],
        state=REFUND_STATES[told["status"]],
        refund_id=_our_number(told, "refund_id"),
    )


def read_charge_fee(told: Mapping[str, Any]) -> ChargeFee | None:
    """What the provider kept of a payment intent's charge, shown in full; None while it does not say.

    Raises KeyError, TypeError or ValueError for what cannot be read as rupiah.
    """
    charge = told["latest_charge"]
    booked = charge and charge["balance_transaction"]
    if not booked:
        return None
    if charge["currency"] != CURRENCY:
        raise ValueError(f"charged in {charge['currency']}")
    rate = _rate(booked)
    return ChargeFee(
        charge=told["id"],
        amount=from_provider(charge["amount"]),
        fee=in_rupiah(booked["fee"], rate),
        net=in_rupiah(booked["net"], rate),
    )


def read_payout_part(told: Mapping[str, Any]) -> PayoutPart:
    """A movement on the account, what it is about shown in full. Raises KeyError or TypeError for what is none."""
    about = told["source"] if isinstance(told["source"], Mapping) else {}
    kind = told["type"]
    return PayoutPart(
        kind=kind,
        charge=_id_of(about.get("payment_intent")) if kind in {"charge", "payment"} else None,
        refund=about.get("id") if kind in REFUND_MOVEMENTS else None,
        movement=told["id"] if about.get("object") == "dispute" else None,
    )


def read_dispute(told: Mapping[str, Any]) -> ProviderDispute:
    """A dispute. Raises KeyError, TypeError or ValueError for what is none."""
    moved = [one for one in told["balance_transactions"] if isinstance(one, Mapping)]
    due = (told.get("evidence_details") or {}).get("due_by")
    return ProviderDispute(
        id=told["id"],
        charge=_id_of(told.get("payment_intent")) or _id_of(told["charge"]) or "",
        amount=_rupiah(told["amount"], told["currency"]),
        currency=told["currency"] or "",
        state=DISPUTE_STATES.get(told["status"], ProviderDisputeState.NEEDS_ANSWER),
        reason=str(told.get("reason") or "general"),
        due_at=_instant(due) if due else None,
        created_at=_instant(told["created"]),
        taken=next((_movement(one, -1) for one in moved if not _is_back(one)), None),
        returned=next((_movement(one, 1) for one in moved if _is_back(one)), None),
    )


def _is_back(booked: Mapping[str, Any]) -> bool:
    return bool(booked["amount"] > 0 or booked.get("reporting_category") == "dispute_reversal")


def _movement(booked: Mapping[str, Any], sign: int) -> DisputeMovement:
    rate = _rate(booked)
    return DisputeMovement(
        id=booked["id"], net=sign * in_rupiah(booked["net"], rate), fee=in_rupiah(booked["fee"], rate)
    )


def in_rupiah(counted: int, rate: Decimal) -> Rupiah:
    """What the provider counts in its own money as whole rupiah, half to even; `rate` is its money per our money, both
    in their smallest parts, as it tells it. Raises ValueError for a rate that is none.
    """
    if not rate.is_finite() or rate <= 0:
        raise ValueError(f"{rate} is no rate")
    return int((Decimal(counted) / rate / HUNDREDTHS).quantize(Decimal(1), ROUND_HALF_EVEN))


def _rate(booked: Mapping[str, Any]) -> Decimal:
    if booked["currency"] == CURRENCY:
        return Decimal(1)
    if booked.get("exchange_rate") is None:
        raise ValueError(f"no rate for {booked['currency']}")
    return Decimal(str(booked["exchange_rate"]))


def read_event(told: Mapping[str, Any]) -> ProviderEvent:
    """An event with what it is about. Raises KeyError, TypeError or ValueError for what is none."""
    if told["object"] != "event":
        raise ValueError("this is no event")
    kind, about = KINDS.get(told["type"], EventKind.OTHER), told["data"]["object"]
    of_session = kind in {EventKind.SESSION_COMPLETED, EventKind.SESSION_EXPIRED}
    return ProviderEvent(
        id=told["id"],
        kind=kind,
        type=told["type"],
        live=told["livemode"],
        created_at=_instant(told["created"]),
        session=read_session(about) if of_session else None,
        refund=read_refund(about) if kind == EventKind.REFUND_CHANGED else None,
        charge=_id_of(about.get("payment_intent")) if kind == EventKind.CHARGE_CHANGED else None,
        payout=about["id"] if kind in {EventKind.PAYOUT_PAID, EventKind.PAYOUT_FAILED} else None,
        dispute=read_dispute(about) if kind == EventKind.DISPUTE_CHANGED else None,
    )


def _rupiah(amount: int | None, currency: str | None) -> Rupiah | None:
    # Another money, or parts of a rupiah: somebody must look at it, and reading it must not fail before they can.
    if amount is None or currency != CURRENCY or amount % HUNDREDTHS:
        return None
    return from_provider(amount)


def _our_number(told: Mapping[str, Any], name: str) -> int | None:
    value = str((told.get("metadata") or {}).get(name, ""))
    return int(value) if value.isascii() and value.isdigit() and len(value) < 19 else None


def _id_of(told: str | Mapping[str, Any] | None) -> str | None:
    """The number of a thing that the provider names, or shows in full when asked to."""
    return told if told is None or isinstance(told, str) else str(told["id"])


def _instant(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
