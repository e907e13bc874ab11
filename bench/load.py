"""Clients: threads that each keep a connection open and ask one thing after the other."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from http.client import HTTPConnection
from threading import Barrier, Thread
from typing import Any
from urllib.parse import urlsplit


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


class Client:
    """One guest's connection; from an address of the guest's own, as behind a proxy."""

    def __init__(self, url: str) -> None:
        self._connection = HTTPConnection(urlsplit(url).netloc, timeout=120)

    def ask(self, method: str, path: str, body: object = None, **headers: str) -> tuple[int, bytes]:
        """Status and body of one request."""
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        sent = None if body is None else json.dumps(body)
        if sent is not None:
            given["Content-Type"] = "application/json"
        self._connection.request(method, path, sent, given)
        answer = self._connection.getresponse()
        return answer.status, answer.read()


def run(clients: int, act: Callable[[int], Callable[[], Any]], *, seconds: float | None = None) -> Load:
    """Let `clients` threads act at once: for some seconds, or (None) until an act gives None.

    `act(number)` prepares one client and gives what it does again and again.
    """
    barrier, times, answers = Barrier(clients + 1), list[float](), list[Any]()
    failed: list[BaseException] = []

    def work(number: int) -> None:
        try:
            do = act(number)
            barrier.wait()
            end = None if seconds is None else time.perf_counter() + seconds
            while end is None or time.perf_counter() < end:
                begun = time.perf_counter()
                answer = do()
                times.append(time.perf_counter() - begun)
                if answer is None:
                    return
                answers.append(answer)
        except BaseException as error:  # noqa: BLE001 - told below, in the thread that asked
            failed.append(error)
            barrier.abort()

    threads = [Thread(target=work, args=(number,)) for number in range(clients)]
    for thread in threads:
        thread.start()
    barrier.wait()
    begun = time.perf_counter()
    for thread in threads:
        thread.join()
    if failed:
        raise failed[0]
    return Load(times, answers, time.perf_counter() - begun)
