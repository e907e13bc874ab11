from __future__ import annotations

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from app.core.db import db
from app.users.models import User
from app.users.rules import FREE_TRIES
from tests.machinery.clients import Visitor
from tests.users.world import PHONE, SECRET, a_user, is_in, sign_in, try_in


def test_changing_the_secret_signs_out_elsewhere(app: Flask, client: FlaskClient, sari: int) -> None:
    elsewhere = sign_in(app, app.test_client(), sari)
    visitor = try_in(Visitor(client), PHONE)
    visitor.open("/account").submit("/account/password", current=SECRET, password="481516")
    assert (visitor.path, visitor.status) == ("/account", 200)
    assert elsewhere.get("/account").status_code == 302
    visitor.submit("/logout")
    assert is_in(try_in(visitor, PHONE, "481516"))


def test_a_wrong_present_secret_counts_as_a_try(app: Flask, client: FlaskClient, sari: int) -> None:
    visitor = try_in(Visitor(client), PHONE)
    for _ in range(FREE_TRIES):
        page = visitor.open("/account").submit("/account/password", current="wrong-one", password="481516")
        assert page.status == 422
    page = visitor.open("/account").submit("/account/password", current=SECRET, password="481516")
    assert page.status == 422
    assert a_user(app, sari).failed_attempts == FREE_TRIES


def test_a_weak_new_secret_is_refused(client: FlaskClient, sari: int) -> None:
    visitor = try_in(Visitor(client), PHONE)
    page = visitor.open("/account").submit("/account/password", current=SECRET, password="081234567890")
    assert page.status == 422
    assert 'aria-invalid="true"' in page.html


def test_the_language_is_kept_for_messages_and_pages(app: Flask, client: FlaskClient, sari: int) -> None:
    visitor = try_in(Visitor(client), PHONE)
    visitor.open("/account").submit("/account/language", language="en")
    assert a_user(app, sari).language == "en"
    assert 'lang="en"' in visitor.open("/account").html
    assert visitor.submit("/account/language", language="xx").status == 422


def test_there_is_no_way_to_register(app: Flask, client: FlaskClient) -> None:
    for path in ("/register", "/confirm", "/change", "/verify", "/us-signin", "/fs-static/x"):
        assert client.get(path).status_code == 404
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(User)) == 0
