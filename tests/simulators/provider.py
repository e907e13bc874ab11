"""The card provider for tests: one simulator process a worker, emptied for each test that asks for `stripe_simulator`.

    def test_x(client, stripe_simulator):           # any of: app, client, visitor, race_app, live_server, web_process
        ...                                         # the app is made with the simulator as its provider
        back = stripe_simulator.pay(page_url)       # the hosted page; gives the address the guest is sent back to
        stripe_simulator.deliver(client)            # what the provider tells, posted to /webhooks/stripe

With STRIPE_TEST_KEY it is Stripe's test mode (tests/simulators/testmode.py). What is `@simulator_only` here raises
`NeedsSimulator` in a test that does not carry the mark of that name.

Nothing is delivered by itself: `deliver(client)` carries events to a Flask client, signed by the app's clock;
`deliver_to(live_server.url)` lets the simulator post them over HTTP from then on, as the real one does.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from functools import wraps
from threading import current_thread, main_thread
from typing import Any, TypeVar, cast

import pytest
import requests
import stripe
from flask.testing import FlaskClient

from app.core import clock
from app.payments.gateway import StripeGateway

PAYS, DECLINES, ASKS = "4242 4242 4242 4242", "4000 0000 0000 0002", "4000 0025 0000 3155"
DISPUTES = "4000 0000 0000 0259"
WEBHOOKS = "/webhooks/stripe"
PATIENCE_SECONDS = 20

Event = dict[str, Any]
Method = TypeVar("Method", bound=Callable[..., Any])


class NeedsSimulator(Exception):
    """Stripe's test mode cannot do this on demand: whoever asks for it is to be marked `simulator_only`."""


def simulator_only(method: Method) -> Method:
    """A method that Stripe's test mode has no counterpart of."""

    @wraps(method)
    def guarded(provider: Provider, *given: Any, **named: Any) -> Any:
        provider.need(method.__name__)
        return method(provider, *given, **named)

    return cast("Method", guarded)


class Provider:
    """The simulator as a test sees it: `base`, `secret_key`, `webhook_secret`, and what can be done to it.

    While `is_guarded` it does only what Stripe's test mode does as well.
    """

    def __init__(self, base: str, secret_key: str, webhook_secret: str) -> None:
        self.base, self.secret_key, self.webhook_secret = base, secret_key, webhook_secret
        self.is_guarded, self.is_needed, self._http = False, False, requests.Session()

    def need(self, what: str) -> None:
        """Raise NeedsSimulator while guarded, else remember that the mark is true."""
        self.is_needed = True
        if self.is_guarded:
            raise NeedsSimulator(f"Stripe's test mode has no `{what}`: mark the test (see needs.py)")

    @property
    @simulator_only
    def http(self) -> requests.Session:
        """To look at the simulator's own pages with."""
        return self._http

    def leave(self) -> None:
        """Close connections."""
        self._http.close()

    # What is connected to it

    @property
    def settings(self) -> dict[str, str]:
        """The app's settings that make this its provider."""
        return {f"stripe_{name}": value for name, value in self._names().items()}

    @property
    def environment(self) -> dict[str, str]:
        """The same for a program."""
        return {f"STRIPE_{name.upper()}": value for name, value in self._names().items()}

    def _names(self) -> dict[str, str]:
        return {"secret_key": self.secret_key, "webhook_secret": self.webhook_secret, "api_base": self.base}

    def gateway(self) -> StripeGateway:
        """Our own gateway, connected to it."""
        return StripeGateway(
            secret_key=self.secret_key, webhook_secret=self.webhook_secret, api_base=self.base
        )

    def library(self) -> stripe.V1Services:
        """The provider's library, connected to it, for what our gateway does not ask."""
        addresses: Any = {"api": self.base}
        return stripe.StripeClient(self.secret_key, base_addresses=addresses, max_network_retries=0).v1

    # The guest on the hosted page

    def pay(self, url: str, card: str = PAYS, *, confirm: bool = True) -> str:
        """Pay on the hosted page; a card whose bank asks is confirmed. Gives the address the guest is sent back to."""
        answer = self._submit(url, number=card, expiry="12/34", cvc="123")
        if answer.status_code == 303 and answer.headers["Location"].split("?")[0].endswith("/3ds"):
            question = self.base + answer.headers["Location"]
            answer = self._submit(question, answer="confirm" if confirm else "refuse")
        assert answer.status_code == 303, f"not paid ({answer.status_code}): {answer.text}"
        return answer.headers["Location"]

    def decline(self, url: str, card: str = DECLINES) -> str:
        """Try a card that is refused (or whose owner refuses); gives the page that says so, still open to be paid."""
        answer = self._submit(url, number=card)
        if answer.status_code == 303:
            answer = self._submit(self.base + answer.headers["Location"], answer="refuse")
        assert answer.status_code == 402, f"not declined ({answer.status_code}): {answer.text}"
        return answer.text

    def _submit(self, url: str, **fields: str) -> requests.Response:
        if current_thread() is not main_thread():
            self.need("hosted page in another thread")
        return self._http.post(url, data=fields, allow_redirects=False, timeout=PATIENCE_SECONDS)

    # Events

    def events(self, *types: str) -> list[Event]:
        """Everything it ever told, oldest first; of these types, or all."""
        told: list[Event] = self._ask("GET", "events")
        return [event for event in told if not types or event["type"] in types]

    def pending(self) -> list[Event]:
        """What nobody has taken yet, oldest first."""
        return list(self._ask("GET", "events?pending=1"))

    def deliver(
        self,
        client: FlaskClient,
        events: Sequence[Event] | None = None,
        *,
        times: int = 1,
        newest_first: bool = False,
    ) -> list[int]:
        """Post events to a Flask client, each `times` times: these, or all that wait. Gives the statuses.

        Signed by the app's clock as it stands in this test. What is answered with 2xx waits no longer.
        """
        chosen = list(self.pending() if events is None else events)
        statuses = []
        for event in reversed(chosen) if newest_first else chosen:
            body = json.dumps(event).encode()
            for _ in range(times):
                answer = client.post(
                    WEBHOOKS,
                    data=body,
                    content_type="application/json",
                    headers={"Stripe-Signature": self.sign(body)},
                )
                self.note_taken(event, answer.status_code)
                statuses.append(answer.status_code)
        return statuses

    def note_taken(self, event: Event, status: int = 200) -> None:
        """An event was carried over by hand, and answered so."""
        self._ask("POST", f"events/{event['id']}/taken", status=status)

    def sign(self, body: bytes, *, at: datetime | None = None, secret: str | None = None) -> str:
        """The Stripe-Signature header for a body: now by the app's clock unless told otherwise."""
        moment = at or datetime.now(UTC) + clock.shift()
        return stripe.WebhookSignature.generate_signature_header(
            body.decode(), secret or self.webhook_secret, int(moment.timestamp())
        )

    @simulator_only
    def deliver_to(self, site: str | None) -> None:
        """From now on it posts events to this site by itself, over HTTP, with retries (None: to nobody)."""
        self._ask("POST", "webhooks", url=site and site + WEBHOOKS)

    @simulator_only
    def hold(self, held: bool = True) -> None:
        """Keep events back, or let them go again."""
        self._ask("POST", "webhooks", hold=held)

    @simulator_only
    def deliver_now(
        self, events: Sequence[Event] | None = None, *, times: int = 1, newest_first: bool = False
    ) -> list[int]:
        """Have it post events over HTTP at once, held back or not: these (again), or all that wait."""
        chosen = {} if events is None else {"events": [event["id"] for event in events]}
        return list(self._ask("POST", "deliver", **chosen, times=times, reversed=newest_first))

    @simulator_only
    def wait_until_taken(self) -> None:
        """Wait until everything was delivered over HTTP. Fails after a while."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while waiting := self.pending():
            if time.monotonic() > deadline:
                pytest.fail(f"not taken: {[event['type'] for event in waiting]}")
            time.sleep(0.05)

    # Trouble and time

    def be_away(self, calls: int) -> None:
        """Answer the next calls with 503; one call of our gateway is one of them."""
        self._ask("POST", "trouble", away=calls)

    def lose_answers(self, calls: int) -> None:
        """Do the work of the next calls and hang up. Our gateway asks twice before it gives up: 2 lose one."""
        self._ask("POST", "trouble", lose_answers=calls)

    @simulator_only
    def make_refunds_fail(self, count: int) -> None:
        """The next refunds succeed, and fail when five seconds of the simulator's time have passed."""
        self._ask("POST", "trouble", refunds_fail=count)

    def move_clock(self, shift: timedelta) -> None:
        """How far its clock is ahead of the machine's; sessions lapse, fees become known, refunds finish.

        A test without the mark may set it before any page is opened: then it is no passing of time.
        """
        if self._ask("POST", "clock", shift=shift.total_seconds())["pages"]:
            self.need("move_clock after a page was opened")

    @simulator_only
    def advance(self, span: timedelta) -> None:
        """Move its clock on."""
        self._ask("POST", "clock", advance=span.total_seconds())

    @simulator_only
    def spoil(self, session_id: str, **changes: Any) -> None:
        """Make a session lie in all that comes: `amount_total` (hundredths), `currency`, `livemode`."""
        self._ask("POST", f"sessions/{session_id}/spoil", **changes)

    def settle(self, charge: str) -> None:
        """Let the fee of a payment intent be known at once."""
        self._ask("POST", f"charges/{charge}/settle")

    @simulator_only
    def pay_out(self) -> str:
        """What has gathered goes to the bank; gives the payout's number."""
        return str(self._ask("POST", "payouts")["id"])

    @simulator_only
    def fail_payout(self, payout: str) -> None:
        """The bank sends a payout back."""
        self._ask("POST", f"payouts/{payout}/fail")

    @simulator_only
    def fail_refund(self, refund: str) -> None:
        """A refund comes back from the guest's bank."""
        self._ask("POST", f"refunds/{refund}/fail")

    @simulator_only
    def succeed_refund(self, refund: str) -> None:
        """A pending refund arrives."""
        self._ask("POST", f"refunds/{refund}/succeed")

    @simulator_only
    def dispute(self, charge: str, *, amount: int | None = None, inquiry: bool = False) -> str:
        """The guest has the bank take a payment back, all or so many rupiah, or only ask; gives its number."""
        part = {} if amount is None else {"amount": amount * 100}
        return str(self._ask("POST", f"charges/{charge}/dispute", inquiry=inquiry, **part)["id"])

    def await_dispute(self, charge: str) -> str:
        """The dispute that the card 4000 0000 0000 0259 brings by itself; gives its number."""
        self._ask("POST", "clock", advance=6)
        listed = self.library().disputes.list({"payment_intent": charge}).data
        assert listed, "paid by a card whose owner never disputes"
        return str(listed[0].id)

    def close_dispute(self, dispute: str, *, won: bool) -> None:
        """The bank decides."""
        self._ask("POST", f"disputes/{dispute}/close", status="won" if won else "lost")

    @simulator_only
    def reset(self) -> None:
        """Forget everything."""
        self._ask("POST", "reset")

    def _ask(self, method: str, path: str, **given: Any) -> Any:
        answer = self._http.request(
            method,
            f"{self.base}/_control/{path}",
            json=given if method == "POST" else None,
            headers={"Authorization": f"Bearer {self.secret_key}"},
            timeout=PATIENCE_SECONDS,
        )
        assert answer.status_code == 200, f"{path}: {answer.status_code} {answer.text}"
        return answer.json()

    control = simulator_only(_ask)
