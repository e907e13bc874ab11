"""The desk's list: own village only, one tap to WhatsApp, marked once; failed mails tried again; no secrets shown."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask
from sqlalchemy import select

from app.core.audit import AuditEntry
from app.core.db import db, transaction
from app.core.paging import encode_cursor
from app.notifications.models import Message, MessageState
from app.notifications.services import queue_message
from app.users.rules import Role
from app.users.services import create_user, give_office
from app.villages.models import Village
from tests.machinery.clients import Visitor
from tests.notifications.samples import CONTEXTS

PASSWORD = "kunyit-dan-batu-7"
LIST = "/manage/messages"


@pytest.fixture
def village_ids(app: Flask) -> list[int]:
    with app.app_context(), transaction() as session:
        villages = [_village(number) for number in (1, 2)]
        session.add_all(villages)
        session.flush()
        for number, village in enumerate(villages, 1):
            email = f"desk{number}@contoh.example"
            user = create_user(name=f"Petugas Contoh {number}", email=email, password=PASSWORD)
            give_office(user_id=user.id, role=Role.DESK, village_id=village.id)
        manager = create_user(name="Pendamping Contoh", email="all@contoh.example", password=PASSWORD)
        give_office(user_id=manager.id, role=Role.MANAGER)
        return [village.id for village in villages]


def _village(number: int) -> Village:
    return Village(
        slug=f"contoh-{number}", name=f"Contoh {number}", bps_code=f"330800{number}", latitude=-7.6, longitude=110.2,
        bumdes=f"BUMDes Contoh {number}", bumdes_is_sample=True, temple_metres=1000, temple_minutes=5,
        temple_is_estimate=True,
    )  # fmt: skip


def waiting(app: Flask, village_id: int | None, **changes: Any) -> int:
    """A WhatsApp text on a village's list; its id."""
    given: dict[str, Any] = {
        "event_key": f"try:{village_id}:{changes.get('name', '')}:{changes.get('template', '')}",
        "template": "booking_held",
        "language": "en",
        "name": "Tamu Contoh",
        "email": None,
        "phone": "+6281200000009",
        "village_id": village_id,
        "reference": "booking:HX3K9PT",
        "context": CONTEXTS["booking_held"][0],
    }
    with app.app_context(), transaction():
        queue_message(**given | changes)
        key = given["event_key"]
        return db.session.scalars(select(Message.id).where(Message.event_key == key)).one()


def failed(app: Flask, village_id: int | None, **changes: Any) -> int:
    message_id = waiting(app, village_id, email="salah@contoh.example", **changes)
    with app.app_context(), transaction() as session:
        message = session.get_one(Message, message_id)
        message.state, message.last_error, message.attempts = MessageState.FAILED, "550 no such user", 3
    return message_id


def state(app: Flask, message_id: int) -> str:
    with app.app_context():
        return db.session.get_one(Message, message_id).state.value


def audit_rows(app: Flask) -> list[str]:
    with app.app_context():
        subject = AuditEntry.subject.startswith("message:")
        return [row.action for row in db.session.scalars(select(AuditEntry).where(subject))]


def sign_in(visitor: Visitor, email: str) -> Visitor:
    visitor.open("/login?lang=en").submit("login", identity=email, password=PASSWORD)
    assert not visitor.path.startswith("/login")
    return visitor


def test_the_list_has_a_whatsapp_link_with_the_whole_text(
    app: Flask, village_ids: list[int], visitor: Visitor
) -> None:
    message_id = waiting(app, village_ids[0])
    sign_in(visitor, "desk1@contoh.example").open(LIST)
    link = next(href for words, href in visitor.links if "Open in WhatsApp" in words)
    parts = urlsplit(link)
    assert (parts.scheme, parts.netloc, parts.path) == ("https", "wa.me", "/6281200000009")
    with app.app_context():
        assert parse_qs(parts.query)["text"] == [db.session.get_one(Message, message_id).text]
    assert "+62 812-0000-0009" in visitor.text


def test_marked_as_sent_leaves_the_list_and_a_trace(
    app: Flask, village_ids: list[int], visitor: Visitor
) -> None:
    message_id = waiting(app, village_ids[0])
    sign_in(visitor, "desk1@contoh.example").open(LIST).submit(f"/{message_id}/sent")
    assert visitor.path == LIST
    assert "has been told" in visitor.text
    assert "Nothing is waiting" in visitor.text
    assert state(app, message_id) == "sent"
    assert audit_rows(app) == ["message_sent_by_hand"]


def test_marking_twice_is_marking_once(app: Flask, village_ids: list[int], visitor: Visitor) -> None:
    message_id = waiting(app, village_ids[0])
    sign_in(visitor, "desk1@contoh.example").open(LIST)
    token = dict(visitor.forms[-1].values)["csrf_token"]
    for _time in range(2):
        answer = visitor.client.post(f"{LIST}/{message_id}/sent", data={"csrf_token": token})
        assert answer.status_code == 303
    assert audit_rows(app) == ["message_sent_by_hand"]


def test_without_the_token_nothing_is_marked(app: Flask, village_ids: list[int], visitor: Visitor) -> None:
    message_id = waiting(app, village_ids[0])
    sign_in(visitor, "desk1@contoh.example")
    assert visitor.client.post(f"{LIST}/{message_id}/sent").status_code == 400
    assert state(app, message_id) == "queued"


def test_another_village_is_not_there(app: Flask, village_ids: list[int], visitor: Visitor) -> None:
    message_id = waiting(app, village_ids[1], name="Tamu Lain")
    own = waiting(app, village_ids[0], name="Tamu Sendiri")
    sign_in(visitor, "desk1@contoh.example").open(LIST)
    assert "Tamu Sendiri" in visitor.text
    assert "Tamu Lain" not in visitor.text
    token = dict(visitor.forms[-1].values)["csrf_token"]
    for verb in ("sent", "again"):
        answer = visitor.client.post(f"{LIST}/{message_id}/{verb}", data={"csrf_token": token})
        assert answer.status_code == 404
    unknown = visitor.client.post(f"{LIST}/{own + 1000}/sent", data={"csrf_token": token})
    assert unknown.status_code == 404
    huge = visitor.client.post(f"{LIST}/{10**30}/sent", data={"csrf_token": token})
    assert huge.status_code == 404
    assert state(app, message_id) == "queued"
    assert audit_rows(app) == []


def test_the_manager_sees_all_villages(app: Flask, village_ids: list[int], visitor: Visitor) -> None:
    for village_id in village_ids:
        waiting(app, village_id, name=f"Tamu di {village_id}")
    sign_in(visitor, "all@contoh.example").open(LIST)
    assert all(f"Tamu di {village_id}" in visitor.text for village_id in village_ids)


def test_strangers_are_sent_to_sign_in(app: Flask, visitor: Visitor) -> None:
    assert visitor.client.get(LIST).status_code in {302, 303}
    visitor.open(LIST)
    assert visitor.path.startswith("/login")


def test_a_failed_mail_is_shown_and_tried_again(app: Flask, village_ids: list[int], visitor: Visitor) -> None:
    message_id = failed(app, village_ids[0])
    sign_in(visitor, "desk1@contoh.example").open(LIST)
    assert "550 no such user" in visitor.text
    visitor.submit(f"/{message_id}/again")
    assert state(app, message_id) == "queued"
    assert "did not arrive" not in visitor.text
    with app.app_context():
        assert db.session.get_one(Message, message_id).attempts == 0
    assert audit_rows(app) == ["message_tried_again"]


def test_what_waits_says_why(app: Flask, village_ids: list[int], visitor: Visitor) -> None:
    """A mail server that is away delays: tried twice, its answer, and the next time. What has just been queued is no
    news."""
    error = "451 come back later"
    late = failed(app, village_ids[0], name="Tamu Terlambat")
    failed(app, village_ids[1], name="Tamu Lain")
    with app.app_context(), transaction():
        for message in db.session.scalars(select(Message)):
            message.state, message.attempts, message.last_error = MessageState.QUEUED, 2, error
        fresh = db.session.get_one(Message, late)
        assert fresh.attempts == 2
    sign_in(visitor, "desk1@contoh.example").open(LIST)
    assert "Mails that are late" in visitor.text
    assert error in visitor.text
    assert "2 times" in visitor.text
    assert "Tamu Lain" not in visitor.text
    with app.app_context(), transaction():
        message = db.session.get_one(Message, late)
        message.attempts, message.last_error = 0, None
    assert "Mails that are late" not in visitor.open(LIST).text


def test_a_link_that_opens_an_account_is_never_shown(
    app: Flask, village_ids: list[int], visitor: Visitor
) -> None:
    context = CONTEXTS["password_reset"][0]
    failed(app, None, template="password_reset", context=context)
    sign_in(visitor, "all@contoh.example").open(LIST)
    assert "550 no such user" in visitor.text
    assert context["url"] not in visitor.html
    with pytest.raises(ValueError, match="opens an account"):
        waiting(app, village_ids[0], template="account_link", context=CONTEXTS["account_link"][0])


def test_a_long_list_goes_on(app: Flask, village_ids: list[int], visitor: Visitor) -> None:
    for number in range(23):
        waiting(app, village_ids[0], name=f"Tamu nomor {number:02}")
    sign_in(visitor, "desk1@contoh.example").open(LIST)
    assert "Tamu nomor 19" in visitor.text
    assert "Tamu nomor 20" not in visitor.text
    visitor.follow("More")
    assert "Tamu nomor 22" in visitor.text
    assert visitor.open(f"{LIST}?cursor=nonsense").status == 422
    assert visitor.open(f"{LIST}?cursor={encode_cursor(-(10**30))}").status == 200
