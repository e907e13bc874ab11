"""Guide and desk see who joins a departure; nobody else does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from flask import Flask

from app.core.db import db, transaction
from app.revenue.rules import PayeeKind
from app.tours.inventory import PackageChoice
from app.users.rules import Role
from app.villages.models import Village
from tests.bookings.desk import Desk
from tests.factories import make_guest, make_hold, make_package, make_paid
from tests.machinery.clients import Visitor

As = Callable[..., Visitor]


@dataclass(frozen=True)
class Class:
    """A departure that one party has paid for and another only keeps."""

    departure: str
    paid: str
    kept: str


@pytest.fixture
def cooking(app: Flask, desk: Desk) -> Class:
    """Three people paid, with two names; one place kept by somebody who has not paid yet."""
    with app.app_context(), transaction():
        village = db.session.get_one(Village, desk.here.id)
        tour = make_package(village, guide=desk.here.payees[PayeeKind.GUIDE])
        assert tour.departure is not None
        party = PackageChoice(tour.departure, 2, 1, ("Sri", "Budi"))
        guest = make_guest(phone="+6281200000077")
        paid = make_paid(None, party, guest=guest)
        kept = make_hold(None, PackageChoice(tour.departure, 1, 0), guest=make_guest(phone="+6281200000078"))
        return Class(tour.departure, paid.code, kept.code)


@pytest.mark.parametrize("role", [Role.GUIDE, Role.DESK, Role.BUMDES_MANAGER, Role.MANAGER])
def test_who_comes(as_: As, cooking: Class, role: Role) -> None:
    page = as_(role).open("/manage/departures")
    assert page.status == 200
    assert "3 of 10" in page.text
    assert "nobody has joined yet" not in page.text
    page.open(f"/manage/departures/{cooking.departure}")
    assert "Sri, Budi" in page.text
    assert "3 people" in page.text, "what is only kept is not certain"
    assert cooking.paid in page.text
    assert cooking.kept in page.text
    assert "tel:+6281200000077" in page.html
    assert "+6281200000078" not in page.html, "who has not paid is not telephoned"


def test_another_guide_finds_no_such_departure(as_: As, cooking: Class) -> None:
    stranger = as_(Role.GUIDE, there=True)
    assert cooking.departure not in stranger.open("/manage/departures").html
    assert stranger.open(f"/manage/departures/{cooking.departure}").status == 404


def test_a_host_has_no_manifest(as_: As, cooking: Class) -> None:
    assert as_(Role.HOST).open(f"/manage/departures/{cooking.departure}").status == 403


def test_the_booking_is_told_in_the_words_of_a_package(as_: As, cooking: Class) -> None:
    text = as_(Role.DESK).open(f"/manage/bookings/{cooking.paid}").text
    assert "NamesSri, Budi" in text
    assert "Begins09:00 WIB" in text
    assert "Leave" not in text
    assert "Sri, Budi" not in as_(Role.SUPERVISOR).open(f"/manage/bookings/{cooking.paid}").text


def test_what_nobody_has_joined_stands_below(app: Flask, desk: Desk, as_: As) -> None:
    with app.app_context(), transaction():
        village = db.session.get_one(Village, desk.here.id)
        make_package(village, guide=desk.here.payees[PayeeKind.GUIDE])
    text = as_(Role.GUIDE).open("/manage/departures").text
    assert "Nobody has joined yet" in text
    assert "1 departure that nobody has joined yet" in text
