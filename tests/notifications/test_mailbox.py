"""The development page shows what was written, harmlessly, and does not exist in production."""

from __future__ import annotations

import pytest
from flask import Flask

from app.core.db import transaction
from tests.machinery.clients import Visitor
from tests.notifications.samples import CONTEXTS
from tests.notifications.test_outbox import only, queue


@pytest.fixture
def message_id(app: Flask) -> int:
    with app.app_context(), transaction():
        queue(
            name="Tamu <script>alert(1)</script>",
            template="hold_expired",
            context=CONTEXTS["hold_expired"][0],
        )
        return only().id


def test_a_message_is_found_and_its_link_followed(message_id: int, visitor: Visitor) -> None:
    visitor.open("/dev/mail?lang=en").follow("Time is up")
    assert visitor.status == 200
    assert "nothing is lost" in visitor.text
    assert ("https://sambang.example/bookings/HX3K9PT?token=t0k3n",) * 2 in visitor.links
    assert "<script>alert" not in visitor.html


def test_the_html_is_framed_and_powerless(message_id: int, visitor: Visitor) -> None:
    page = visitor.client.get(f"/dev/mail/{message_id}")
    assert "frame-src 'self'" in page.headers["Content-Security-Policy"]
    assert '<iframe class="kept-mail" sandbox src=' in page.get_data(as_text=True)
    html = visitor.client.get(f"/dev/mail/{message_id}/html")
    assert html.get_data(as_text=True).startswith("<!doctype html>")
    policy = html.headers["Content-Security-Policy"]
    assert policy.startswith("sandbox; default-src 'none'")
    assert "script" not in policy
    assert "<script>alert" not in html.get_data(as_text=True)


def test_an_empty_mailbox(visitor: Visitor) -> None:
    visitor.open("/dev/mail?lang=en")
    assert "No message yet" in visitor.text


@pytest.mark.parametrize("path", ["/dev/mail/1", "/dev/mail/1/html", f"/dev/mail/{10**30}"])
def test_what_is_not_there(visitor: Visitor, path: str) -> None:
    assert visitor.open(path).status == 404


@pytest.mark.settings(app_env="production", mail_url="smtp://mail.example")
def test_not_in_production(visitor: Visitor) -> None:
    assert visitor.open("/dev/mail").status == 404
    assert visitor.open("/dev/mail/1").status == 404
