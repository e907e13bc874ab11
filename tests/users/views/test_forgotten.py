from __future__ import annotations

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app.core.db import db
from app.notifications.models import Message
from tests.machinery.clients import Visitor
from tests.users.world import PHONE, is_in, try_in


def mails(app: Flask) -> list[Message]:
    with app.app_context():
        return list(db.session.scalars(select(Message).order_by(Message.id)))


def ask(visitor: Visitor, email: str) -> Visitor:
    return visitor.open("/account/reset?lang=en").submit("/account/reset", email=email)


def test_a_new_password_by_mail(app: Flask, visitor: Visitor, sari: int) -> None:
    ask(visitor, "SARI@sample.example")
    (mail,) = mails(app)
    assert (mail.recipient, mail.template) == ("sari@sample.example", "password_reset")
    found = re.search(r"https?://(\S+?)(/account/reset/\S+)", mail.text)
    assert found is not None
    page = visitor.open(found[2]).submit("/account/reset/", password="12345")
    assert 'aria-invalid="true"' in page.html
    page.submit("/account/reset/", password="481516")
    assert visitor.path.startswith("/login")
    assert is_in(try_in(visitor, PHONE, "481516"))
    visitor.open("/account").submit("/logout")
    assert visitor.open(found[2]).path.startswith("/account/reset")
    assert "has been used" in visitor.text


def test_the_answer_does_not_tell_who_is_known(app: Flask, visitor: Visitor, sari: int) -> None:
    known, unknown = (
        ask(visitor, "sari@sample.example"),
        ask(Visitor(visitor.client), "nobody@sample.example"),
    )
    assert known.text.replace("sari@", "x@") == unknown.text.replace("nobody@", "x@")
    assert len(mails(app)) == 1


def test_asking_again_and_again_sends_one_mail(app: Flask, visitor: Visitor, sari: int) -> None:
    for _ in range(4):
        ask(visitor, "sari@sample.example")
    assert len(mails(app)) <= 2  # two where a quarter of an hour ended in between


def test_a_claimed_host_does_not_get_into_the_mail(app: Flask, client: FlaskClient, sari: int) -> None:
    html = client.get("/account/reset", headers={"Host": "evil.example"}).get_data(as_text=True)
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', html)
    assert token is not None
    body = {"csrf_token": token[1], "email": "sari@sample.example"}
    client.set_cookie(
        "session", client.get_cookie("session", domain="evil.example").value, domain="evil.example"
    )  # type: ignore[union-attr]
    client.post("/account/reset", data=body, headers={"Host": "evil.example"}, base_url="http://evil.example")
    (mail,) = mails(app)
    assert "evil.example" not in mail.text + (mail.html or "")


def test_a_phone_number_is_told_the_other_way(app: Flask, visitor: Visitor, sari: int) -> None:
    page = ask(visitor, "081234567890")
    assert "only be sent to an e-mail address" in page.text
    assert "is on its way" not in page.text
    assert "Ask the manager of your BUMDes" in page.text
    assert mails(app) == []


@pytest.mark.parametrize("token", ["x", "W10.aa.bb", "%00"])
def test_a_forged_reset_link(visitor: Visitor, token: str) -> None:
    assert visitor.open(f"/account/reset/{token}").path.startswith("/account/reset")
    assert visitor.status in {200, 404}
