"""Every timed job, one function each; the worker runs them by the clock, `flask jobs run NAME` by hand.

A job opens its own transactions, may run twice at once, and may be killed at any moment: what it did not finish is
still there for the next run, because work lives in our tables and never in the queue. The queue only says when.
"""

from __future__ import annotations

import time
from datetime import timedelta

from flask import Flask, Response, current_app
from huey import crontab

from app.bookings import services as bookings
from app.bookings.queries import list_running_closures
from app.core.db import db, transaction
from app.core.queue import Job, in_app, make_queue, nudge_worker
from app.jobs.batches import in_batches
from app.jobs.provider import close_pages, hear_missed_events, reconcile_payments
from app.notifications import sender
from app.notifications import services as notifications
from app.notifications.sender import MailServer, NotTaken, ServerAway, read_mail_url
from app.users import services as users
from config import Settings

HOLDS, UNITS, MAILS = 100, 500, 20
"""How much one transaction takes at once."""

MAIL_SECONDS = 60
"""A run stops taking mails after this; well within their lease."""


def expire_holds() -> list[str]:
    """Close bookings whose time to pay is over, and free what they kept; the card provider is asked first."""
    return close_pages() + in_batches("holds closed", HOLDS, bookings.expire_holds)


def complete_services() -> list[str]:
    """Make what was received for past nights payable, and complete bookings that are over."""
    return in_batches("nights earned", UNITS, bookings.complete_services)


def run_closures() -> list[str]:
    """Go on with periods that were decided to be closed: booking by booking, until all have their money owed back."""
    done = []
    for closure_id in list_running_closures():
        with transaction():
            bookings.close_free_nights(closure_id=closure_id)
        code: str | None = ""
        while code is not None:
            with transaction():
                code = bookings.run_closure_step(closure_id=closure_id)
            done.append(f"closure {closure_id}: {code or 'no booking is left'}")
    return done


def remind_balances() -> list[str]:
    """Write to guests who have something left to pay within three days."""
    return in_batches("guests reminded", HOLDS, bookings.remind_balances)


def ask_for_accounts() -> list[str]:
    """Ask guests where refunds are to go that nobody can send yet; again after a week, three times."""
    return in_batches("refunds asked about", HOLDS, bookings.ask_for_accounts)


def forget_accounts() -> list[str]:
    """Delete guests' accounts ninety days after their refund's proof; lock the others with the newest key."""
    return [
        *in_batches("accounts deleted", HOLDS, bookings.forget_accounts),
        *in_batches("accounts locked anew", HOLDS, bookings.relock_accounts),
    ]


def alarm_claims() -> list[str]:
    """Write to the assisting company of transfers that guests say they sent and nobody has looked at for two hours."""
    return in_batches("transfers nobody looked at", HOLDS, bookings.alarm_claims)


def remind_guests() -> list[str]:
    """Write to guests whose time to pay ends soon, who arrive in two days, or who went home yesterday."""
    return in_batches("guests written to", HOLDS, bookings.remind_guests)


def send_messages() -> list[str]:
    """Hand mails that are due to the mail server; without one they are only kept."""
    done: list[str] = []
    ends = time.monotonic() + MAIL_SECONDS
    server: MailServer | None = current_app.extensions["mail_server"]
    while time.monotonic() < ends:
        with transaction():
            letters = notifications.take_due_messages(limit=MAILS)
        if not letters:
            break
        for place, letter in enumerate(letters):
            line, is_away = _carry(letter, server)
            done.append(line)
            if is_away or time.monotonic() >= ends:
                _give_back(letters[place + 1 :])
                return done
    return done


def clean_up() -> list[str]:
    """Delete dead one-time links and empty messages of long ago."""
    with transaction():
        links = users.forget_dead_links()
    with transaction():
        texts = notifications.forget_old_texts()
    with transaction():
        files, photos = bookings.forget_transfer_papers()
    with transaction():
        shown = bookings.forget_shown_texts()
    return [
        f"one-time links deleted: {links}",
        f"old messages emptied: {texts}",
        f"old statements emptied: {files}, photos deleted: {photos}",
        f"old tickets and codes dropped: {shown}",
    ]


JOBS = {
    job.name: job
    for job in (
        Job("expire-holds", expire_holds, "every minute", {}),
        Job("reconcile-payments", reconcile_payments, "every minute", {}),
        Job("hear-missed-events", hear_missed_events, "every hour", {"minute": "52"}),
        Job("complete-services", complete_services, "every 10 minutes", {"minute": "*/10"}),
        Job("alarm-claims", alarm_claims, "every 5 minutes", {"minute": "*/5"}),
        Job("run-closures", run_closures, "every minute", {}),
        Job("send-messages", send_messages, "every minute, and soon after a commit", {}),
        Job("remind-balances", remind_balances, "daily at 09:00 village time", {"hour": "2", "minute": "0"}),
        Job("ask-for-accounts", ask_for_accounts, "every 10 minutes", {"minute": "5-59/10"}),
        Job(
            "forget-accounts", forget_accounts, "daily at 03:40 village time", {"hour": "20", "minute": "40"}
        ),
        Job("remind-guests", remind_guests, "every 10 minutes", {"minute": "*/10"}),
        Job("clean-up", clean_up, "daily at 03:20 village time", {"hour": "20", "minute": "20"}),
    )
}


def init_app(app: Flask) -> None:
    """Prepare the queue, so that a worker can run the jobs and the web can nudge it. Raises ConfigError."""
    settings: Settings = app.config["SETTINGS"]
    app.extensions["mail_server"] = settings.mail_url and read_mail_url(
        settings.mail_url, sender=settings.mail_sender, base_url=settings.base_url
    )
    queue = app.extensions["huey"] = make_queue(settings)
    for job in JOBS.values():
        # A tick that found no worker is worth nothing later.
        queue.periodic_task(crontab(**job.clock), name=job.name, expires=timedelta(minutes=5))(
            in_app(app, job)
        )
    nudge = queue.task(name="nudge-send-messages", expires=timedelta(minutes=5))(
        in_app(app, JOBS["send-messages"])
    )

    @app.after_request
    def _nudge(response: Response) -> Response:
        if db.session.info.pop(notifications.WAITING, False):
            nudge_worker(queue, nudge)
        return response


def _carry(letter: notifications.Letter, server: MailServer | None) -> tuple[str, bool]:
    """Send one mail and write down what came of it: a line for people, and whether the server is away."""
    what = f"{letter.template} #{letter.id}"
    try:
        if server is not None:
            sender.send(letter, server)
    except (NotTaken, ServerAway) as error:
        is_final = isinstance(error, NotTaken) and error.is_final
        with transaction():
            state = notifications.put_off(message_id=letter.id, error=str(error), is_final=is_final)
        return f"{'put off' if state == 'queued' else state} {what}", isinstance(error, ServerAway)
    with transaction():
        notifications.mark_delivered(message_id=letter.id)
    return f"sent {what}", False


def _give_back(letters: list[notifications.Letter]) -> None:
    with transaction():
        notifications.give_back(message_ids=[letter.id for letter in letters])
