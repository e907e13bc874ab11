from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.core.db import transaction
from app.users import services
from app.users.rules import LINK_LIFE
from tests.machinery.clients import Visitor
from tests.users.world import is_in, make_person, sign_in, try_in


@pytest.fixture
def link(app: Flask) -> str:
    """The way to an account without a password."""
    user_id = make_person(app, "wati")
    with app.app_context(), transaction():
        return f"/account/link/{services.create_sign_in_link(user_id=user_id, made_by_id=None)}"


def test_a_link_sets_a_pin_and_lets_in(visitor: Visitor, link: str) -> None:
    assert "Wati" in visitor.open(link).text
    visitor.submit(password="481516")
    assert (visitor.status, visitor.path) == (200, "/account")
    assert visitor.open(link).status == 410
    visitor.open("/account").submit("/logout")
    assert is_in(try_in(visitor, "wati@sample.example", "481516"))


def test_looking_at_a_link_does_not_spend_it(client: FlaskClient, link: str) -> None:
    """Messengers fetch links for a preview."""
    for _ in range(3):
        assert client.get(link).status_code == 200


@pytest.mark.parametrize("secret", ["12345", "123456", "short", "wati@sample.example", ""])
def test_a_weak_secret_is_told_beside_the_field(visitor: Visitor, link: str, secret: str) -> None:
    page = visitor.open(link).submit(password=secret)
    assert 'aria-invalid="true"' in page.html
    assert not is_in(page)
    assert is_in(visitor.open(link).submit(password="481516"))


@pytest.mark.parametrize("token", ["x", "%00", "🏠", "a" * 3000, "..%2f.."])
def test_a_link_that_never_was(client: FlaskClient, token: str) -> None:
    assert client.get(f"/account/link/{token}").status_code in {404, 410}


def test_a_link_that_is_too_old(visitor: Visitor, link: str, set_clock: Callable[[timedelta], None]) -> None:
    visitor.open(link)
    set_clock(LINK_LIFE)
    assert visitor.submit(password="481516").status == 410


def test_a_link_replaces_whoever_was_signed_in_here(
    app: Flask, client: FlaskClient, sari: int, link: str
) -> None:
    sign_in(app, client, sari)
    page = Visitor(client).open(link).submit(password="481516")
    assert "Wati" in page.open("/account").text
