"""A guest's account from the outside: the link proves the address, and only bookings made with it are seen."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from app.bookings import services
from app.core.codes import access_token
from app.core.db import db, transaction
from app.core.limits import limiter
from app.notifications.models import Channel, Message
from app.users.models import AddressLink, ProvenAddress, User
from app.users.rules import ADDRESS_LINK_LIFE, Role
from app.users.services import create_address_link
from tests.bookings import acts
from tests.bookings.coupons import EVERYTHING
from tests.factories import ARRIVAL, NOW, House, make_guest
from tests.machinery.clients import Visitor
from tests.users.world import SECRET, is_in, make_person, sign_in, try_in

ANNA, OTHER, PHONE = "anna@sample.example", "anna@other.example", "+6281234567890"


@pytest.fixture
def house(app: Flask, set_clock: Callable[..., None]) -> House:
    """A house with many rooms, for several guests."""
    set_clock(NOW)
    with app.app_context():
        return acts.house(rooms=6)


def book(app: Flask, house: House, email: str | None, phone: str | None = None, **details: object) -> str:
    with app.app_context():
        return acts.hold(house, guest=make_guest(email=email, phone=phone), **details)


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


# Making it


def test_with_clicks_alone(app: Flask, house: House) -> None:
    code = book(app, house, ANNA)
    page = browser(app, code).submit(f"/{code}/account")
    assert page.path == f"/bookings/{code}"
    assert "A link is on its way" in page.text
    letter = letters(app)[-1]
    assert (letter.recipient, letter.channel, letter.is_secret) == (ANNA, Channel.EMAIL, True)
    elsewhere = browser(app).open(link_in(app))
    assert ANNA in elsewhere.text
    elsewhere.submit("/come-in/")
    assert (elsewhere.status, elsewhere.path) == (200, "/bookings/mine")
    assert code in elsewhere.text
    assert not is_in(page), "the proof is the link, not the browser in which it was asked for"
    assert elsewhere.follow("Omah Contoh").path == f"/bookings/{code}"
    assert elsewhere.status == 200


def test_by_the_hand_of_the_desk_for_a_phone(app: Flask, house: House) -> None:
    code = book(app, house, None, PHONE)
    browser(app, code).submit(f"/{code}/account")
    letter = letters(app)[-1]
    assert (letter.recipient, letter.channel, letter.village_id) == (
        PHONE,
        Channel.WHATSAPP,
        house.village_id,
    )
    assert code in browser(app).open(link_in(app)).submit("/come-in/").text


def test_a_phone_whose_account_has_an_email_gets_its_link_there(app: Flask, house: House) -> None:
    """Else whoever sends the desk's messages could come into any account."""
    mailed, phoned = book(app, house, ANNA), book(app, house, None, PHONE)
    visitor = come_in(app, ANNA)
    visitor.open(asked(app, PHONE, visitor)).submit("/come-in/")
    assert phoned in visitor.text
    link = asked(app, "0812 3456 7890")
    assert (letters(app)[-1].recipient, letters(app)[-1].channel) == (ANNA, Channel.EMAIL)
    assert mailed in browser(app).open(link).submit("/come-in/").text


def test_looking_at_a_link_does_not_spend_it(app: Flask, house: House) -> None:
    book(app, house, ANNA)
    link, visitor = asked(app, ANNA), browser(app)
    assert [visitor.open(link).status for _look in range(3)] == [200] * 3
    assert (count(app, User), count(app, ProvenAddress)) == (0, 0)


def test_once_only_and_not_for_long(app: Flask, house: House, set_clock: Callable[..., None]) -> None:
    book(app, house, ANNA)
    link, late = asked(app, ANNA), browser(app)
    late.open(link)
    assert is_in(browser(app).open(link).submit("/come-in/"))
    assert browser(app).open(link).status == 410
    assert late.submit("/come-in/").status == 410, "it was open in another window"
    link = asked(app, ANNA)
    late.open(link)
    set_clock(NOW + ADDRESS_LINK_LIFE + timedelta(seconds=1))
    assert late.submit("/come-in/").status == 410
    assert not is_in(late)


@pytest.mark.parametrize("token", ["x", "%00", "🏠", "a" * 3000, "..%2f.."])
def test_a_forged_link(app: Flask, client: FlaskClient, token: str) -> None:
    assert client.get(f"/account/come-in/{token}").status_code in {404, 410}


# The same answer


def answers_alike(client: FlaskClient, addresses: list[str]) -> bool:
    answers = [client.post("/bookings/mine/link", data={"address": one}) for one in addresses]
    return len({(one.status_code, one.headers["Location"], one.text) for one in answers}) == 1


def test_nobody_learns_who_is_known(
    app: Flask, client: FlaskClient, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    book(app, house, ANNA)
    book(app, house, OTHER)
    come_in(app, OTHER)
    make_person(app, "sari")
    monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", False)
    before = len(letters(app))
    assert answers_alike(
        client, [ANNA, OTHER, "sari@sample.example", "nobody@sample.example", "x", "0812", "@"]
    )
    assert [one.recipient for one in letters(app)[before:]] == [ANNA, OTHER]


@pytest.mark.settings(rate_limits=True)
def test_it_is_not_asked_for_ever(
    app: Flask, client: FlaskClient, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    book(app, house, ANNA)
    monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", False)
    try:
        tries = [client.post("/bookings/mine/link", data={"address": ANNA}) for _try in range(12)]
        assert [one.status_code for one in tries] == [303] * 10 + [429] * 2
        assert len(letters(app)) == 5, "nobody's mailbox is flooded, from however many connections"
        code = book(app, house, OTHER)
        tries = [client.post(f"/bookings/{code}/account") for _try in range(12)]
        assert {one.status_code for one in tries} == {404, 429}
        tries = [client.post("/account/come-in/x") for _try in range(12)]
        assert {one.status_code for one in tries} == {410, 429}
    finally:
        limiter.reset()
        limiter.enabled = False


def test_without_a_token_nothing_happens(app: Flask, house: House) -> None:
    code = book(app, house, ANNA)
    visitor, inside = browser(app, code), come_in(app, ANNA)
    made = len(letters(app))
    address = f"/account/come-in/{link_in(app).rpartition('/')[2]}"
    for who, path in (
        (visitor, "/bookings/mine/link"),
        (visitor, f"/bookings/{code}/account"),
        (visitor, address),
        (inside, "/account/sign-out-everywhere"),
        (inside, "/account/delete"),
        (inside, "/account/password"),
    ):
        answer = who.client.post(path, data={"address": ANNA, "sure": "y", "password": SECRET})
        assert answer.status_code == 400, path
    assert len(letters(app)) == made
    assert is_in(inside)


# What is seen


def test_my_own_trips_and_nobody_elses(app: Flask, house: House) -> None:
    mine, later, hers = (
        book(app, house, ANNA),
        book(app, house, "Anna@Sample.Example", arrival=ARRIVAL + timedelta(days=7)),
        book(app, house, OTHER),
    )
    gone = book(app, house, ANNA, arrival=ARRIVAL + timedelta(days=14))
    with app.app_context():
        acts.release(gone)
    page = come_in(app, ANNA)
    assert [page.text.find(code) > 0 for code in (mine, later, gone, hers)] == [True, True, True, False]
    assert page.text.index(mine) < page.text.index(later) < page.text.index("Over") < page.text.index(gone)
    assert page.open("/bookings/AAAAAAA").status == 404
    assert page.open(f"/bookings/{mine}").status == 200
    assert page.open(f"/bookings/{mine.lower()}/cancel").status == 200


def test_no_door_of_anothers_booking_opens(app: Flask, house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every address under a booking's code, without a form's token in the way; one's own is the control. Who comes back
    from the card's page in another browser is told as much as anybody (`back`).
    """
    mine, hers = book(app, house, ANNA), book(app, house, OTHER)
    client = come_in(app, ANNA).client
    monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", False)
    asked_for = [
        (method, app.url_map.bind("").build(rule.endpoint, {"code": "CODE"}, method))
        for rule in app.url_map.iter_rules()
        if rule.endpoint.startswith("bookings.")
        and rule.endpoint != "bookings.back"
        and rule.arguments == {"code"}
        for method in ("GET", "POST")
        if method in (rule.methods or ())
    ]
    answers = {
        (method, path): client.open(path.replace("CODE", hers), method=method).status_code
        for method, path in asked_for
    }
    assert len(answers) > 8
    assert {one for one, status in answers.items() if status != 404} == set()
    own = [client.open(path.replace("CODE", mine), method=method).status_code for method, path in asked_for]
    assert own.count(404) < len(own) / 2


def test_all_doors_of_a_booking_open(app: Flask, house: House) -> None:
    code = book(app, house, ANNA)
    visitor = come_in(app, ANNA).open(f"/bookings/{code}")
    visitor.submit("/release")
    assert (visitor.status, visitor.path) == (200, f"/bookings/{code}")
    with app.app_context():
        assert acts.booking(code).state == "cancelled"


def test_a_corrected_address_takes_the_booking_away_at_once(app: Flask, house: House) -> None:
    code = book(app, house, ANNA)
    visitor = come_in(app, ANNA)
    assert visitor.open(f"/bookings/{code}").status == 200
    with app.app_context():
        by = acts.user(Role.MANAGER)
        with transaction():
            services.correct_contact(
                code=code, email=OTHER, phone=None, reason="typo", by_user_id=by, scope=EVERYTHING
            )
    assert visitor.open(f"/bookings/{code}").status == 404
    assert code not in visitor.open("/bookings/mine").text
    assert code in come_in(app, OTHER).text


def test_email_goes_before_phone(app: Flask, house: House) -> None:
    """Where both are given, messages go to the e-mail: the phone alone proves nothing about such a booking."""
    mine, both = book(app, house, None, PHONE), book(app, house, OTHER, PHONE)
    page = come_in(app, PHONE)
    assert mine in page.text
    assert both not in page.text
    assert page.open(f"/bookings/{both}").status == 404


def test_the_menu_of_a_guest(app: Flask, house: House) -> None:
    book(app, house, ANNA)
    links = [words for words, _path in come_in(app, ANNA).open("/").links]
    assert "My trips" in links
    assert not {"Manage", "My booking"} & set(links)
    assert "My booking" in [words for words, _path in browser(app).open("/").links]


def test_a_stranger_is_sent_to_sign_in(client: FlaskClient) -> None:
    answer = client.get("/bookings/mine")
    assert answer.status_code == 302
    assert answer.headers["Location"].startswith("/login")


# Another address


def test_a_second_address_is_added_where_one_is_signed_in(app: Flask, house: House) -> None:
    mine, second = book(app, house, ANNA), book(app, house, OTHER)
    visitor = come_in(app, ANNA).open("/account")
    visitor.submit("/mine/link", address=OTHER.upper())
    page = visitor.open(link_in(app))
    assert "Add this address to your account" in page.text
    page.submit("/come-in/")
    assert mine in page.text
    assert second in page.text
    assert count(app, User) == 1


def test_a_link_that_another_asked_for_gives_them_nothing(app: Flask, house: House) -> None:
    book(app, house, ANNA)
    hers = book(app, house, OTHER)
    attacker = come_in(app, ANNA)
    link = asked(app, OTHER, attacker)
    victim = browser(app).open(link).submit("/come-in/")
    assert hers in victim.text
    assert hers not in attacker.open("/bookings/mine").text


def test_an_address_moves_and_the_former_is_told(app: Flask, house: House) -> None:
    book(app, house, ANNA)
    second = book(app, house, OTHER)
    third = book(app, house, None, PHONE)
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


def test_an_address_is_given_up(app: Flask, house: House) -> None:
    book(app, house, ANNA)
    second = book(app, house, OTHER)
    visitor = come_in(app, ANNA)
    visitor.open(asked(app, OTHER, visitor)).submit("/come-in/")
    page = visitor.open("/account")
    forget = [form.action for form in page.forms if form.action.endswith("/forget")]
    page.submit(forget[1])
    assert second not in page.open("/bookings/mine").text
    assert page.client.post(forget[0]).status_code == 400
    assert is_in(page)


# Coming and going


def test_a_password_for_who_wants_one(app: Flask, house: House) -> None:
    code = book(app, house, ANNA)
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


def test_a_link_opened_in_a_browser_does_not_vouch_for_the_next_account(app: Flask, house: House) -> None:
    book(app, house, ANNA)
    book(app, house, OTHER)
    other = come_in(app, OTHER).open("/account")
    other.submit("/password", password=SECRET)
    shared = come_in(app, ANNA)
    shared.open("/account").submit("/logout")
    page = try_in(shared, OTHER).open("/account")
    form = next(form for form in page.forms if form.action.endswith("/password"))
    assert "current" in form.names


def test_signing_out_everywhere(app: Flask, house: House) -> None:
    book(app, house, ANNA)
    visitor, second = come_in(app, ANNA), come_in(app, ANNA)
    assert is_in(second)
    visitor.open("/account").submit("/sign-out-everywhere")
    assert (visitor.status, visitor.path) == (200, "/")
    assert not is_in(visitor)
    assert not is_in(second)


def test_a_cookie_from_before_does_not_become_a_sign_in(app: Flask, house: House) -> None:
    book(app, house, ANNA)
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


def test_deleting_it(app: Flask, house: House) -> None:
    code = book(app, house, ANNA)
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


def test_somebody_in_office_is_a_guest_too(app: Flask, house: House) -> None:
    code = book(app, house, ANNA)
    with app.app_context():
        dewi = acts.user(Role.DESK, at=house)
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
