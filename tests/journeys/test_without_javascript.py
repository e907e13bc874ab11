"""A guest without JavaScript books by transfer; the treasurer records the money; host and guest see every rupiah."""

from __future__ import annotations

import re

import pytest
from flask import Flask

from app.bookings.models import Booking
from app.core.db import transaction
from app.core.filters import rupiah
from app.notifications.models import Message
from app.payments.queries import find_open_payment
from tests.journeys.town import SECRET, build_town
from tests.machinery.clients import OutsideClient, Visitor

WORDS = {
    "en": ("Go on with this", "Your booking is certain", "Where your money goes"),
    "id": ("Lanjut", "pasti", "Ke mana uang Anda pergi"),
}


def visitor_of(app: Flask) -> Visitor:
    """Another person with another browser."""
    return Visitor(OutsideClient(app, app.response_class, use_cookies=True))


def sign_in(app: Flask, email: str) -> Visitor:
    """A person at the sign-in page."""
    person = visitor_of(app)
    person.open("/login?lang=en").submit("/login", identity=email, password=SECRET)
    assert person.status == 200
    assert person.path.startswith("/manage")
    return person


def book(visitor: Visitor, search: str, language: str) -> str:
    """Search, open the house, leave a field out, then keep a room by transfer; gives the booking's code."""
    visitor.open(f"/homestays?{search}&lang={language}")
    assert f'<html lang="{language}"' in visitor.html
    house = next(href for _words, href in visitor.links if re.match(r"/homestays/omah-", href))
    visitor.open(house)
    book = next(href for _words, href in visitor.links if href.startswith("/bookings/new"))
    visitor.open(book)
    assert WORDS[language][2] in visitor.text

    visitor.submit(name="", country="DE")
    assert visitor.status == 422, "a name is missing, and everything else stays"
    visitor.submit(name="Zoë حسن 🙂", email="zoe@example.com", country="DE", payment="transfer")
    assert visitor.status == 200
    return visitor.path.split("/")[2].partition("?")[0]


@pytest.mark.parametrize("language", ["en", "id"])
def test_book_pay_and_read_the_trail(app: Flask, visitor: Visitor, language: str) -> None:
    town = build_town(app)
    certain = WORDS[language][1]

    code = book(visitor, town.search, language)

    with app.app_context():
        payment = find_open_payment(f"booking:{code}")
        assert payment is not None
        asked = payment.amount_with_code
    assert rupiah(asked) in visitor.text

    treasurer = sign_in(app, town.treasurer)
    treasurer.open(f"/manage/money?amount={asked}")
    assert code in treasurer.text
    confirm = next(href for _words, href in treasurer.links if f"/money/{code}" in href or code in href)
    treasurer.open(confirm)
    treasurer.submit("money")
    assert treasurer.status == 200

    visitor.open(f"/bookings/{code}")
    assert certain in visitor.text
    assert rupiah(asked) in visitor.text or rupiah(payment.amount) in visitor.text

    host = sign_in(app, town.host)
    host.open("/manage/guests")
    assert code in host.html
    assert visitor_of(app).open(f"/bookings/{code}").status == 404, "the link is secret"

    with app.app_context(), transaction() as session:
        told = {message.template for message in session.query(Message)}
    assert {"booking_held", "booking_confirmed", "host_new_booking"} <= told


def guest_form(app: Flask, visitor: Visitor) -> dict[str, str]:
    """The form of a guest who has found a room, filled in."""
    town = build_town(app)
    visitor.open(f"/homestays?{town.search}&lang=en")
    visitor.open(next(href for _words, href in visitor.links if re.match(r"/homestays/omah-", href)))
    visitor.open(next(href for _words, href in visitor.links if href.startswith("/bookings/new")))
    form = next(form for form in visitor.forms if "name" in form.names)
    guest = {"name": "Dua Kali", "email": "dua@example.com", "country": "ID", "payment": "transfer"}
    return {**dict(form.values), **guest}


def count_bookings(app: Flask) -> int:
    with app.app_context(), transaction() as session:
        return session.query(Booking).count()


def test_the_second_click_makes_one_booking(app: Flask, visitor: Visitor) -> None:
    sent = guest_form(app, visitor)
    places = {visitor.client.post(visitor.path, data=sent).headers["Location"] for _click in range(2)}
    assert len(places) == 1


def test_who_goes_back_and_books_for_another_is_asked_first(app: Flask, visitor: Visitor) -> None:
    sent = guest_form(app, visitor)
    visitor.client.post(visitor.path, data=sent)
    again = visitor.client.post(visitor.path, data=sent | {"name": "Kakak Sulung"})
    page = again.get_data(as_text=True)
    assert again.status_code == 409
    assert "that booking stands" in page
    assert 'value="Kakak Sulung"' in page
    assert count_bookings(app) == 1
    key = re.search(r'name="key"[^>]*value="([^"]+)"', page)
    assert key is not None
    assert key[1] != sent["key"]
    sure = visitor.client.post(visitor.path, data=sent | {"name": "Kakak Sulung", "key": key[1]})
    assert sure.status_code == 303
    assert count_bookings(app) == 2


def test_a_page_that_was_open_for_long_loses_nothing(app: Flask, visitor: Visitor) -> None:
    """The phone has closed the browser meanwhile: the session that the form's token belongs to is gone."""
    sent = guest_form(app, visitor)
    visitor.client.delete_cookie("session")
    for token in (sent["csrf_token"], "forged", ""):
        answer = visitor.client.post(visitor.path, data=sent | {"csrf_token": token})
        page = answer.get_data(as_text=True)
        assert answer.status_code == 400
        assert "All you typed is still here" in page
        assert 'value="Dua Kali"' in page
    assert count_bookings(app) == 0
    fresh = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
    assert fresh is not None
    assert visitor.client.post(visitor.path, data=sent | {"csrf_token": fresh[1]}).status_code == 303


@pytest.mark.settings(holds_per_guest=1)
def test_too_many_holds_keep_what_was_typed_and_say_when_to_come_again(app: Flask, visitor: Visitor) -> None:
    town = build_town(app)
    book(visitor, town.search, "en")
    visitor.open(f"/homestays?{town.search}&lang=en")
    visitor.open(next(href for _words, href in visitor.links if re.match(r"/homestays/omah-", href)))
    visitor.open(next(href for _words, href in visitor.links if href.startswith("/bookings/new")))
    form = next(form for form in visitor.forms if "name" in form.names)
    guest = {"name": "Zoë", "email": "zoe@example.com", "country": "DE", "payment": "transfer"}
    answer = visitor.client.post(visitor.path, data={**dict(form.values), **guest})
    assert answer.status_code == 429
    assert int(answer.headers["Retry-After"]) > 0
    assert "Zoë" in answer.get_data(as_text=True)
