"""The site as something one can really connect to: a server thread beside the test, or processes that can be killed."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path
from threading import Condition, Thread
from typing import Any

from flask import Flask
from werkzeug.serving import make_server

from app.core import clock
from tests.machinery.databases import Database, close

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 30


class LiveServer:
    """The site served by threads of the test's own process, on its own copy of the database.

    `url` is where; `app` is the app behind it; `shift` moves the clock of every request to come.
    """

    def __init__(self, database: Database, database_url: str, **settings: object) -> None:
        self.shift = timedelta(0)
        self._answering = 0
        self._is_closed = False
        self._turn = Condition()
        self._server = make_server("127.0.0.1", 0, self._answer, threaded=True)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self.app: Flask = database.app_on(database_url, **({"base_url": self.url} | settings))
        self._thread = Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        self._thread.start()

    def get(self, path: str) -> str:
        """The body of a page, fetched over HTTP."""
        with urllib.request.urlopen(self.url + path, timeout=30) as answer:
            return str(answer.read().decode())

    def stop(self) -> None:
        """Close the door and finish what is being answered.

        An answer that outlived the app's pool would leave a connection behind that nobody closes; and a browser that
        keeps its own connection open may still ask over it.
        """
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
        with self._turn:
            self._is_closed = True
            self._turn.wait_for(lambda: self._answering == 0)
        close(self.app)

    def _answer(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        with self._turn:
            if self._is_closed:
                start_response("503 Service Unavailable", [("Content-Length", "0")])
                return []
            self._answering += 1
        try:
            return self._whole(environ, start_response)
        finally:
            with self._turn:
                self._answering -= 1
                self._turn.notify_all()

    def _whole(self, environ: dict[str, Any], start_response: Any) -> list[bytes]:
        """The whole answer at once: this server forgets to close a file whose reader has gone away meanwhile."""
        with clock.shifted(self.shift):
            answer = self.app(environ, start_response)
            try:
                return list(answer)
            finally:
                if hasattr(answer, "close"):
                    answer.close()


class Program:
    """A program of the project beside the test, in a process group of its own so that all of it can be killed."""

    def __init__(self, *command: str, environment: dict[str, str], log: Path) -> None:
        self.log = log
        with log.open("ab") as output:
            self.process = subprocess.Popen(
                [sys.executable, *command],
                cwd=ROOT,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )

    def kill(self) -> None:
        """SIGKILL to the whole group: what a power cut does."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """SIGTERM, as a deployment does, and wait."""
        self._end(signal.SIGTERM)

    def _end(self, number: signal.Signals) -> None:
        if self.process.poll() is None:
            os.killpg(self.process.pid, number)
        try:
            self.process.wait(timeout=15)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()


class WebProcess(Program):
    """The site under gunicorn, as in production: `url` is where, `kill()` and `start()` are a crash and a restart."""

    def __init__(self, *, environment: dict[str, str], log: Path) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._environment = environment | {"PORT": str(self.port), "BASE_URL": self.url}
        self.log = log
        self.start()

    def start(self) -> None:
        """Start, or start again, and return when it answers."""
        super().__init__(
            *(
                "-m",
                "gunicorn",
                "wsgi:app",
                "--bind",
                f"127.0.0.1:{self.port}",
                "--workers",
                "2",
                "--threads",
                "4",
            ),
            *("--no-control-socket", "--log-level", "warning"),
            environment=self._environment,
            log=self.log,
        )
        wait_for(self.url + "/healthz", self)


def environment_of(database: Database, url: str) -> dict[str, str]:
    """What a program needs to work on a test's database."""
    settings = database.settings(url)
    own = {
        "DATABASE_URL": url,
        "DATA_DIR": str(settings.data_dir),
        "SECRET_KEY": settings.secret_key,
        "PASSWORD_SALT": settings.password_salt,
        "RATE_LIMITS": "off",
        "PAGE_SECONDS": "0",
        "STRIPE_SIMULATOR": "off",
        "PYTHONUNBUFFERED": "1",
    }
    return environment_for(settings.data_dir) | own


def environment_for(home: Path) -> dict[str, str]:
    """What any program needs; nothing else of the machine's environment reaches it."""
    return {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", "HOME": str(home)}


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        return int(door.getsockname()[1])


def wait_for(url: str, program: Program) -> None:
    """Until a program answers. Raises RuntimeError with its log when it ends or takes too long."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and program.process.poll() is None:
        try:
            with urllib.request.urlopen(url, timeout=2):
                return
        except OSError:
            time.sleep(0.05)
    program.stop()
    raise RuntimeError(f"{url} did not answer:\n{program.log.read_text()}")
