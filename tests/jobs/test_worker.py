"""The queue only says when: the worker runs jobs by the clock and by a nudge, and nobody needs it to be there."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from flask import Flask, Response
from huey import Huey

from app.core.db import transaction
from app.core.queue import MOST_NUDGES
from app.jobs import JOBS
from tests.jobs.conftest import SITE, messages, queue_many
from tests.machinery.servers import Program
from tests.notifications.postbox import Postbox
from tests.notifications.test_outbox import queue

WORKER = ("-m", "huey.bin.huey_consumer", "wsgi.queue", "--workers", "2", "--max-delay", "1")
ENDING = ("--graceful-signal", "TERM", "--quiet")


@pytest.fixture
def huey(race_app: Flask) -> Huey:
    """The app's queue, emptied."""
    huey: Huey = race_app.extensions["huey"]
    huey.flush()
    return huey


def answer(app: Flask, *, event: str | None, **changes: str | None) -> Response:
    """What a view does that queues a message, or does not."""
    with app.test_request_context("/"):
        if event is not None:
            with transaction():
                queue(event, **changes)
        return app.process_response(Response("fine"))


def test_the_worker_is_nudged_sends_and_ends_cleanly(
    race_app: Flask, huey: Huey, box: Postbox, spawn: Callable[..., Program]
) -> None:
    program = spawn(*WORKER, *ENDING, MAIL_URL=box.url, BASE_URL=SITE)
    answer(race_app, event="try:nudged")
    assert box.wait_for(1), program.log.read_text()
    program.stop()
    assert program.process.returncode == 0
    assert "done='sent booking_held #" in program.log.read_text()
    assert "Traceback" not in program.log.read_text()


def test_the_clock_calls_each_job(race_app: Flask, huey: Huey) -> None:
    night = datetime(2027, 5, 1, 20, 20)  # noqa: DTZ001 - huey's clock is naive UTC

    def due(at: datetime) -> set[str]:
        return {task.name for task in huey.read_periodic(at)}

    minutely = {"expire-holds", "reconcile-payments", "run-closures", "send-messages"}
    tens = {*minutely, "alarm-claims", "complete-services", "remind-guests"}
    assert due(night) == {*tens, "clean-up"}
    assert due(datetime(2027, 5, 1, 2, 0)) == {*tens, "remind-balances"}  # noqa: DTZ001 - the same
    assert due(night + timedelta(minutes=20)) == {*tens, "forget-accounts"}
    assert due(night + timedelta(minutes=5)) == {*minutely, "alarm-claims", "ask-for-accounts"}
    assert due(night + timedelta(minutes=1)) == minutely
    assert due(night + timedelta(minutes=10)) == tens
    every = set().union(*(due(night + timedelta(minutes=minute)) for minute in range(24 * 60)))
    assert every == set(JOBS)


def test_a_job_run_by_the_clock_does_its_work(race_app: Flask, huey: Huey) -> None:
    queue_many(race_app, 1)
    (task,) = (task for task in huey._registry.periodic_tasks if task.name == "send-messages")
    huey.execute(task)
    assert [message.state for message in messages(race_app)] == ["sent"]


def test_only_a_queued_mail_nudges(race_app: Flask, huey: Huey) -> None:
    answer(race_app, event=None)
    answer(race_app, event="try:wa", email=None, phone="+6281200000001")
    assert huey.pending_count() == 0
    answer(race_app, event="try:mail")
    assert huey.pending_count() == 1
    answer(race_app, event="try:mail")
    assert huey.pending_count() == 1


def test_without_a_worker_nudges_do_not_pile_up(race_app: Flask, huey: Huey) -> None:
    for number in range(MOST_NUDGES + 4):
        assert answer(race_app, event=f"try:{number}").status_code == 200
    assert huey.pending_count() == MOST_NUDGES


@pytest.mark.settings(redis_url="redis://127.0.0.1:1/0")
def test_a_queue_that_is_away_stops_nobody(race_app: Flask) -> None:
    assert answer(race_app, event="try:lost").status_code == 200


def test_a_job_that_fails_does_not_stop_the_worker(race_app: Flask, huey: Huey) -> None:
    ticks = huey._registry.periodic_tasks
    assert {task.name for task in ticks} == set(JOBS)
    with race_app.app_context(), transaction() as session:
        session.connection().exec_driver_sql("DROP TABLE messages")
    for task in ticks:
        huey.execute(task)
