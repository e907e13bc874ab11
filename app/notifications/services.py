"""The outbox: writing a message with the work it tells about, carrying it out, and what people do with it by hand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select, update

from app.core import audit, clock, texts
from app.core.db import db, in_transaction, insert_into
from app.core.words import DEFAULT_LANGUAGE, LANGUAGES
from app.notifications import queries
from app.notifications.models import Channel, Message, MessageState
from app.notifications.rules import (
    KEEP_SECRETS,
    KEEP_TEXTS,
    LEASE,
    MOST_ATTEMPTS,
    SECRET_TEMPLATES,
    one_line,
    tidy,
    wait_before_next,
)
from app.users.rules import Scope

WAITING = "messages_waiting"
"""In the session's info: a mail was queued in this session, so that the door may nudge the worker after its commit."""

NOT_GIVEN = dict.fromkeys(
    (
        "account", "amount", "amount_with_code", "asked", "back", "balance", "balance_on", "claimed", "desk_phone",
        "merchant",
        "expires_at", "hold_until", "kept", "meetings", "method", "reason", "shares", "unique_code", "village",
        "welcome",
    )
)  # fmt: skip
"""What a template may ask for without the caller having to say that there is none."""


@dataclass(frozen=True)
class Letter:
    """A mail taken from the outbox to be carried out."""

    id: int
    event_key: str
    template: str
    recipient: str
    recipient_name: str
    language: str
    subject: str
    text: str
    html: str | None
    created_at: datetime


def queue_message(
    *,
    event_key: str,
    template: str,
    language: str,
    name: str,
    email: str | None,
    phone: str | None,
    village_id: int | None,
    reference: str | None,
    context: dict[str, Any],
) -> bool:
    """Write one message in the running transaction, in the recipient's language; False when the event had one.

    Mail where there is an e-mail address, else a WhatsApp text for the desk's list of the village. What each template
    needs stands at its top (templates/mail). Raises RuntimeError outside of transaction(), ValueError for nobody to
    write to or for an account's link without an e-mail address, jinja2.UndefinedError for a value that is missing.
    """
    if not in_transaction():
        raise RuntimeError("a message is written in the transaction of what it tells about")
    recipient = email or phone
    if not recipient:
        raise ValueError("a message needs an e-mail address or a phone number")
    if template in SECRET_TEMPLATES and not email:
        raise ValueError("a link that opens an account never goes through somebody else's hands")
    language = language if language in LANGUAGES else DEFAULT_LANGUAGE
    now = clock.now()
    row = _written(template, language, {**NOT_GIVEN, **context, "recipient_name": name}, html=bool(email)) | {
        "event_key": event_key,
        "template": template,
        "channel": Channel.EMAIL if email else Channel.WHATSAPP,
        "recipient": recipient,
        "recipient_name": one_line(name, 120),
        "language": language,
        "reference": reference,
        "village_id": village_id,
        "next_attempt_at": now,
        "created_at": now,
    }
    table = Message.__table__
    statement = insert_into(table).values(row).on_conflict_do_nothing(index_elements=["event_key"])
    is_new = db.session.execute(statement.returning(table.c.id)).first() is not None
    if is_new and email:
        db.session.info[WAITING] = True
    return is_new


def _written(template: str, language: str, values: dict[str, Any], *, html: bool) -> dict[str, str | None]:
    subject = one_line(texts.write(f"mail/{template}.subject.txt", language=language, values=values), 200)
    text = tidy(texts.write(f"mail/{template}.txt", language=language, values=values))
    if not html:
        return {"subject": subject, "text": text, "html": None}
    page = texts.write(f"mail/{template}.html", language=language, values=values | {"subject": subject})
    return {"subject": subject, "text": text, "html": page}


def take_due_messages(*, limit: int) -> list[Letter]:
    """Lease mails that are due: nobody else takes them until the lease is over, and a crash gives them back by then.

    Each counts as one attempt, so that a mail that kills its carrier is not tried for ever.
    """
    until = clock.now() + LEASE
    taken = []
    for message in queries.list_due_for_update(limit=limit):
        if message.attempts >= MOST_ATTEMPTS:
            message.state, message.last_error = MessageState.FAILED, message.last_error or "never finished"
            continue
        message.attempts += 1
        message.next_attempt_at = until
        taken.append(Letter(**{name: getattr(message, name) for name in Letter.__dataclass_fields__}))
    return taken


def mark_delivered(*, message_id: int) -> None:
    """The mail server has it. Nothing happens when somebody else already said so."""
    db.session.execute(
        update(Message)
        .where(Message.id == message_id, Message.state != MessageState.SENT)
        .values(state=MessageState.SENT, sent_at=clock.now(), last_error=None)
    )


def put_off(*, message_id: int, error: str, is_final: bool = False) -> MessageState:
    """The mail was not taken: try again later, or never again where that is final or was tried often enough."""
    message = db.session.scalar(select(Message).where(Message.id == message_id).with_for_update())
    if message is None or message.state != MessageState.QUEUED:
        return message.state if message else MessageState.FAILED
    wait = None if is_final else wait_before_next(message.attempts)
    message.last_error = one_line(error, 200)
    if wait is None:
        message.state = MessageState.FAILED
    else:
        message.next_attempt_at = clock.now() + wait
    return message.state


def give_back(*, message_ids: Sequence[int]) -> None:
    """Mails that were leased and not tried, because the server did not answer: due again, and no attempt counted."""
    db.session.execute(
        update(Message)
        .where(Message.id.in_(message_ids), Message.state == MessageState.QUEUED, Message.attempts > 0)
        .values(attempts=Message.attempts - 1, next_attempt_at=clock.now())
    )


def mark_sent_by_hand(*, message_id: int, scope: Scope, by_user_id: int) -> Message:
    """Somebody has sent it: a WhatsApp text, or a mail that could not be delivered. Again: nothing.

    Raises NotFound where it is not there or another village's.
    """
    message = queries.get_for_update(message_id, scope)
    if message.state != MessageState.SENT:
        message.state = MessageState.SENT
        message.sent_at = clock.now()
        message.sent_by_id = by_user_id
        audit.record(action="message_sent_by_hand", subject=f"message:{message.id}", user_id=by_user_id)
    return message


def try_again(*, message_id: int, scope: Scope, by_user_id: int) -> Message:
    """Queue a failed mail anew, with all its attempts. Again, or for one that is not failed: nothing.

    Raises NotFound where it is not there or another village's.
    """
    message = queries.get_for_update(message_id, scope)
    if message.state == MessageState.FAILED:
        message.state = MessageState.QUEUED
        message.attempts = 0
        message.next_attempt_at = clock.now()
        db.session.info[WAITING] = True
        audit.record(action="message_tried_again", subject=f"message:{message.id}", user_id=by_user_id)
    return message


def forget_old_texts() -> int:
    """Empty what was said long ago: one-time links after a week, all else after a year. The event stays known."""
    now = clock.now()
    is_secret = Message.template.in_(SECRET_TEMPLATES) & (Message.created_at < now - KEEP_SECRETS)
    is_old = (Message.state == MessageState.SENT) & (Message.created_at < now - KEEP_TEXTS)
    emptied = db.session.execute(
        update(Message)
        .where(Message.text != "", is_secret | is_old)
        .values(text="", html=None)
        .returning(Message.id)
    )
    return len(emptied.all())
