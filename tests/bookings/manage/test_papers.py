"""Receipts as staff see them: whole papers for who sees all the money of a booking."""

from __future__ import annotations

from flask import Flask

from app.bookings.queries import list_papers
from app.users.rules import Role
from tests.bookings.desk import Desk, book, receive, see
from tests.bookings.manage.conftest import As


def paper_of(app: Flask, code: str) -> str:
    booking = see(app, code)
    with app.app_context():
        return list_papers(booking.id)[0].number


def test_the_treasurer_opens_what_the_guest_has(app: Flask, desk: Desk, as_: As) -> None:
    code = book(app, desk.here)
    receive(app, code, desk.people[Role.BUMDES_TREASURER])
    number = paper_of(app, code)
    treasurer = as_(Role.BUMDES_TREASURER).client
    assert f"/manage/bookings/{code}/receipts/{number}" in treasurer.get(f"/manage/bookings/{code}").text
    page = treasurer.get(f"/manage/bookings/{code}/receipts/{number}")
    assert page.status_code == 200
    assert number in page.text
    assert "Tamu Contoh" in page.text
    strangers = as_(Role.BUMDES_TREASURER, there=True).client
    assert strangers.get(f"/manage/bookings/{code}/receipts/{number}").status_code == 404


def test_a_paper_over_two_villages_is_for_who_sees_both(app: Flask, desk: Desk, as_: As) -> None:
    code = book(app, desk.here, desk.there)
    receive(app, code, desk.people[Role.MANAGER])
    number = paper_of(app, code)
    path = f"/manage/bookings/{code}/receipts/{number}"
    treasurer = as_(Role.BUMDES_TREASURER).client
    assert treasurer.get(path).status_code == 404
    assert path not in treasurer.get(f"/manage/bookings/{code}").text
    assert as_(Role.MANAGER).client.get(path).status_code == 200
