from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.core.db import transaction
from app.core.limits import limiter
from app.users import services
from app.users.models import User
from app.users.rules import FREE_TRIES
from tests.machinery.clients import Visitor
from tests.users.world import PHONE, SECRET, a_user, is_in, try_in


@pytest.mark.parametrize(
    "who", ["sari@sample.example", "SARI@Sample.example ", "081234567890", "62 812-3456-7890", PHONE]
)
def test_in_by_email_or_phone(visitor: Visitor, sari: int, who: str) -> None:
    assert is_in(try_in(visitor, who))


def test_in_with_a_pin(app: Flask, visitor: Visitor, sari: int) -> None:
    with app.app_context(), transaction():
        services.set_password(user_id=sari, password="481516")
    assert is_in(try_in(visitor, PHONE, "481516 "))


def test_a_sign_in_is_noted_without_an_address(app: Flask, visitor: Visitor, sari: int) -> None:
    try_in(visitor, PHONE)
    user = a_user(app, sari)
    assert user.login_count == 1
    assert user.current_login_at is not None
    assert not {name for name in User.__table__.columns.keys() if "ip" in name.split("_")}  # noqa: SIM118


def test_every_failure_reads_the_same(visitor: Visitor, app: Flask, sari: int) -> None:
    with app.app_context(), transaction():
        services.create_user(name="No secret", phone="081200000002")
        services.create_user(name="At rest", phone="081200000003", password=SECRET).active = False
    texts = set()
    for who, secret in [
        ("sari@sample.example", "wrong"),
        ("nobody@sample.example", SECRET),
        ("081200000002", SECRET),
        ("081200000003", SECRET),
        ("neither", SECRET),
        ("nul\x00@sample.example", SECRET),
    ]:
        page = try_in(visitor, who, secret)
        assert page.status == 200
        assert not is_in(page)
        texts.add(page.text)
    assert len(texts) == 1


def test_blank_fields_are_said_plainly(visitor: Visitor, sari: int) -> None:
    page = try_in(visitor, "", "")
    assert (
        "Type your e-mail or phone number"
        in try_in(visitor, " ", "x").open("/login?lang=en").submit("/login", identity="", password="").text
    )
    assert not is_in(page)


def test_the_password_is_never_sent_back(visitor: Visitor, sari: int) -> None:
    assert "falsch-und-lang" not in try_in(visitor, PHONE, "falsch-und-lang").html


def test_without_the_token_nothing_happens(client: FlaskClient, sari: int) -> None:
    answer = client.post("/login", data={"identity": PHONE, "password": SECRET})
    assert answer.status_code == 400
    assert client.get("/account").status_code == 302


@pytest.mark.parametrize("path", ["/login", "/account/reset"])
def test_json_is_not_taken(client: FlaskClient, sari: int, path: str) -> None:
    html = client.get(path).get_data(as_text=True)
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', html)
    assert token is not None
    answer = client.post(path, json=[1], headers={"X-CSRFToken": token[1], "Accept": "application/json"})
    assert answer.status_code == 415


def test_wrong_tries_are_counted_although_the_request_fails(app: Flask, visitor: Visitor, sari: int) -> None:
    for _ in range(3):
        try_in(visitor, PHONE, "wrong")
    assert a_user(app, sari).failed_attempts == 3


def test_after_five_the_right_one_does_not_open_until_the_pause_is_over(
    visitor: Visitor, sari: int, set_clock: Callable[[timedelta], None]
) -> None:
    pages = [try_in(visitor, PHONE, "wrong").text for _ in range(FREE_TRIES)]
    for _ in range(3):
        resting = try_in(visitor, PHONE)
        assert not is_in(resting)
        assert resting.text == pages[0]
    set_clock(timedelta(seconds=61))
    assert is_in(try_in(visitor, PHONE))


def test_signing_in_forgets_the_wrong_tries(app: Flask, visitor: Visitor, sari: int) -> None:
    for _ in range(FREE_TRIES - 1):
        try_in(visitor, PHONE, "wrong")
    try_in(visitor, PHONE)
    user = a_user(app, sari)
    assert (user.failed_attempts, user.locked_until) == (0, None)


def test_a_pause_can_be_ended_by_a_link(app: Flask, visitor: Visitor, sari: int) -> None:
    for _ in range(FREE_TRIES):
        try_in(visitor, PHONE, "wrong")
    with app.app_context(), transaction():
        token = services.create_sign_in_link(user_id=sari, made_by_id=None)
    visitor.open(f"/account/link/{token}").submit(password="481516")
    visitor.client.delete_cookie("session")
    assert is_in(try_in(visitor, PHONE, "481516"))


@pytest.fixture
def limits() -> Iterator[None]:
    """The limiter is one for all apps of the process: what this test switches on is switched off again."""
    yield
    limiter.reset()
    limiter.enabled = False


@pytest.mark.settings(rate_limits=True)
def test_one_address_tries_ten_times_a_minute(limits: None, visitor: Visitor, sari: int) -> None:
    statuses = [try_in(visitor, f"nobody{number}@sample.example").status for number in range(10)]
    assert statuses == [200] * 10
    page = visitor.open("/login")
    assert page.status == 200
    assert page.submit("/login", identity=PHONE, password=SECRET).status == 429
