"""A real mail server, and an app on a database of its own that sends through it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app.core.db import db, transaction
from app.notifications.models import Message
from app.notifications.sender import read_mail_url
from app.notifications.services import queue_message
from tests.notifications import postbox
from tests.notifications.postbox import Postbox
from tests.notifications.samples import CONTEXTS

SITE = "https://sambang.example"


@pytest.fixture
def box() -> Iterator[Postbox]:
    """A mail server on this machine."""
    with postbox.opened() as opened:
        yield opened


@pytest.fixture
def mailing_app(race_app: Flask, box: Postbox) -> Flask:
    """An app that sends through `box`."""
    server = read_mail_url(box.url, sender="Sambang <pesan@sambang.example>", base_url=SITE)
    race_app.extensions["mail_server"] = server
    return race_app


def queue_many(app: Flask, count: int, **changes: Any) -> None:
    """So many mails in the outbox, `try:0` and on."""
    given: dict[str, Any] = {
        "template": "hold_expired",
        "language": "en",
        "email": "tamu@contoh.example",
        "phone": None,
        "village_id": None,
        "reference": None,
        "context": CONTEXTS["hold_expired"][0],
    }
    with app.app_context(), transaction():
        for number in range(count):
            queue_message(event_key=f"try:{number}", name=f"Tamu {number}", **given | changes)


def messages(app: Flask) -> list[Message]:
    """The outbox, in the order in which it was written."""
    with app.app_context():
        return list(db.session.scalars(select(Message).order_by(Message.id)))
