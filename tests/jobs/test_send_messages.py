"""Mails leave the outbox: each one, at least once, whatever is killed, refused or away."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from threading import Barrier, Thread

from flask import Flask

from app.core import clock
from app.core.db import transaction
from app.jobs import MAILS, send_messages
from app.notifications.rules import LEASE, MOST_ATTEMPTS, wait_before_next
from app.notifications.services import take_due_messages
from tests.jobs.conftest import SITE, messages, queue_many
from tests.machinery.servers import Program, free_port
from tests.notifications.postbox import Postbox


def run(app: Flask, after: timedelta = timedelta(0)) -> list[str]:
    with app.app_context(), clock.shifted(after):
        return send_messages()


def states(app: Flask) -> Counter[str]:
    return Counter(message.state.value for message in messages(app))


def test_everything_due_is_sent_once(mailing_app: Flask, box: Postbox) -> None:
    queue_many(mailing_app, MAILS + 3)
    lines = run(mailing_app)
    assert len(lines) == MAILS + 3
    assert lines[0] == f"sent hold_expired #{messages(mailing_app)[0].id}"
    assert [mail["To"].addresses[0].display_name for mail in box.mails] == [
        f"Tamu {n}" for n in range(MAILS + 3)
    ]
    assert states(mailing_app) == {"sent": MAILS + 3}
    assert all(message.sent_at for message in messages(mailing_app))
    assert run(mailing_app) == []
    assert len(box.mails) == MAILS + 3


def test_whatsapp_texts_are_left_to_people(mailing_app: Flask, box: Postbox) -> None:
    queue_many(mailing_app, 2, email=None, phone="+6281200000001")
    assert run(mailing_app) == []
    assert states(mailing_app) == {"queued": 2}


def test_without_a_mail_server_mails_are_kept(race_app: Flask) -> None:
    queue_many(race_app, 2)
    assert len(run(race_app)) == 2
    assert states(race_app) == {"sent": 2}
    assert all(message.text for message in messages(race_app))


def test_a_refused_mail_waits_longer_each_time(mailing_app: Flask, box: Postbox) -> None:
    queue_many(mailing_app, 1)
    box.answers = [("RCPT", "451 later")] * 2
    assert run(mailing_app)[0].startswith("put off")
    (message,) = messages(mailing_app)
    assert (message.state, message.attempts) == ("queued", 1)
    assert "451" in (message.last_error or "")
    assert run(mailing_app) == []
    assert run(mailing_app, timedelta(minutes=1, seconds=1))[0].startswith("put off")
    assert run(mailing_app, timedelta(minutes=2, seconds=5)) == []
    assert run(mailing_app, timedelta(minutes=3, seconds=10))[0].startswith("sent")
    assert messages(mailing_app)[0].last_error is None


def test_a_refusal_for_good_is_not_tried_again(mailing_app: Flask, box: Postbox) -> None:
    queue_many(mailing_app, 2)
    box.answers = [("RCPT", "550 no such user")]
    lines = run(mailing_app)
    assert [line.split()[0] for line in lines] == ["failed", "sent"]
    assert run(mailing_app, timedelta(days=1)) == []
    assert states(mailing_app) == {"failed": 1, "sent": 1}


def test_after_days_of_trying_a_person_has_to_look(mailing_app: Flask, box: Postbox) -> None:
    queue_many(mailing_app, 1)
    box.answers = [("DATA", "451 later")] * MOST_ATTEMPTS
    spent = timedelta(0)
    for attempt in range(1, MOST_ATTEMPTS + 1):
        line = run(mailing_app, spent)[0]
        spent += (wait_before_next(attempt) or timedelta(0)) + timedelta(minutes=1)
    assert line.startswith("failed")
    assert timedelta(days=2) < spent < timedelta(days=5)
    assert run(mailing_app, spent + timedelta(days=9)) == []


def test_a_server_that_is_away_costs_one_attempt(mailing_app: Flask, box: Postbox) -> None:
    queue_many(mailing_app, 5)
    away = mailing_app.extensions["mail_server"]
    mailing_app.extensions["mail_server"] = replace(away, port=free_port())
    assert len(run(mailing_app)) == 1
    assert [message.attempts for message in messages(mailing_app)] == [1, 0, 0, 0, 0]
    mailing_app.extensions["mail_server"] = away
    assert len(run(mailing_app)) == 4
    assert len(run(mailing_app, timedelta(minutes=2))) == 1
    assert len(box.mails) == 5


def test_a_mail_that_breaks_the_line_does_not_stop_the_others(mailing_app: Flask, box: Postbox) -> None:
    queue_many(mailing_app, 3)
    box.answers = [("HANG UP", "")]
    run(mailing_app)
    run(mailing_app)
    assert states(mailing_app) == {"queued": 1, "sent": 2}


def test_a_leased_mail_is_not_taken_twice_until_the_lease_is_over(race_app: Flask) -> None:
    queue_many(race_app, 3)

    def take(limit: int, after: timedelta = timedelta(0)) -> list[int]:
        with race_app.app_context(), clock.shifted(after), transaction():
            return [letter.id for letter in take_due_messages(limit=limit)]

    first, second = take(2), take(2)
    assert len(first) == 2
    assert len(second) == 1
    assert not set(first) & set(second)
    assert take(9) == []
    assert sorted(take(9, LEASE + timedelta(seconds=5))) == sorted(first + second)


def test_a_mail_that_kills_its_carrier_is_given_up(race_app: Flask) -> None:
    queue_many(race_app, 1)
    for attempt in range(MOST_ATTEMPTS + 1):
        with race_app.app_context(), clock.shifted(attempt * (LEASE + timedelta(seconds=1))), transaction():
            taken = take_due_messages(limit=1)
    assert taken == []
    assert states(race_app) == {"failed": 1}


def test_two_workers_share_the_work(mailing_app: Flask, box: Postbox) -> None:
    queue_many(mailing_app, 60)
    together = Barrier(2)
    done: list[list[str]] = []

    def work() -> None:
        together.wait()
        done.append(run(mailing_app))

    threads = [Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(map(len, done)) == 60
    assert len({mail["Message-ID"] for mail in box.mails}) == len(box.mails) == 60


def test_killed_in_the_middle_loses_nothing(
    mailing_app: Flask, box: Postbox, spawn: Callable[..., Program]
) -> None:
    queue_many(mailing_app, 200)
    program = spawn(
        *("-m", "flask", "--app", "wsgi", "jobs", "run", "send-messages"), MAIL_URL=box.url, BASE_URL=SITE
    )
    assert box.wait_for(5), program.log.read_text()
    program.kill()
    assert len(box.mails) < 200
    run(mailing_app)
    run(mailing_app, LEASE + timedelta(seconds=5))
    assert states(mailing_app) == {"sent": 200}
    assert len({mail["Message-ID"] for mail in box.mails}) == 200
    assert len(box.mails) <= 201, "at most the one in hand goes twice, and says so by its Message-ID"
