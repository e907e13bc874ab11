"""The outbox: one row per event, in the recipient's language, written with the work and gone with it."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from jinja2 import UndefinedError
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.core.db import db, transaction
from app.notifications.models import Channel, Message, MessageState
from app.notifications.services import queue_message
from tests.notifications.samples import CONTEXTS


def queue(event_key: str = "booking:HX3K9PT:held", **changes: Any) -> bool:
    given: dict[str, Any] = {
        "event_key": event_key,
        "template": "booking_held",
        "language": "en",
        "name": "Tamu Contoh",
        "email": "tamu@contoh.example",
        "phone": None,
        "village_id": None,
        "reference": "booking:HX3K9PT",
        "context": CONTEXTS["booking_held"][0],
    }
    return queue_message(**given | changes)


def count() -> int:
    return db.session.scalar(select(func.count(Message.id))) or 0


def only() -> Message:
    return db.session.scalars(select(Message)).one()


@pytest.mark.parametrize("language", ["id", "en"])
@pytest.mark.parametrize("template", CONTEXTS)
def test_every_template_reads_well(session: Session, template: str, language: str) -> None:
    for number, context in enumerate(CONTEXTS[template]):
        with transaction():
            key = f"try:{number}"
            queue(key, template=template, language=language, context=context, name="Bu <b>Contoh</b> & co")
        message = db.session.scalars(select(Message).where(Message.event_key == key)).one()
        assert message.html is not None
        assert context.get("url", context.get("code", "")) in message.text
        assert context.get("url", context.get("code", "")) in message.html.replace("&amp;", "&")
        assert "Bu <b>Contoh</b> & co" in message.text
        assert "<b>Contoh" not in message.html
        assert f'<html lang="{language}">' in message.html
        for text in (message.subject, message.text, message.html):
            assert "None" not in text
            assert "{" not in text
        assert "\n" not in message.subject
        assert "\n\n\n" not in message.text


def test_every_template_has_a_sample_subject_text_and_html(app: Flask) -> None:
    files = [name for name in app.jinja_env.list_templates() if name.startswith("mail/") and "/_" not in name]
    parts = (".subject.txt", ".txt", ".html")
    assert sorted(files) == sorted(f"mail/{template}{part}" for template in CONTEXTS for part in parts)


def test_the_text_says_how_to_pay(session: Session) -> None:
    with transaction():
        queue()
    text = only().text
    for fact in (
        "Rp900.123",
        "Rp123",
        "000-111-222",
        "BUMDes Contoh",
        "Tuesday, 20 April 2027, 14:42 WIB",
        "HX3K9PT",
    ):
        assert fact in text


def test_the_text_says_who_gets_what(session: Session) -> None:
    with transaction():
        queue(template="booking_confirmed", context=CONTEXTS["booking_confirmed"][0])
    message = only()
    for fact in (
        "Tuan rumah Contoh",
        "Rp630.000",
        "BUMDes Karanganyar",
        "Rp180.000",
        "Local tax",
        "Rp90.000",
    ):
        assert fact in message.text
        assert fact in (message.html or "")
    assert "- Local tax: Rp90.000\nYou pay: Rp900.000" in message.text


def test_the_text_says_what_is_booked(session: Session) -> None:
    with transaction():
        queue(template="booking_link", context=CONTEXTS["booking_link"][0])
    assert "Rumah Contoh, Karanganyar\nKopel, 2 adults\nSaturday, 1 May 2027" in only().text
    assert "Rumah Kedua, Karanganyar\nKopel, 2 adults × 3\nSaturday" in only().text


def test_the_language_is_the_recipients(app: Flask) -> None:
    with app.test_request_context("/?lang=en"), transaction():
        queue(language="id")
        assert "Selasa, 20 April 2027, pukul 14.42 WIB" in only().text
    with app.test_request_context("/?lang=id"), transaction():
        queue("another", language="en")
    with app.app_context():
        assert "Tuesday" in (
            db.session.scalar(select(Message.text).where(Message.event_key == "another")) or ""
        )


def test_an_event_writes_once(session: Session) -> None:
    with transaction():
        assert queue()
    with transaction():
        assert not queue(template="hold_expired", context=CONTEXTS["hold_expired"][0])
    assert count() == 1
    assert only().template == "booking_held"


def test_a_mail_where_there_is_an_address(session: Session) -> None:
    with transaction():
        queue(phone="+6281200000001")
    assert (only().channel, only().recipient) == (Channel.EMAIL, "tamu@contoh.example")
    assert only().state == MessageState.QUEUED


def test_a_whatsapp_text_where_there_is_only_a_phone(session: Session) -> None:
    with transaction():
        queue(email=None, phone="+6281200000001")
    assert (only().channel, only().recipient, only().html) == (Channel.WHATSAPP, "+6281200000001", None)


def test_what_is_undone_writes_nothing(session: Session) -> None:
    with pytest.raises(LookupError), transaction():
        queue()
        raise LookupError
    assert count() == 0


def test_a_forgotten_value_is_an_error(session: Session) -> None:
    without = {key: value for key, value in CONTEXTS["booking_held"][0].items() if key != "code"}
    with pytest.raises(UndefinedError), transaction():
        queue(context=without)


def test_nobody_to_write_to(session: Session) -> None:
    with pytest.raises(ValueError, match="e-mail address or a phone"), transaction():
        queue(email=None)


def test_not_without_a_transaction(session: Session) -> None:
    with pytest.raises(RuntimeError, match="in the transaction"):
        queue()


def test_a_subject_is_one_line_whatever_the_name(session: Session) -> None:
    name = "Tamu\r\nBcc: everybody@contoh.example " + "Panjang " * 60
    with transaction():
        queue(
            template="host_new_booking",
            context=CONTEXTS["host_new_booking"][0] | {"guest_name": name},
            name=name,
        )
    assert "\n" not in only().subject
    assert "\r" not in only().subject
    assert len(only().subject) <= 200
    assert len(only().recipient_name) <= 120
