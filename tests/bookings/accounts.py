"""Guests' accounts in tests: browsers, letters, and coming in by the newest link."""

from __future__ import annotations

import re

from flask import Flask
from sqlalchemy import func, select

from app.core.codes import access_token
from app.core.db import db, transaction
from app.notifications.models import Message
from tests.bookings import acts
from tests.factories import House, make_guest, make_house, make_village
from tests.machinery.clients import Visitor

ANNA, OTHER, PHONE = "anna@sample.example", "anna@other.example", "+6281234567890"


def book(app: Flask, house: House, email: str | None, phone: str | None = None, **details: object) -> str:
    with app.app_context():
        return acts.hold(house, guest=make_guest(email=email, phone=phone), **details)


def make_another(app: Flask, slug: str) -> House:
    """A house in a village of its own."""
    with app.app_context(), transaction():
        return make_house(make_village(slug))


def browser(app: Flask, code: str | None = None) -> Visitor:
    """Another browser, reading English; with the secret of a booking where one is named."""
    visitor = Visitor(app.test_client())
    visitor.client.set_cookie("lang", "en")
    if code is not None:
        with app.app_context():
            token = access_token(code, acts.booking(code).token_version)
        visitor.open(f"/bookings/{code}?token={token}")
        assert visitor.status == 200
    return visitor


def letters(app: Flask, kind: str = "account_come_in") -> list[Message]:
    """The letters of a kind, oldest first."""
    with app.app_context():
        query = select(Message).where(Message.template.startswith(kind)).order_by(Message.id)
        return list(db.session.scalars(query))


def link_in(app: Flask) -> str:
    """The link of the newest letter."""
    found = re.search(r"/account/come-in/[\w-]+", letters(app)[-1].text)
    assert found is not None
    return found[0]


def asked(app: Flask, address: str, visitor: Visitor | None = None) -> str:
    """A link, asked for with an address."""
    (visitor or browser(app)).open("/bookings/").submit("/mine/link", address=address)
    return link_in(app)


def come_in(app: Flask, address: str) -> Visitor:
    """A browser in which whoever has an address has come in."""
    return browser(app).open(asked(app, address)).submit("/come-in/")


def count(app: Flask, kind: type) -> int:
    with app.app_context():
        return db.session.scalar(select(func.count()).select_from(kind)) or 0
