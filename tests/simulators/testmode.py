"""Stripe's own test mode as the provider of the tests: what `Provider` does, through Stripe's API and hosted page.

It is chosen by `STRIPE_TEST_KEY=sk_test_…` (docs/testing-with-stripe.md). What Stripe does not do on demand raises
`NeedsSimulator`; tests that ask for it carry the mark `simulator_only` and are left out.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from secrets import token_hex
from typing import Any
from urllib.parse import urlencode

import pytest
import stripe
from playwright.sync_api import Browser

from tests.simulators.gate import Gate
from tests.simulators.hosted_page import HostedPage, before
from tests.simulators.provider import DECLINES, PAYS, Event, Provider

STRIPE = "https://api.stripe.com"
PATIENCE_SECONDS, PAUSE_SECONDS = 60, 0.5
TELLS = {"complete": "checkout.session.completed", "expired": "checkout.session.expired"}
EVIDENCE = {True: "winning_evidence", False: "losing_evidence"}


def chosen() -> tuple[str, str] | None:
    """The test key and the address of Stripe, where the environment chooses test mode. Raises UsageError for a key
    that is not one of test mode.
    """
    key = os.environ.get("STRIPE_TEST_KEY", "").strip()
    if not key:
        return None
    if not key.startswith(("sk_test_", "rk_test_")):
        raise pytest.UsageError(
            "STRIPE_TEST_KEY is no key of Stripe's test mode (sk_test_… or rk_test_…). With a live key the tests would "
            "move real money: nothing was run."
        )
    return key, os.environ.get("STRIPE_TEST_BASE", STRIPE).rstrip("/")


class TestMode(Provider):
    """Stripe as a test sees it. `browser` is asked for when a guest is first before the hosted page."""

    __test__ = False  # no class of tests, whatever its name says

    def __init__(self, key: str, gate: Gate, browser: Callable[[], Browser]) -> None:
        super().__init__(gate.url, key, f"whsec_{token_hex(12)}")
        self.gate, self._browser, self.is_guarded = gate, browser, True
        self._taken: set[str] = set()
        self._disputed: set[tuple[str, str]] = set()

    # The guest on the hosted page

    def pay(self, url: str, card: str = PAYS, *, confirm: bool = True) -> str:
        """Pay on the hosted page; a card whose bank asks is confirmed. Gives the address the guest is sent back to."""
        with self._guest(url) as guest:
            guest.try_card(url, card)
            problem = guest.end(confirm=confirm)
            assert guest.back, f"not paid: {problem}"
        self._look(url)
        return guest.back

    def decline(self, url: str, card: str = DECLINES) -> str:
        """Try a card that is refused (or whose owner refuses); gives the page that says so, still open to be paid."""
        with self._guest(url) as guest:
            guest.try_card(url, card)
            problem = guest.end(confirm=False)
            assert problem, f"not declined: {guest.back}"
            text = guest.page.content()
        self._look(url)
        return text

    def _guest(self, url: str) -> AbstractContextManager[HostedPage]:
        return before(self._browser(), self._look(url)["success_url"])

    def _look(self, url: str) -> dict[str, Any]:
        found = re.search(r"cs_test_\w+", url)
        assert found, f"{url} is no page of test mode"
        return self.gate.look_again(found[0], self._headers)

    # Events

    def events(self, *types: str) -> list[Event]:
        """Everything it told of what this test made, oldest first; of these types, or all."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            told = self._get("events")["data"][::-1]
            lacking = self._to_be_told() - {(one["type"], one["data"]["object"]["id"]) for one in told}
            if not lacking:
                return [event for event in told if not types or event["type"] in types]
            if time.monotonic() > deadline:
                pytest.fail(f"Stripe has not told of {sorted(lacking)}")
            time.sleep(PAUSE_SECONDS)

    def _to_be_told(self) -> set[tuple[str, str]]:
        pages = {(TELLS.get(one["status"], ""), identity) for identity, one in self.gate.sessions.items()}
        refunds = {("refund.created", one) for one in self.gate.refunds}
        return {one for one in pages if one[0]} | refunds | self._disputed

    def pending(self) -> list[Event]:
        """What nobody here has taken yet, oldest first."""
        return [event for event in self.events() if event["id"] not in self._taken]

    def note_taken(self, event: Event, status: int = 200) -> None:
        """An event was carried over by hand, and answered so."""
        if 200 <= status < 300:
            self._taken.add(event["id"])

    # Trouble and time

    def be_away(self, calls: int) -> None:
        """Have the next calls of our programs answered with 503."""
        self.gate.away = calls

    def lose_answers(self, calls: int) -> None:
        """Have the work of the next calls done, and hang up."""
        self.gate.lost = calls

    def move_clock(self, shift: timedelta) -> None:
        """The test's clock is so far ahead of Stripe's; only before the first page. Raises NeedsSimulator later."""
        if not self.gate.set_clock(shift):
            self.need("move_clock after a page was opened")

    def settle(self, charge: str) -> None:
        """Wait until the fee of a payment intent is known."""
        query = {"expand[]": "latest_charge.balance_transaction"}
        self._wait_for(
            lambda: self._get(f"payment_intents/{charge}", **query)["latest_charge"]["balance_transaction"],
            "the fee",
        )

    def await_dispute(self, charge: str) -> str:
        """The dispute that the card 4000 0000 0000 0259 brings by itself; gives its number."""
        listed = self._wait_for(lambda: self._get("disputes", payment_intent=charge)["data"], "the dispute")
        number = str(listed[0]["id"])
        self._disputed.add(("charge.dispute.created", number))
        return number

    def close_dispute(self, dispute: str, *, won: bool) -> None:
        """The bank decides: test mode reads it from the evidence."""
        body = urlencode({"evidence[uncategorized_text]": EVIDENCE[won], "submit": "true"})
        path = f"/v1/disputes/{dispute}"
        status, told, _more = self.gate.ask("POST", path, "", body, self._headers)
        assert status == 200, told
        wanted = {"won" if won else "lost", "warning_closed"}
        self._wait_for(lambda: self._get(f"disputes/{dispute}")["status"] in wanted, "the decision")
        self._disputed.add(("charge.dispute.closed", dispute))

    def _wait_for(self, look: Callable[[], Any], what: str) -> Any:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not (found := look()):
            if time.monotonic() > deadline:
                pytest.fail(f"Stripe has not told {what} in {PATIENCE_SECONDS} seconds")
            time.sleep(PAUSE_SECONDS)
        return found

    @property
    def _headers(self) -> dict[str, str]:
        kind = "application/x-www-form-urlencoded"
        key = {"Authorization": f"Bearer {self.secret_key}"}
        return key | {"Content-Type": kind, "Stripe-Version": stripe.api_version}

    def _get(self, address: str, **asked: str) -> dict[str, Any]:
        status, told, _more = self.gate.ask("GET", f"/v1/{address}", urlencode(asked), "", self._headers)
        assert status == 200, told
        return dict(told)
