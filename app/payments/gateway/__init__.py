"""What we ask of a card payment provider: open a page to pay on, close it, ask about it, send money back, read events.

No call here may stand inside of a transaction. `checkout` alone imports Stripe; `reading` alone knows its hundredths.
"""

from __future__ import annotations

from flask import Flask, current_app

from app.payments.gateway.checkout import StripeGateway
from app.payments.gateway.reading import from_provider, to_provider
from app.payments.gateway.values import (
    BadSignature,
    ChargeFee,
    DisputeMovement,
    EventKind,
    Gateway,
    PayoutPart,
    ProviderDispute,
    ProviderDisputeState,
    ProviderEvent,
    ProviderRefund,
    ProviderRefundState,
    Refused,
    Session,
    SessionRequest,
    SessionState,
)


def init_app(app: Flask) -> None:
    """Set up the provider these settings name; without a key there is none, and card is not offered."""
    settings = app.config["SETTINGS"]
    app.extensions["gateway"] = settings.stripe_secret_key and StripeGateway(
        secret_key=settings.stripe_secret_key,
        webhook_secret=settings.stripe_webhook_secret,
        api_base=settings.stripe_api_base,
    )


def gateway() -> Gateway | None:
    """The running application's provider, or None where guests cannot pay by card."""
    found: Gateway | None = current_app.extensions["gateway"]
    return found


__all__ = [
    "BadSignature",
    "ChargeFee",
    "DisputeMovement",
    "EventKind",
    "Gateway",
    "PayoutPart",
    "ProviderDispute",
    "ProviderDisputeState",
    "ProviderEvent",
    "ProviderRefund",
    "ProviderRefundState",
    "Refused",
    "Session",
    "SessionRequest",
    "SessionState",
    "StripeGateway",
    "from_provider",
    "gateway",
    "init_app",
    "to_provider",
]
