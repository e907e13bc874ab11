"""flask jobs: what the worker does by the clock, by hand; a failure is an exit code."""

from __future__ import annotations

from datetime import timedelta

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import text

from app.core import clock
from app.core.db import db, transaction
from app.jobs import JOBS
from app.notifications.models import Message
from app.users.services import create_sign_in_link, create_user
from tests.jobs.conftest import queue_many


def jobs(app: Flask, *words: str) -> Result:
    """`flask jobs …` as a process would run it."""
    return app.test_cli_runner().invoke(args=["jobs", *words])


def test_each_job_is_listed_with_what_it_does(race_app: Flask) -> None:
    answer = jobs(race_app, "list")
    assert answer.exit_code == 0
    lines = answer.output.splitlines()
    assert [line.split()[0] for line in lines] == list(JOBS)
    assert {"expire-holds", "complete-services", "send-messages"} <= set(JOBS)
    assert all("(every " in line or "(daily " in line for line in lines)


@pytest.mark.parametrize("name", [name for name in JOBS if name != "clean-up"])
def test_nothing_to_do_is_said(race_app: Flask, name: str) -> None:
    answer = jobs(race_app, "run", name)
    assert (answer.exit_code, answer.output) == (0, "nothing to do\n")


def test_a_line_per_thing_done(race_app: Flask) -> None:
    queue_many(race_app, 2)
    answer = jobs(race_app, "run", "send-messages")
    assert answer.exit_code == 0
    assert [line.rsplit("#")[0] for line in answer.output.splitlines()] == ["sent hold_expired "] * 2


def test_an_unknown_job_is_an_error(race_app: Flask) -> None:
    answer = jobs(race_app, "run", "nonsense")
    assert answer.exit_code == 2
    assert "expire-holds" in answer.output


GONE = (
    *("messages", "room_nights", "participants", "line_units", "sign_in_links", "booking_lines", "bookings"),
    *("hand_refunds", "provider_events", "refunds", "receipts", "payments"),
    *("closure_lines", "closure_places", "closed_periods", "closures"),
)


@pytest.mark.settings(stripe_secret_key="sk_test_nobody", stripe_webhook_secret="whsec_nobody")
# What was missed is asked of the provider before any table of ours is looked at.
@pytest.mark.parametrize("name", [name for name in JOBS if name != "hear-missed-events"])
def test_a_job_that_fails_ends_with_an_error(race_app: Flask, name: str) -> None:
    with race_app.app_context(), transaction() as session:
        cascade = " CASCADE" if db.engine.dialect.name == "postgresql" else ""
        for table in GONE:
            session.execute(text(f"DROP TABLE {table}{cascade}"))
    assert jobs(race_app, "run", name).exit_code == 1


def test_clean_up_forgets_dead_links_and_old_texts(race_app: Flask) -> None:
    queue_many(race_app, 1)
    with race_app.app_context():
        for days in (60, 2):
            with clock.shifted(timedelta(days=-days)), transaction():
                user = create_user(name="Contoh", email=f"u{days}@contoh.example")
                create_sign_in_link(user_id=user.id, made_by_id=None)
        with transaction() as session:
            message = session.get_one(Message, 1)
            message.created_at -= timedelta(days=500)
            message.state = "sent"
    answer = jobs(race_app, "run", "clean-up")
    assert answer.output.splitlines() == [
        "one-time links deleted: 1",
        "old messages emptied: 1",
        "old statements emptied: 0, photos deleted: 0",
        "old tickets and codes dropped: 0",
    ]
    again = jobs(race_app, "run", "clean-up")
    assert again.output.splitlines() == [
        "one-time links deleted: 0",
        "old messages emptied: 0",
        "old statements emptied: 0, photos deleted: 0",
        "old tickets and codes dropped: 0",
    ]
