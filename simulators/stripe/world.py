"""The simulated account: its clock, its ids, what it tells of, and what it has promised to do later."""

from __future__ import annotations

import secrets
import time
from typing import Any

from simulators.stripe.options import API_VERSION, Options
from simulators.stripe.store import Store, Thing

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"


class World:
    """Everything one simulator knows. Whoever uses it holds the store's turn."""

    def __init__(self, options: Options, store: Store) -> None:
        self.options, self.store = options, store

    def now(self) -> float:
        """The simulator's time, in seconds since 1970: the machine's, moved by what the control door asked for."""
        return time.time() + float(self.store.fact("shift", 0))

    def new_id(self, prefix: str) -> str:
        """An id of Stripe's shape, as `pi_…`; a session's also says `test` or `live`."""
        mode = ("live_" if self.options.live else "test_") if prefix == "cs_" else ""
        return prefix + mode + "".join(secrets.choice(LETTERS) for _ in range(24))

    @property
    def settles_in(self) -> str:
        """The account's own money."""
        return str(self.store.fact("settlement_currency", self.options.settlement_currency))

    @property
    def exchange_rate(self) -> float:
        """The account's own money per rupiah, both in their hundredths."""
        return float(self.store.fact("exchange_rate", self.options.exchange_rate))

    # Events

    def tell(self, kind: str, thing: Thing, *, before: dict[str, Any] | None = None) -> Thing:
        """Something happened: an event with the thing as it is now, and its delivery to come."""
        event = {
            "id": self.new_id("evt_"),
            "object": "event",
            "api_version": API_VERSION,
            "created": int(self.now()),
            "data": {"object": thing} | ({"previous_attributes": before} if before else {}),
            "livemode": thing.get("livemode", self.options.live),
            "pending_webhooks": 1,
            "request": {"id": None, "idempotency_key": None},
            "type": kind,
        }
        self.store.put("event", event)
        self.store.put(
            "delivery", {"id": f"due_{event['id']}", "event": event["id"], "due": self.now(), "tries": []}
        )
        return event

    def pending(self) -> list[Thing]:
        """Deliveries that nobody has taken yet, oldest event first."""
        return self.store.list("delivery")

    def note_try(self, event_id: str, status: int) -> None:
        """An attempt to deliver has this outcome (0: no answer). What was not taken is tried again, later and later."""
        delivery = self.store.find(f"due_{event_id}")
        event = self.store.find(event_id, "event")
        if delivery is None or event is None:
            return
        delivery["tries"].append({"at": self.now(), "status": status})
        delays, done = self.options.retry_delays, 200 <= status < 300
        failures = sum(not 200 <= one["status"] < 300 for one in delivery["tries"])
        if done:
            event["pending_webhooks"] = 0
            self.store.put("event", event)
        elif failures <= len(delays):
            delivery["due"] = self.now() + delays[failures - 1]
        # Once taken it stays taken, whatever a second delivery of the same event is answered with.
        finished = event["pending_webhooks"] == 0 or failures > len(delays)
        self.store.put("delivery-over" if finished else "delivery", delivery)

    # Later

    def promise(self, what: str, about: str, after: float) -> None:
        """Do something with a thing when the clock has come that far; a promise of the same kind is replaced."""
        timer = {"id": f"{what}:{about}", "what": what, "about": about, "due": self.now() + after}
        self.store.put("timer", timer)

    def keep_promise(self, what: str, about: str) -> bool:
        """Strike a promise off; whether there was one."""
        there = self.store.find(f"{what}:{about}", "timer") is not None
        self.store.drop(f"{what}:{about}")
        return there
