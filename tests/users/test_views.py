from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from urllib.parse import urljoin

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from app.core.db import db, transaction
from app.core.limits import limiter
from app.notifications.models import Message
from app.users import services
from app.users.models import Office, User
from app.users.rules import FREE_TRIES, LINK_LIFE, Role
from tests.machinery.clients import Visitor
from tests.users.world import SECRET, World, make_person, make_world, sign_in

PHONE = "+6281234567890"


@pytest.fixture
def world(app: Flask) -> World:
    return make_world(app)


@pytest.fixture
def sari(app: Flask, world: World) -> int:
    """The desk of village A, with a password."""
    return make_person(app, "sari", (Role.DESK, world.a), password=SECRET, phone=PHONE)


def try_in(visitor: Visitor, who: str, secret: str = SECRET, path: str = "/login") -> Visitor:
    return visitor.open(path).submit("/login", identity=who, password=secret)


def is_in(visitor: Visitor) -> bool:
    return visitor.client.get("/account").status_code == 200


def a_user(app: Flask, user_id: int) -> User:
    with app.app_context():
        user = db.session.get(User, user_id)
        assert user is not None
        return user


# Signing in


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


# Wrong tries


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


# Where it leads, and what stays


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


# The one-time link


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


# A forgotten password


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


# One's own account


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
