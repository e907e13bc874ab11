from __future__ import annotations

import re
from urllib.parse import urljoin

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app.core.db import db, transaction
from app.users import services
from app.users.models import Office, User
from app.users.rules import Role
from tests.machinery.clients import Visitor
from tests.users.world import PHONE, SECRET, World, is_in, make_person, sign_in, try_in


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example/x",
        "//evil.example",
        "///evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "https:evil.example",
        "http:///evil.example",
        " //evil.example",
        "\t//evil.example",
        "javascript:alert(1)",
        "https://localhost@evil.example/",
        "https://localhost.evil.example/",
    ],
)
def test_a_sign_in_never_leads_elsewhere(client: FlaskClient, sari: int, target: str) -> None:
    html = client.get("/login", query_string={"next": target}).get_data(as_text=True)
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', html)
    assert token is not None
    body = {"csrf_token": token[1], "identity": PHONE, "password": SECRET, "next": target}
    answer = client.post("/login", query_string={"next": target}, data=body)
    assert answer.status_code == 302
    location = answer.headers["Location"]
    assert urljoin("http://localhost/login", location.replace("\\", "/")).startswith("http://localhost/"), (
        location
    )
    assert client.get("/account").status_code == 200


def test_whoever_was_sent_to_sign_in_lands_where_they_wanted_to_go(visitor: Visitor, sari: int) -> None:
    visitor.open("/account?part=language")
    assert visitor.path.startswith("/login")
    page = visitor.submit("/login", identity=PHONE, password=SECRET)
    assert (page.path, page.status) == ("/account?part=language", 200)


def test_the_place_to_go_survives_a_wrong_try(visitor: Visitor, sari: int) -> None:
    visitor.open("/account?part=language").submit("/login", identity=PHONE, password="wrong")
    assert visitor.submit("/login", identity=PHONE, password=SECRET).path == "/account?part=language"


def test_without_an_office_one_lands_on_the_account(app: Flask, visitor: Visitor) -> None:
    make_person(app, "tono", password=SECRET)
    assert try_in(visitor, "tono@sample.example").path == "/account"


def test_whoever_is_in_is_not_asked_again(app: Flask, visitor: Visitor) -> None:
    make_person(app, "tono", password=SECRET)
    assert try_in(visitor, "tono@sample.example").open("/login").path == "/account"


def test_the_language_of_the_visitor_stays(visitor: Visitor, sari: int) -> None:
    assert 'lang="en"' in visitor.open("/login?lang=en").html
    visitor.submit("/login", identity=PHONE, password=SECRET)
    assert 'lang="en"' in visitor.open("/account").html


def test_a_cookie_from_before_does_not_become_a_sign_in(app: Flask, sari: int) -> None:
    planted, victim = app.test_client(), app.test_client()
    page = Visitor(planted).open("/login")
    cookie = planted.get_cookie("session")
    assert cookie is not None
    victim.set_cookie("session", cookie.value)
    old_token = next(value for name, value in page.forms[0].values if name == "csrf_token")
    assert is_in(try_in(Visitor(victim), PHONE))
    assert planted.get("/account").status_code == 302
    assert (
        victim.post("/account/language", data={"csrf_token": old_token, "language": "en"}).status_code == 400
    )


def test_keeping_signed_in_survives_the_browser(app: Flask, client: FlaskClient, sari: int) -> None:
    visitor = Visitor(client)
    visitor.open("/login").submit("/login", identity=PHONE, password=SECRET, remember="y")
    client.delete_cookie("session")
    assert is_in(visitor)
    visitor.open("/account").submit("/logout")
    client.delete_cookie("session")
    assert not is_in(visitor)


def test_without_that_it_does_not(client: FlaskClient, sari: int) -> None:
    try_in(Visitor(client), PHONE)
    client.delete_cookie("session")
    assert client.get("/account").status_code == 302


def test_out_by_post_only(client: FlaskClient, sari: int) -> None:
    visitor = try_in(Visitor(client), PHONE)
    assert client.get("/logout").status_code == 405
    assert client.post("/logout").status_code == 400
    assert is_in(visitor)
    visitor.open("/account").submit("/logout")
    assert not is_in(visitor)


def test_what_the_account_page_shows_is_not_kept_by_the_browser(client: FlaskClient, sari: int) -> None:
    try_in(Visitor(client), PHONE)
    assert client.get("/account").headers["Cache-Control"] == "no-store"


def test_all_offices_are_loaded_with_the_person(app: Flask, world: World, client: FlaskClient) -> None:
    """The library joins them in one SELECT; a person with several must not lose any."""
    both = make_person(app, "both", (Role.DESK, world.a), (Role.DESK, world.b), (Role.OBSERVER, None))
    html = sign_in(app, client, both).get("/account?lang=en").get_data(as_text=True)
    assert {"Alpha", "Beta", "Observer"} <= set(re.findall(r"Alpha|Beta|Observer", html))


def test_access_ends_with_the_office_at_the_next_request(
    app: Flask, world: World, client: FlaskClient
) -> None:
    user_id = make_person(app, "budi", (Role.BUMDES_MANAGER, world.a))
    sign_in(app, client, user_id)
    assert client.get("/manage/people").status_code == 200
    with app.app_context(), transaction():
        office = db.session.scalars(select(Office).where(Office.user_id == user_id)).one()
        services.end_office(office_id=office.id, reason="elected anew")
    assert client.get("/manage/people").status_code == 403


def test_an_account_put_to_rest_is_out_at_once(app: Flask, client: FlaskClient, sari: int) -> None:
    sign_in(app, client, sari)
    with app.app_context(), transaction():
        db.session.get(User, sari).active = False  # type: ignore[union-attr]
    assert client.get("/account").status_code == 302
