"""Coming into a guest's account: the link proves the address, and nobody learns who is known."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.core.limits import limiter
from app.notifications.models import Channel
from app.notifications.queries import list_waiting
from app.users.models import ProvenAddress, User
from app.users.rules import ADDRESS_LINK_LIFE, Scope
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
    make_another,
)
from tests.factories import NOW, House
from tests.users.world import SECRET, is_in, make_person

# Making it


def test_with_clicks_alone(app: Flask, inn: House) -> None:
    code = book(app, inn, ANNA)
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


def test_by_the_hand_of_the_desk_for_a_phone(app: Flask, inn: House) -> None:
    code = book(app, inn, None, PHONE)
    browser(app, code).submit(f"/{code}/account")
    letter = letters(app)[-1]
    assert (letter.recipient, letter.channel, letter.village_id) == (
        PHONE,
        Channel.WHATSAPP,
        inn.village_id,
    )
    assert code in browser(app).open(link_in(app)).submit("/come-in/").text


def test_no_desk_is_handed_what_is_not_its_own(app: Flask, inn: House) -> None:
    """Booked in several villages, the link goes by the hand of the assisting company, which sees all of them anyway."""
    book(app, inn, None, PHONE)
    other = make_another(app, "lain")
    code = book(app, other, None, PHONE)
    browser(app, code).submit(f"/{code}/account")
    assert (letters(app)[-1].channel, letters(app)[-1].village_id) == (Channel.WHATSAPP, None)
    with app.app_context():
        desks = Scope(villages=frozenset({inn.village_id, other.village_id}))
        waiting = [[one.template for one in list_waiting(scope)] for scope in (desks, Scope(everything=True))]
    assert ["account_come_in_by_desk" in one for one in waiting] == [False, True]


def test_a_phone_whose_account_has_an_email_gets_its_link_there(app: Flask, inn: House) -> None:
    """Else whoever sends the desk's messages could come into any account."""
    mailed, phoned = book(app, inn, ANNA), book(app, inn, None, PHONE)
    visitor = come_in(app, ANNA)
    visitor.open(asked(app, PHONE, visitor)).submit("/come-in/")
    assert phoned in visitor.text
    link = asked(app, "0812 3456 7890")
    assert (letters(app)[-1].recipient, letters(app)[-1].channel) == (ANNA, Channel.EMAIL)
    assert mailed in browser(app).open(link).submit("/come-in/").text


def test_looking_at_a_link_does_not_spend_it(app: Flask, inn: House) -> None:
    book(app, inn, ANNA)
    link, visitor = asked(app, ANNA), browser(app)
    assert [visitor.open(link).status for _look in range(3)] == [200] * 3
    assert (count(app, User), count(app, ProvenAddress)) == (0, 0)


def test_once_only_and_not_for_long(app: Flask, inn: House, set_clock: Callable[..., None]) -> None:
    book(app, inn, ANNA)
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
    app: Flask, client: FlaskClient, inn: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    book(app, inn, ANNA)
    book(app, inn, OTHER)
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
    app: Flask, client: FlaskClient, inn: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    book(app, inn, ANNA)
    monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", False)
    try:
        tries = [client.post("/bookings/mine/link", data={"address": ANNA}) for _try in range(12)]
        assert [one.status_code for one in tries] == [303] * 10 + [429] * 2
        assert len(letters(app)) == 5, "nobody's mailbox is flooded, from however many connections"
        code = book(app, inn, OTHER)
        tries = [client.post(f"/bookings/{code}/account") for _try in range(12)]
        assert {one.status_code for one in tries} == {404, 429}
        tries = [client.post("/account/come-in/x") for _try in range(12)]
        assert {one.status_code for one in tries} == {410, 429}
    finally:
        limiter.reset()
        limiter.enabled = False


def test_without_a_token_nothing_happens(app: Flask, inn: House) -> None:
    code = book(app, inn, ANNA)
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
