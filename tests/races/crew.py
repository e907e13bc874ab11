"""Two processes of several threads that take the same step at the same moment, and one that can be made to die in it.

The processes live as long as the run of the tests, because starting them costs more than most races. They begin as new
programs (not by fork), so nothing of the test's own connections is in them.
"""

from __future__ import annotations

import os
import signal
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context
from multiprocessing.connection import Connection
from threading import Barrier, Thread
from typing import Any, NamedTuple

from flask import Flask
from sqlalchemy import event

from app import create_app
from app.core.db import db
from tests.machinery.databases import close

PROCESSES = 2
SIZES = (2, 4, 8, 16)
"""How many runners a race may have; the barriers are made before the processes."""

PATIENCE = 60
"""Seconds after which a runner that does not come has died."""


class Step(NamedTuple):
    """A function of `tests.races.steps` and what it is given."""

    act: Callable[..., Any]
    args: tuple[Any, ...] = ()


@dataclass(frozen=True)
class Answer:
    """What a runner's step gave, or the name of the error it ended in."""

    value: Any = None
    error: str | None = None
    detail: str = ""


@dataclass(frozen=True)
class Death:
    """How a doomed step ended: killed at its point, or done; `points` is how many it had come to."""

    killed: bool
    points: int
    error: str | None = None


class Crew:
    """The processes, and how to ask them."""

    def __init__(self) -> None:
        context = get_context("spawn")
        # Kept, or the processes would look in vain for what is named in them.
        self._barriers = {size: context.Barrier(size) for size in SIZES}
        self._pipes: list[Connection] = []
        self._processes = []
        for _ in range(PROCESSES):
            ours, theirs = context.Pipe()
            process = context.Process(target=_serve, args=(theirs, self._barriers), daemon=True)
            process.start()
            self._pipes.append(ours)
            self._processes.append(process)

    def race(self, app: Flask, rounds: Sequence[Sequence[Step]]) -> list[list[Answer]]:
        """Let one runner per step of a round begin at once, round after round; gives their answers by round.

        Neighbours run in different processes.
        """
        runners = len(rounds[0])
        for at, pipe in enumerate(self._pipes):
            mine = [[one[runner] for one in rounds] for runner in range(at, runners, PROCESSES)]
            pipe.send(("race", app.config["SETTINGS"], runners, mine))
        answers: dict[int, list[Answer]] = {}
        for at, pipe in enumerate(self._pipes):
            for place, given in enumerate(_receive(pipe)):
                answers[at + place * PROCESSES] = given
        return [[answers[runner][number] for runner in range(runners)] for number in range(len(rounds))]

    def doom(self, app: Flask, step: Step, at: int | None) -> Death:
        """Take a step in a process that kills itself (SIGKILL) at its `at`-th point, None for just before its COMMIT.

        Points lie before each statement, before the COMMIT, and right after it.
        """
        self._pipes[0].send(("doom", app.config["SETTINGS"], step, at))
        death = _receive(self._pipes[0])
        assert isinstance(death, Death)
        return death

    def leave(self) -> None:
        """Let go of the test's database, so that it can be removed."""
        for pipe in self._pipes:
            pipe.send(("leave",))
        for pipe in self._pipes:
            _receive(pipe)

    def end(self) -> None:
        """At the end of the run."""
        for pipe in self._pipes:
            pipe.send(None)
        for process in self._processes:
            process.join(PATIENCE)
            process.close()


def _receive(pipe: Connection) -> Any:
    if not pipe.poll(PATIENCE * 5):
        raise RuntimeError("a process of the crew does not answer")
    answer = pipe.recv()
    if isinstance(answer, BaseException):
        raise answer
    return answer


def _serve(pipe: Connection, barriers: dict[int, Any]) -> None:
    """The life of one process: orders in, answers out."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    apps: dict[str, Flask] = {}
    while (order := pipe.recv()) is not None:
        try:
            pipe.send(_obey(order, barriers, apps))
        except Exception as error:  # noqa: BLE001 -- told to the test, which fails with it
            pipe.send(RuntimeError("".join(traceback.format_exception(error))))


def _obey(order: Sequence[Any], barriers: dict[int, Any], apps: dict[str, Flask]) -> Any:
    match order:
        case ("leave",):
            for app in apps.values():
                close(app)
            apps.clear()
            return None
        case ("race", settings, runners, mine):
            if settings.database_url not in apps:
                apps[settings.database_url] = create_app(settings)
            return _race(apps[settings.database_url], barriers[runners], mine)
        case ("doom", settings, step, at):
            # Made before the fork, because making it takes longer than most steps; nothing here ever connects with it.
            key = f"doomed {settings.database_url}"
            if key not in apps:
                apps[key] = create_app(settings)
            return _doom(apps[key], step, at)
    raise AssertionError(order)


def _race(app: Flask, barrier: Barrier, runners: Sequence[Sequence[Step]]) -> list[list[Answer]]:
    answers: list[list[Answer]] = [[] for _ in runners]
    threads = [
        Thread(target=_run, args=(app, barrier, steps, answers[place])) for place, steps in enumerate(runners)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def _run(app: Flask, barrier: Barrier, steps: Sequence[Step], answers: list[Answer]) -> None:
    for step in steps:
        barrier.wait(PATIENCE)
        with app.app_context():
            answers.append(_take(step))


def _take(step: Step) -> Answer:
    try:
        return Answer(step.act(*step.args))
    except Exception as error:  # noqa: BLE001 -- the test judges it
        return Answer(None, type(error).__name__, "".join(traceback.format_exception(error)))


def _doom(app: Flask, step: Step, at: int | None) -> Death:
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        _die_or_tell(app, step, at, writing)
    os.close(writing)
    with os.fdopen(reading) as pipe:
        points, _, error = pipe.read().partition(" ")
    _pid, status = os.waitpid(child, 0)
    killed = os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL
    return Death(killed, int(points), error or None)


def _die_or_tell(app: Flask, step: Step, at: int | None, writing: int) -> None:
    """In the child: take the step, counting points; never comes back."""
    seen = 0

    def pass_point(*_: Any, is_last: bool = False) -> None:
        nonlocal seen
        seen += 1
        if seen == at or (at is None and is_last):
            os.write(writing, f"{seen} ".encode())
            os.kill(os.getpid(), signal.SIGKILL)

    error = ""
    try:
        with app.app_context():
            event.listen(db.engine, "before_cursor_execute", pass_point)
            event.listen(db.engine, "commit", partial(pass_point, is_last=True))
            event.listen(db.sessionmaker, "after_commit", pass_point)
            step.act(*step.args)
    except BaseException as failure:  # noqa: BLE001 -- told to the parent before the process ends
        error = "".join(traceback.format_exception(failure))
    os.write(writing, f"{seen} {error}".encode()[:60_000])
    os._exit(0)
