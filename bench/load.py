"""Clients: threads that each keep a connection open and ask one thing after the other."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPResponse, RemoteDisconnected
from itertools import count
from threading import Barrier, BrokenBarrierError, Event, Thread
from typing import Any
from urllib.parse import urlsplit

QUESTIONS = 4
"""What one guest asks, where clients are many guests."""

_guests = count(1)


@dataclass(frozen=True)
class Load:
    """What the clients saw: seconds of each act, what each gave, and how long all of it took."""

    seconds: list[float]
    answers: list[Any]
    took: float

    @property
    def rate(self) -> float:
        """Acts in a second."""
        return len(self.seconds) / self.took


def in_turn(loads: Sequence[Load]) -> Load:
    """Loads one after the other, as one."""
    return _joined(loads, sum(load.took for load in loads))


def at_once(loads: Sequence[Load]) -> Load:
    """Loads beside each other, as one."""
    return _joined(loads, max(load.took for load in loads))


def _joined(loads: Sequence[Load], took: float) -> Load:
    seconds = [one for load in loads for one in load.seconds]
    return Load(seconds, [one for load in loads for one in load.answers], took)


class Client:
    """One guest after the other, each with a connection of their own for `questions` questions (None: only one guest).

    Each comes from an own address where the machine has enough of them (Linux). Connections that end let the server's
    workers share the clients evenly: whoever accepts one keeps it.
    """

    def __init__(self, url: str, questions: int | None = None) -> None:
        self._place, self._questions = urlsplit(url).netloc, questions
        self._asked = 0
        self._connection = self._new_guest()

    def ask(self, method: str, path: str, body: object = None, **headers: str) -> tuple[int, bytes]:
        """Status and body of one request of a program: JSON."""
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        sent = None if body is None else json.dumps(body)
        if sent is not None:
            given["Content-Type"] = "application/json"
        answer, read = self.send(method, path, sent, given)
        return answer.status, read

    def send(
        self, method: str, path: str, sent: str | None, headers: Mapping[str, str]
    ) -> tuple[HTTPResponse, bytes]:
        """One request and its answer; asked once more where the server had just closed a connection left idle."""
        if self._questions is not None and self._asked == self._questions:
            self.close()
            self._connection, self._asked = self._new_guest(), 0
        self._asked += 1
        was_open = self._connection.sock is not None
        try:
            return self._exchange(method, path, sent, headers)
        except (RemoteDisconnected, BrokenPipeError, ConnectionResetError):
            self.close()
            if not was_open:
                raise
            return self._exchange(method, path, sent, headers)

    def close(self) -> None:
        """Hang up."""
        self._connection.close()

    def _new_guest(self) -> HTTPConnection:
        number = next(_guests)
        own = (f"127.{1 + number // 65536 % 250}.{number // 256 % 256}.{number % 256}", 0)
        source = own if sys.platform == "linux" else None
        return HTTPConnection(self._place, timeout=120, source_address=source)

    def _exchange(
        self, method: str, path: str, sent: str | None, headers: Mapping[str, str]
    ) -> tuple[HTTPResponse, bytes]:
        self._connection.request(method, path, sent, dict(headers))
        answer = self._connection.getresponse()
        return answer, answer.read()


def run(
    clients: int,
    act: Callable[[int], Callable[[], Any]],
    *,
    seconds: float | None = None,
    begin_at: float | None = None,
) -> Load:
    """Let `clients` threads act at once: for some seconds, or (None) until an act gives None, which is not counted.

    `act(number)` prepares one client and gives what it does again and again. `begin_at` (of `time.monotonic`) lets
    several processes begin together. Raises what the first client failed with; the others end then.
    """
    crew = _Crew(clients, act, seconds)
    threads = [Thread(target=crew.work, args=(number,)) for number in range(clients)]
    for thread in threads:
        thread.start()
    if begin_at is not None:
        time.sleep(max(0.0, begin_at - time.monotonic()))
    begun = crew.begin()
    for thread in threads:
        thread.join()
    if crew.failed:
        raise crew.failed[0]
    return Load(crew.times, crew.answers, time.perf_counter() - begun)


class _Crew:
    """The clients of one run, and what they write down."""

    def __init__(self, clients: int, act: Callable[[int], Callable[[], Any]], seconds: float | None) -> None:
        self._act, self._seconds = act, seconds
        self._barrier, self._stop = Barrier(clients + 1), Event()
        self.times, self.answers = list[float](), list[Any]()
        self.failed: list[BaseException] = []

    def begin(self) -> float:
        """Wait until all are ready, and let them go: when that was. Somebody who failed before is told by `failed`."""
        try:
            self._barrier.wait()
        except BrokenBarrierError:
            self._stop.set()
        return time.perf_counter()

    def work(self, number: int) -> None:
        """One client from preparing to the end."""
        try:
            do = self._act(number)
            self._barrier.wait()
            self._repeat(do)
        except BrokenBarrierError:
            return  # another one failed while preparing, and says why
        except BaseException as error:  # noqa: BLE001 - told in the thread that asked
            self.failed.append(error)
            self._stop.set()
            self._barrier.abort()

    def _repeat(self, do: Callable[[], Any]) -> None:
        end = None if self._seconds is None else time.perf_counter() + self._seconds
        while not self._stop.is_set() and (end is None or time.perf_counter() < end):
            begun = time.perf_counter()
            answer = do()
            if answer is None:
                return
            self.times.append(time.perf_counter() - begun)
            self.answers.append(answer)
