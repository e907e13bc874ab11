"""Which messages are due, waiting for a hand, or failed. Everything for people takes their scope."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import ColumnElement, Select, func, select, true

from app.core import clock
from app.core.db import db
from app.core.errors import NotFound
from app.core.words import gettext as _
from app.notifications.models import Channel, Message, MessageState
from app.users.rules import Scope

LATE = timedelta(minutes=5)
"""A mail that is due for longer than this has somebody in its way: the worker, or the mail server."""


def list_due_for_update(*, limit: int) -> Sequence[Message]:
    """Mails whose time has come, locked; those that another worker holds are passed over."""
    return db.session.scalars(
        select(Message)
        .where(
            Message.channel == Channel.EMAIL,
            Message.state == MessageState.QUEUED,
            Message.next_attempt_at <= clock.now(),
        )
        .order_by(Message.next_attempt_at, Message.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    ).all()


def list_waiting(scope: Scope, *, after: int = 0, limit: int = 50) -> Sequence[Message]:
    """WhatsApp texts that nobody has sent yet, oldest first."""
    wanted = (Message.channel == Channel.WHATSAPP) & (Message.state == MessageState.QUEUED)
    return db.session.scalars(
        _visible(scope).where(wanted, Message.id > after).order_by(Message.id).limit(limit)
    ).all()


def count_waiting(scope: Scope) -> int:
    """How many WhatsApp texts nobody has sent yet."""
    wanted = (Message.channel == Channel.WHATSAPP) & (Message.state == MessageState.QUEUED)
    return db.session.scalar(select(func.count()).select_from(_visible(scope).where(wanted).subquery())) or 0


def list_delayed(scope: Scope, *, limit: int = 50) -> Sequence[Message]:
    """Mails that were tried and are tried again by themselves, or wait for a server that is away, next one first."""
    late = (Message.attempts > 0) | (Message.next_attempt_at <= clock.now() - LATE)
    wanted = (Message.channel == Channel.EMAIL) & (Message.state == MessageState.QUEUED) & late
    query = _visible(scope).where(wanted).order_by(Message.next_attempt_at, Message.id)
    return db.session.scalars(query.limit(limit)).all()


def list_failed(scope: Scope, *, limit: int = 50) -> Sequence[Message]:
    """Mails that could not be delivered, newest first."""
    return db.session.scalars(
        _visible(scope)
        .where(Message.channel == Channel.EMAIL, Message.state == MessageState.FAILED)
        .order_by(Message.id.desc())
        .limit(limit)
    ).all()


def get_for_update(message_id: int, scope: Scope) -> Message:
    """One message within the scope, locked. Raises NotFound."""
    message = db.session.scalar(_visible(scope).where(Message.id == message_id).with_for_update())
    if message is None:
        raise NotFound(_("There is no such message on your list."))
    return message


def list_newest(*, limit: int = 100) -> Sequence[Message]:
    """The latest messages of all: for the development page."""
    return db.session.scalars(select(Message).order_by(Message.id.desc()).limit(limit)).all()


def get_message(message_id: int) -> Message:
    """One message, whoever's: for the development page. Raises NotFound."""
    message = db.session.get(Message, message_id)
    if message is None:
        raise NotFound(_("There is no such message."))
    return message


def _visible(scope: Scope) -> Select[Message]:
    reach: ColumnElement[bool] = true() if scope.everything else Message.village_id.in_(scope.villages)
    return select(Message).where(reach)
