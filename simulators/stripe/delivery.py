"""Events on their way: signed, at least once, and again later when nobody took them."""

from __future__ import annotations

import json
import logging
from threading import Event, Thread

import requests
from stripe import WebhookSignature

from simulators.stripe.later import catch_up
from simulators.stripe.store import Thing
from simulators.stripe.world import World

PAUSE_SECONDS, PATIENCE_SECONDS = 0.2, 10.0
NO_ANSWER = 0
log = logging.getLogger(__name__)


def send(world: World, event: Thing, url: str) -> int:
    """Post one event with a fresh signature; the status of the answer, 0 for none. Never holds the store's turn."""
    body = json.dumps(event, indent=2)
    with world.store.turn():
        now = int(world.now())
    signature = WebhookSignature.generate_signature_header(body, world.options.webhook_secret, now)
    headers = {
        "Content-Type": "application/json; charset=utf-8",
        "Stripe-Signature": signature,
        "User-Agent": "Stripe/1.0 (simulator)",
    }
    try:
        answer = requests.post(
            url, body.encode(), headers=headers, timeout=PATIENCE_SECONDS, allow_redirects=False
        )
    except requests.RequestException:
        return NO_ANSWER
    return answer.status_code


def send_and_note(world: World, event: Thing, url: str) -> int:
    """Post one event, and remember what came of it."""
    status = send(world, event, url)
    with world.store.turn():
        world.note_try(event["id"], status)
    return status


class Courier(Thread):
    """Looks a few times a second for what is due: promises first, then deliveries, the oldest event first."""

    def __init__(self, world: World) -> None:
        super().__init__(name="courier", daemon=True)
        self._world, self._end = world, Event()

    def run(self) -> None:
        """Work until told to stop."""
        while not self._end.wait(PAUSE_SECONDS):
            try:
                self._round()
            except Exception:  # one bad round must not end all deliveries
                log.exception("a round of deliveries failed")

    def stop(self) -> None:
        """End after the delivery at hand."""
        self._end.set()
        self.join(PATIENCE_SECONDS + 1)

    def _round(self) -> None:
        world = self._world
        with world.store.turn():
            catch_up(world)
            url = world.store.fact("webhook_url", world.options.webhook_url)
            ready = [] if world.store.fact("hold", False) or not url else world.pending()
            ready = [one for one in ready if one["due"] <= world.now()]
            events = [world.store.find(one["event"], "event") for one in ready]
        for event in events:
            if event and not self._end.is_set():
                send_and_note(world, event, url)
