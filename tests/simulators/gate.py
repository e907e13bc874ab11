"""A door between our programs and Stripe's test mode: everything that a test asks of Stripe goes through it.

It keeps below the rate that test mode allows, makes idempotency keys this test's own, shows of an account that others
use too only what this test made there, and carries a test's clock: the app may live in April of another year, and
Stripe is told its own time. Being away and losing answers are the door's to do as well.
"""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from secrets import token_hex
from threading import Lock, Thread
from typing import Any
from urllib.parse import parse_qsl, urlencode

import requests
from werkzeug import Request, Response
from werkzeug.serving import make_server

Thing = dict[str, Any]
TIMES = frozenset({"created", "expires_at", "available_on", "arrival_date", "due_by"})
ASKED_TIMES = TIMES | {f"created[{name}]" for name in ("gt", "gte", "lt", "lte")}
FILTERED = frozenset(
    f"/v1/{name}" for name in ("checkout/sessions", "events", "refunds", "disputes", "charges")
)
PASSED_ON = ("Authorization", "Content-Type", "Stripe-Version", "User-Agent")
PATIENCE_SECONDS, TRIES, MOST = 40, 8, "100"
TOO_MANY = 429


class Gate:
    """`url` is where programs find it. `shift` is how many seconds the test's clock is ahead of Stripe's."""

    def __init__(self, base: str, *, calls_a_second: float) -> None:
        self.base, self._pause = base.rstrip("/"), 1 / calls_a_second
        self._http, self._turn, self._next = requests.Session(), Lock(), 0.0
        self.forget()
        self._server = make_server("127.0.0.1", 0, self, threaded=True)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        self._thread.start()

    def forget(self) -> None:
        """The next test begins: nothing at Stripe is its own yet."""
        self.began, self.shift, self.away, self.lost = int(time.time()) - 2, 0, 0, 0
        self.sessions: dict[str, Thing] = {}
        self.refunds: set[str] = set()
        self._run = token_hex(6)

    def stop(self) -> None:
        """Close it."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
        self._http.close()

    # What programs ask

    def __call__(self, environ: Any, start_response: Any) -> Any:
        """One request of a program."""
        request = Request(environ)
        if self._use_up("away"):
            error = {"error": {"type": "api_error", "message": "The door is closed for a moment."}}
            answer = Response(json.dumps(error), 503, {"Stripe-Should-Retry": "false"})
            return answer(environ, start_response)
        headers = {name: request.headers[name] for name in PASSED_ON if name in request.headers}
        if key := request.headers.get("Idempotency-Key"):
            headers["Idempotency-Key"] = f"{self._run}:{key}"
        query, body = request.query_string.decode(), request.get_data().decode()
        status, told, more = self.ask(request.method, request.path, query, body, headers)
        if self._use_up("lost"):
            environ["werkzeug.socket"].shutdown(socket.SHUT_RDWR)
        return Response(json.dumps(told), status, more, mimetype="application/json")(environ, start_response)

    def _use_up(self, name: str) -> bool:
        with self._turn:
            left = getattr(self, name)
            setattr(self, name, max(0, left - 1))
        return bool(left)

    # What is asked of Stripe

    def ask(
        self, method: str, path: str, query: str, body: str, headers: dict[str, str]
    ) -> tuple[int, Thing, dict[str, str]]:
        """Ask Stripe, in its own time; the status, what it told in the test's time, and its headers."""
        if not path.startswith("/v1/"):
            return 404, {"error": {"type": "invalid_request_error", "message": f"no {path} here"}}, {}
        query, body = self._to_stripe(query), self._to_stripe(body)
        if method == "GET" and path in FILTERED and "payment_intent=" not in query:
            status, told, more = self._own_list(path, query, headers)
        else:
            status, told, more = self._call(method, f"{path}?{query}" if query else path, body, headers)
            self._learn(told, is_new=method == "POST")
        return status, self._from_stripe(told), more

    def _call(
        self, method: str, address: str, body: str, headers: dict[str, str]
    ) -> tuple[int, Thing, dict[str, str]]:
        """One call, and again a little later while Stripe says that there were too many."""
        for time_ in range(1, TRIES + 1):
            self._wait()
            answer = self._http.request(
                method, self.base + address, data=body or None, headers=headers, timeout=PATIENCE_SECONDS
            )
            if answer.status_code != TOO_MANY:
                break
            time.sleep(time_)
        ours = {
            name: value
            for name, value in answer.headers.items()
            if name.lower().startswith(("stripe-", "request-id", "idempoten"))
        }
        return answer.status_code, answer.json(), ours

    def _wait(self) -> None:
        """Keep so many calls a second, whoever calls."""
        with self._turn:
            now = time.monotonic()
            start = max(now, self._next)
            self._next = start + self._pause
        time.sleep(max(0.0, start - now))

    # Whose it is

    def _learn(self, told: Thing, *, is_new: bool) -> None:
        kind, identity = told.get("object"), told.get("id", "")
        if kind == "checkout.session" and (is_new or identity in self.sessions):
            self.sessions[identity] = self.sessions.get(identity, {}) | told
        if kind == "refund" and is_new:
            self.refunds.add(identity)

    def look_again(self, identity: str, headers: dict[str, str]) -> Thing:
        """A page of this test as it stands now, in Stripe's time."""
        _status, told, _more = self._call("GET", f"/v1/checkout/sessions/{identity}", "", headers)
        self._learn(told, is_new=False)
        return told

    def _own_list(self, path: str, query: str, headers: dict[str, str]) -> tuple[int, Thing, dict[str, str]]:
        """All of a list that is this test's, in one page."""
        for identity, session in list(self.sessions.items()):
            if not session.get("payment_intent"):
                self.look_again(identity, headers)
        asked = {name: value for name, value in parse_qsl(query) if name not in {"limit", "starting_after"}}
        asked |= {"limit": MOST, "created[gte]": str(max(self.began, int(asked.get("created[gte]", 0))))}
        found: list[Thing] = []
        while True:
            status, told, more = self._call("GET", f"{path}?{urlencode(asked)}", "", headers)
            if "data" not in told:
                return status, told, more
            found += [one for one in told["data"] if self.is_own(one)]
            if not told["has_more"]:
                return status, told | {"data": found}, more
            asked["starting_after"] = told["data"][-1]["id"]

    def is_own(self, thing: Thing) -> bool:
        """Whether this test made a thing at Stripe, or it is about one that it made."""
        if thing["object"] == "event":
            return self.is_own(thing["data"]["object"])
        intents = {session.get("payment_intent") for session in self.sessions.values()} - {None}
        about = thing["id"] if thing["object"] == "payment_intent" else thing.get("payment_intent")
        return thing.get("id") in {*self.sessions, *self.refunds} or about in intents

    # Time

    def _to_stripe(self, encoded: str) -> str:
        if not self.shift or not encoded:
            return encoded
        pairs = parse_qsl(encoded, keep_blank_values=True)
        return urlencode(
            [
                (name, str(int(value) - self.shift) if name in ASKED_TIMES and value.isdigit() else value)
                for name, value in pairs
            ]
        )

    def _from_stripe(self, told: Any) -> Any:
        if isinstance(told, list):
            return [self._from_stripe(one) for one in told]
        if not isinstance(told, dict) or not self.shift:
            return told
        return {
            name: value + self.shift if name in TIMES and isinstance(value, int) else self._from_stripe(value)
            for name, value in told.items()
        }

    def set_clock(self, shift: timedelta) -> bool:
        """The test's clock is so far ahead; False when pages were opened by another one already."""
        wanted = round(shift.total_seconds())
        if self.sessions:
            return is_about(wanted, self.shift)
        self.shift = wanted
        return True


def is_about(one: float, other: float) -> bool:
    """Whether two clocks show the same, but for the seconds between two looks at them."""
    return abs(one - other) < PATIENCE_SECONDS


@contextmanager
def open_gate(base: str, *, calls_a_second: float) -> Iterator[Gate]:
    """A door that is closed in the end."""
    gate = Gate(base, calls_a_second=calls_a_second)
    yield gate
    gate.stop()
