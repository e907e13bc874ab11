"""What a guest's account shows: bookings made with a proven address, and nothing else."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event

from app.bookings import services
from app.core.db import db, transaction
from app.users.rules import Role
from tests.bookings import acts
from tests.bookings.accounts import (
    ANNA,
    OTHER,
    PHONE,
    book,
    browser,
    come_in,
    make_another,
)
from tests.bookings.coupons import EVERYTHING
from tests.factories import ARRIVAL, House


def test_my_own_trips_and_nobody_elses(app: Flask, inn: House) -> None:
    mine, later, hers = (
        book(app, inn, ANNA),
        book(app, inn, "Anna@Sample.Example", arrival=ARRIVAL + timedelta(days=7)),
        book(app, inn, OTHER),
    )
    gone = book(app, inn, ANNA, arrival=ARRIVAL + timedelta(days=14))
    with app.app_context():
        acts.release(gone)
    page = come_in(app, ANNA)
    assert [page.text.find(code) > 0 for code in (mine, later, gone, hers)] == [True, True, True, False]
    assert page.text.index(mine) < page.text.index(later) < page.text.index("Over") < page.text.index(gone)
    assert page.open("/bookings/AAAAAAA").status == 404
    assert page.open(f"/bookings/{mine}").status == 200
    assert page.open(f"/bookings/{mine.lower()}/cancel").status == 200


def test_many_trips_are_asked_for_as_seldom_as_one(app: Flask, inn: House) -> None:
    book(app, inn, ANNA)
    visitor = come_in(app, ANNA)
    asked_for = []

    def note(*call: object) -> None:
        asked_for.append(str(call[2]))

    with app.app_context():
        connection = db.session.connection()
    counts = []
    for week in range(1, 4):
        asked_for.clear()
        event.listen(connection, "before_cursor_execute", note)
        visitor.open("/bookings/mine")
        event.remove(connection, "before_cursor_execute", note)
        counts.append(sum(statement.startswith("SELECT") for statement in asked_for))
        book(app, make_another(app, f"desa{week}"), ANNA, arrival=ARRIVAL + timedelta(days=7 * week))
    assert len(set(counts)) == 1, counts
    assert counts[0] <= 8


def test_no_door_of_anothers_booking_opens(app: Flask, inn: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every address under a booking's code, without a form's token in the way; one's own is the control. Who comes back
    from the card's page in another browser is told as much as anybody (`back`).
    """
    mine, hers = book(app, inn, ANNA), book(app, inn, OTHER)
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


def test_all_doors_of_a_booking_open(app: Flask, inn: House) -> None:
    code = book(app, inn, ANNA)
    visitor = come_in(app, ANNA).open(f"/bookings/{code}")
    visitor.submit("/release")
    assert (visitor.status, visitor.path) == (200, f"/bookings/{code}")
    with app.app_context():
        assert acts.booking(code).state == "cancelled"


def test_a_corrected_address_takes_the_booking_away_at_once(app: Flask, inn: House) -> None:
    code = book(app, inn, ANNA)
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


def test_email_goes_before_phone(app: Flask, inn: House) -> None:
    """Where both are given, messages go to the e-mail: the phone alone proves nothing about such a booking."""
    mine, both = book(app, inn, None, PHONE), book(app, inn, OTHER, PHONE)
    page = come_in(app, PHONE)
    assert mine in page.text
    assert both not in page.text
    assert page.open(f"/bookings/{both}").status == 404


def test_the_menu_of_a_guest(app: Flask, inn: House) -> None:
    book(app, inn, ANNA)
    links = [words for words, _path in come_in(app, ANNA).open("/").links]
    assert "My trips" in links
    assert not {"Manage", "My booking"} & set(links)
    assert "My booking" in [words for words, _path in browser(app).open("/").links]


def test_a_stranger_is_sent_to_sign_in(client: FlaskClient) -> None:
    answer = client.get("/bookings/mine")
    assert answer.status_code == 302
    assert answer.headers["Location"].startswith("/login")
