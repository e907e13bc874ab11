"""A small etalase: a crisp maker with two products in one village, a potter in the other."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import event

from app.core import clock
from app.core.db import db, transaction
from app.showcase import inventory
from app.showcase.inventory import Claim
from app.showcase.rules import ProductKind
from app.users import services as users
from app.users.rules import Role
from tests.factories import NOW, Goods, make_maker, make_product, make_product_choice, make_village
from tests.factories.numbers import numbers
from tests.machinery.clients import Visitor
from tests.users.world import sign_in


@dataclass(frozen=True)
class Etalase:
    """Crisps wait in two villages, the drink in one; the pot is made in the other village."""

    crisps: Goods
    drink: Goods
    pot: Goods


@pytest.fixture
def etalase(app: Flask, set_clock: Callable[..., None]) -> Etalase:
    """Made and left, so that a client may come from outside; on 20 April 2027."""
    set_clock(NOW)
    with app.app_context(), transaction():
        there = make_village("tirtomulyo")
        maker = make_maker(name="Bu Renyah")
        return Etalase(
            make_product(maker=maker, name_en="Crisps", pickups={"sarihayu": 5, "tirtomulyo": 2}),
            make_product(maker=maker, name="Wedang", name_en="Ginger drink", kind=ProductKind.DRINK),
            make_product(there, name="Kendi", name_en="Clay jug", kind=ProductKind.CRAFT, price=85_000),
        )


def left(app: Flask, goods: Goods, pickup: str | None = None) -> int:
    """How many pieces are left at a place."""
    with app.app_context():
        return inventory.pieces_left(make_product_choice(goods, pickup=pickup))


def take(app: Flask, goods: Goods, quantity: int, pickup: str | None = None) -> None:
    """Somebody holds pieces for an hour."""
    with app.app_context(), transaction():
        claim = Claim(next(numbers), goods.stocks[pickup or goods.pickup], quantity)
        inventory.hold([claim], clock.now() + timedelta(hours=1))


LIST = "/manage/products"


def signed_in(app: Flask, visitor: Visitor, role: Role, **place: int) -> Visitor:
    """The visitor with one office, reading English."""
    with app.app_context(), transaction():
        user = users.create_user(name=f"Contoh {role}", email=f"user{next(numbers)}@sample.example")
        users.give_office(user_id=user.id, role=role, **place)
        user_id = user.id
    sign_in(app, visitor.client, user_id)
    visitor.client.set_cookie("lang", "en")
    return visitor


@contextmanager
def counted(app: Flask) -> Iterator[list[str]]:
    """The questions that the database is asked meanwhile; what time it is does not count."""
    asked: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        if statement.startswith("SELECT") and "clock_timestamp" not in statement:
            asked.append(statement)

    with app.app_context():
        connection = db.session.connection()
    event.listen(connection, "before_cursor_execute", note)
    try:
        yield asked
    finally:
        event.remove(connection, "before_cursor_execute", note)


@pytest.fixture
def maker(app: Flask, visitor: Visitor, etalase: Etalase) -> Visitor:
    """The maker of crisps and drink, signed in."""
    return signed_in(app, visitor, Role.MAKER, payee_id=etalase.crisps.maker_payee_id)


def page_of(goods: Goods) -> str:
    return f"{LIST}/{goods.slug}"
