"""Stripe behind our interface: the only `import stripe` of the house."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

import stripe
import structlog

from app.core import clock
from app.core.errors import Unavailable
from app.core.money import Rupiah
from app.core.words import gettext as _
from app.payments.gateway import reading
from app.payments.gateway.reading import (
    CURRENCY,
    read_charge_fee,
    read_payout_part,
    read_refund,
    read_session,
    to_provider,
)
from app.payments.gateway.values import (
    BadSignature,
    ChargeFee,
    PayoutPart,
    ProviderEvent,
    ProviderRefund,
    ProviderRefundState,
    Refused,
    Session,
    SessionRequest,
)

TOLERANCE_SECONDS = 300
TIMEOUTS = (5.0, 10.0)
"""Seconds to wait for a connection, and for the answer on it."""

log = structlog.get_logger()


class StripeGateway:
    """Stripe Checkout: the guest pays on a page of Stripe's, and no card number ever comes near us."""

    def __init__(self, *, secret_key: str, webhook_secret: str | None, api_base: str | None = None) -> None:
        self.live = secret_key.startswith(("sk_live_", "rk_live_"))
        self._webhook_secret = webhook_secret
        # The key of each request is ours and stored, so one retry by the library can do nothing twice.
        self._api = stripe.StripeClient(
            secret_key,
            base_addresses={"api": api_base} if api_base else {},
            http_client=stripe.RequestsClient(timeout=TIMEOUTS),
            max_network_retries=1,
        ).v1

    def open_session(self, request: SessionRequest) -> Session:
        """Open a payment page; the same key again gives the same page. Raises Refused if the rest then differs."""
        with _translated():
            session = self._api.checkout.sessions.create(
                _session_params(request), {"idempotency_key": request.idempotency_key}
            )
        return read_session(session.to_dict())

    def expire_session(self, session_id: str) -> Session:
        """Close a page. One that is not open any more is asked for instead, and what it says is the truth."""
        try:
            with _translated():
                session = self._api.checkout.sessions.expire(session_id)
        except Refused:
            return self.retrieve_session(session_id)
        return read_session(session.to_dict())

    def retrieve_session(self, session_id: str) -> Session:
        """How a page stands now."""
        with _translated():
            return read_session(self._api.checkout.sessions.retrieve(session_id).to_dict())

    def find_session(
        self, *, reference: str, payment_id: int, since: datetime, until: datetime
    ) -> Session | None:
        """The page that was opened for our attempt between two instants, if there is one."""
        span: stripe.params.checkout.SessionListParamsCreated = {
            "gte": int(since.timestamp()),
            "lte": int(until.timestamp()),
        }
        with _translated():
            listed = self._api.checkout.sessions.list({"created": span, "limit": 100})
            pages = (read_session(one.to_dict()) for one in listed.auto_paging_iter())
            ours = (page for page in pages if (page.reference, page.payment_id) == (reference, payment_id))
            return next(ours, None)

    def refund(self, *, charge: str, amount: Rupiah, refund_id: int, idempotency_key: str) -> ProviderRefund:
        """Send money of a charge back. Raises Refused for more than is left of it."""
        with _translated():
            refund = self._api.refunds.create(
                {
                    "payment_intent": charge,
                    "amount": to_provider(amount),
                    "metadata": {"refund_id": str(refund_id)},
                },
                {"idempotency_key": idempotency_key},
            )
        return read_refund(refund.to_dict())

    def find_refund(self, *, charge: str, refund_id: int) -> ProviderRefund | None:
        """The provider's refund for our number: one that has not failed if there is one, else the newest."""
        with _translated():
            listed = self._api.refunds.list({"payment_intent": charge, "limit": 100})
            ours = [read_refund(one.to_dict()) for one in listed.auto_paging_iter()]
        ours = [one for one in ours if one.refund_id == refund_id]
        alive = [one for one in ours if one.state != ProviderRefundState.FAILED]
        return next(iter(alive + ours), None)

    def charge_fee(self, charge: str) -> ChargeFee | None:
        """What Stripe kept of a charge: known a little after it, in the account's own money.

        Raises Refused for figures that cannot be read as rupiah.
        """
        wanted: stripe.params.PaymentIntentRetrieveParams = {"expand": ["latest_charge.balance_transaction"]}
        with _translated():
            told = self._api.payment_intents.retrieve(charge, wanted).to_dict()
        try:
            return read_charge_fee(told)
        except (KeyError, TypeError, ValueError) as error:
            raise Refused(f"unreadable fee: {error}", code="unreadable_fee") from None

    def payout_parts(self, payout: str) -> list[PayoutPart]:
        """Everything that a payout sent to the bank, but for the payout's own movement."""
        with _translated():
            listed = self._api.balance_transactions.list(
                {"payout": payout, "limit": 100, "expand": ["data.source"]}
            )
            parts = [read_payout_part(one.to_dict()) for one in listed.auto_paging_iter()]
        return [part for part in parts if part.kind != "payout"]

    def missed_events(self) -> list[ProviderEvent]:
        """What Stripe told of the last thirty days and nobody took, oldest first; asked for with our own key, it needs
        no signature. What cannot be read as an event stays with Stripe.
        """
        found = []
        with _translated():
            listed = self._api.events.list(
                {"delivery_success": False, "types": list(reading.KINDS), "limit": 100}
            )
            for one in listed.auto_paging_iter():
                try:
                    found.append(reading.read_event(one.to_dict()))
                except (KeyError, TypeError, ValueError, AttributeError, OverflowError):
                    log.warning("unreadable event", event_id=one.id)
        return found[::-1]

    def read_event(self, payload: bytes, signature: str) -> ProviderEvent:
        """What Stripe tells, proved by its signature. Raises BadSignature."""
        try:
            stripe.WebhookSignature.verify_header(payload, signature, self._webhook_secret)
        except (stripe.SignatureVerificationError, ValueError, TypeError):
            raise BadSignature("the signature does not fit the body") from None
        _require_fresh(signature)
        try:
            return reading.read_event(json.loads(payload))
        except (KeyError, TypeError, ValueError, AttributeError, OverflowError):
            raise BadSignature("the body is no event") from None


def _session_params(request: SessionRequest) -> stripe.params.checkout.SessionCreateParams:
    """The same request gives the same parameters: under a key used before, Stripe refuses any that differ."""
    ours = {"reference": request.reference, "payment_id": str(request.payment_id)}
    params: stripe.params.checkout.SessionCreateParams = {
        "mode": "payment",
        "allowed_payment_method_types": ["card"],
        "line_items": [
            {
                "quantity": 1,
                "price_data": {
                    "currency": CURRENCY,
                    "unit_amount": to_provider(request.amount),
                    "product_data": {"name": request.description},
                },
            }
        ],
        "client_reference_id": request.reference,
        "metadata": ours,
        # A refund or a dispute knows the payment only, and the session's metadata are not the payment's.
        "payment_intent_data": {"metadata": ours},
        "adaptive_pricing": {"enabled": False},
        "locale": "id" if request.language == "id" else "en",
        "expires_at": int(request.expires_at.timestamp()),
        "success_url": request.return_url,
        "cancel_url": request.cancel_url,
    }
    if request.email:
        params["customer_email"] = request.email
    return params


def _require_fresh(signature: str) -> None:
    """Refuse what was signed too long ago, or in the future. Raises BadSignature.

    The library would look at the machine's clock. Ours is the database's, and tests move it: a payment told of three
    days late must be possible to try, and an old signature must be old by the clock everything else goes by.
    """
    parts = [part.split("=") for part in signature.split(",")]
    signed_at = next(int(part[1]) for part in parts if part[0] == "t")
    if abs(int(clock.now().timestamp()) - signed_at) > TOLERANCE_SECONDS:
        raise BadSignature("the signature is not of these minutes")


@contextmanager
def _translated() -> Iterator[None]:
    """The library's errors as ours: no answer, or none to rely on, is Unavailable; a no is Refused."""
    try:
        yield
    except (stripe.InvalidRequestError, stripe.IdempotencyError, stripe.CardError) as error:
        code = error.code or (error.error and error.error.type) or "refused"
        raise Refused(error.user_message or "refused without a word", code=str(code)) from None
    except stripe.StripeError as error:
        # A key that is wrong or was withdrawn is among these: ours to mend, and then the same call works.
        log.warning(
            "provider", error=type(error).__name__, status=error.http_status, request=error.request_id
        )
        raise Unavailable(
            _("The card payment service does not answer. Nothing was charged by us; try again in a moment.")
        ) from None
