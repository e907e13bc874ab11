"""A guest's account lives: addresses come and go, a password for who wants one, leaving for good."""

from __future__ import annotations

from flask import Flask
from sqlalchemy import select

from app.core.db import db, transaction
from app.users.models import AddressLink, ProvenAddress, User
from app.users.rules import Role
from app.users.services import create_address_link
from tests.bookings import acts
from tests.bookings.accounts import (
    ANNA,
    OTHER,
    PHONE,
    asked,
    book,
    browser,
    come_in,
    count,
    letters,
    link_in,
)
from tests.factories import House
from tests.machinery.clients import Visitor
from tests.users.world import SECRET, is_in, sign_in, try_in

# Another address


def test_a_second_address_is_added_where_one_is_signed_in(app: Flask, inn: House) -> None:
    mine, second = book(app, inn, ANNA), book(app, inn, OTHER)
    visitor = come_in(app, ANNA).open("/account")
    visitor.submit("/mine/link", address=OTHER.upper())
    page = visitor.open(link_in(app))
    assert "Add this address to your account" in page.text
    page.submit("/come-in/")
    assert mine in page.text
    assert second in page.text
    assert count(app, User) == 1


def test_a_link_that_another_asked_for_gives_them_nothing(app: Flask, inn: House) -> None:
    book(app, inn, ANNA)
    hers = book(app, inn, OTHER)
    attacker = come_in(app, ANNA)
    link = asked(app, OTHER, attacker)
    victim = browser(app).open(link).submit("/come-in/")
    assert hers in victim.text
    assert hers not in attacker.open("/bookings/mine").text


def test_an_address_moves_and_the_former_is_told(app: Flask, inn: House) -> None:
    book(app, inn, ANNA)
    second = book(app, inn, OTHER)
    third = book(app, inn, None, PHONE)
    first, other = come_in(app, ANNA), come_in(app, OTHER)
    first.open(asked(app, PHONE, first)).submit("/come-in/")
    assert third in first.text
    with app.app_context(), transaction():
        owner = select(ProvenAddress.user_id).where(ProvenAddress.address == OTHER)
        other_id = db.session.scalars(owner).one()
        token = create_address_link(address=PHONE, user_id=other_id, name="x", language="en")
    other.open(f"/account/come-in/{token}").submit("/come-in/")
    assert third in other.text
    assert second in other.text
    assert third not in first.open("/bookings/mine").text
    told = letters(app, "address_moved")[-1]
    assert (told.recipient, PHONE[-4:] in told.text) == (ANNA, True)


def test_an_address_is_given_up(app: Flask, inn: House) -> None:
    book(app, inn, ANNA)
    second = book(app, inn, OTHER)
    visitor = come_in(app, ANNA)
    visitor.open(asked(app, OTHER, visitor)).submit("/come-in/")
    page = visitor.open("/account")
    forget = [form.action for form in page.forms if form.action.endswith("/forget")]
    page.submit(forget[1])
    assert second not in page.open("/bookings/mine").text
    assert page.client.post(forget[0]).status_code == 400
    assert is_in(page)


# Coming and going


def test_a_password_for_who_wants_one(app: Flask, inn: House) -> None:
    code = book(app, inn, ANNA)
    visitor, second = come_in(app, ANNA), come_in(app, ANNA)
    assert is_in(second)
    visitor.open("/account").submit("/password", password=SECRET)
    assert visitor.path == "/account"
    assert not is_in(second), "set anew, it ends every other session"
    page = try_in(browser(app), "Anna@sample.example")
    assert page.path == "/bookings/mine"
    assert code in page.text
    form = next(form for form in page.open("/account").forms if form.action.endswith("/password"))
    assert "current" in form.names, "somebody at an open screen cannot change it"
    page.submit("/password", current="wrong", password="other-secret-1")
    assert page.status == 422
    forgotten = come_in(app, ANNA).open("/account").submit("/password", password="other-secret-1")
    assert (forgotten.status, forgotten.path) == (200, "/account"), "whoever just proved the address may"
    assert is_in(try_in(browser(app), ANNA, "other-secret-1"))


def test_a_link_opened_in_a_browser_does_not_vouch_for_the_next_account(app: Flask, inn: House) -> None:
    book(app, inn, ANNA)
    book(app, inn, OTHER)
    other = come_in(app, OTHER).open("/account")
    other.submit("/password", password=SECRET)
    shared = come_in(app, ANNA)
    shared.open("/account").submit("/logout")
    page = try_in(shared, OTHER).open("/account")
    form = next(form for form in page.forms if form.action.endswith("/password"))
    assert "current" in form.names


def test_signing_out_everywhere(app: Flask, inn: House) -> None:
    book(app, inn, ANNA)
    visitor, second = come_in(app, ANNA), come_in(app, ANNA)
    assert is_in(second)
    visitor.open("/account").submit("/sign-out-everywhere")
    assert (visitor.status, visitor.path) == (200, "/")
    assert not is_in(visitor)
    assert not is_in(second)


def test_a_cookie_from_before_does_not_become_a_sign_in(app: Flask, inn: House) -> None:
    book(app, inn, ANNA)
    link, planted, victim = asked(app, ANNA), browser(app).open("/bookings/"), browser(app)
    cookie = planted.client.get_cookie("session")
    assert cookie is not None
    victim.client.set_cookie("session", cookie.value)
    old = next(value for form in planted.forms for name, value in form.values if name == "csrf_token")
    assert is_in(victim.open(link).submit("/come-in/"))
    after = victim.client.get_cookie("session")
    assert after is not None
    assert after.value != cookie.value
    assert not is_in(planted)
    answer = victim.client.post("/account/language", data={"csrf_token": old, "language": "en"})
    assert answer.status_code == 400


def test_deleting_it(app: Flask, inn: House) -> None:
    code = book(app, inn, ANNA)
    visitor, second = come_in(app, ANNA), come_in(app, ANNA)
    pending = asked(app, ANNA)
    page = visitor.open("/account").follow("Delete my account")
    assert "Your bookings" in page.html or "your bookings" in page.html
    assert page.submit("/delete").status == 422
    page.submit("/delete", sure="y")
    assert (page.status, page.path) == (200, "/")
    assert "Your account is deleted" in page.text
    assert not is_in(visitor)
    assert not is_in(second)
    assert [count(app, kind) for kind in (User, ProvenAddress, AddressLink)] == [0, 0, 0]
    assert browser(app).open(pending).status == 410
    assert page.open(f"/bookings/{code}").status == 404
    assert browser(app, code).status == 200, "the booking stays, with its own link"


def test_somebody_in_office_is_a_guest_too(app: Flask, inn: House) -> None:
    code = book(app, inn, ANNA)
    with app.app_context():
        dewi = acts.user(Role.DESK, at=inn)
    visitor = Visitor(sign_in(app, app.test_client(), dewi))
    visitor.client.set_cookie("lang", "en")
    visitor.open(asked(app, ANNA, visitor)).submit("/come-in/")
    assert code in visitor.text
    assert visitor.open("/manage").status == 200
    assert visitor.client.post("/account/delete").status_code in {400, 404}
    assert visitor.open("/account/delete").status == 404
    page = browser(app).open(asked(app, ANNA))
    assert "Sign in with your password" in page.text
    assert not is_in(page)
