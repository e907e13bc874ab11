"""The whole demo on a small scale: seeded through the services, balanced, and never doubled."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select

from app.bookings.models import Booking, BookingLine
from app.bookings.rules import BookingState, LineKind
from app.core.db import Base, db
from app.homestays.models import Homestay
from app.homestays.rules import HouseKind
from app.revenue.models import Agreement, TaxRate
from app.revenue.rules import RevenueKind
from app.seed.people import DEMO_PASSWORD, PEOPLE
from app.showcase.inventory import ProductSearch
from app.showcase.inventory import find_free as find_products
from app.showcase.models import Maker, Product
from app.tours.inventory.search import DepartureSearch, find_free, find_running
from app.tours.models import Package
from app.users.models import User
from app.villages.models import BankAccount, Village
from tests.machinery.clients import Visitor

NOW = datetime(2026, 12, 24, 2, 30, tzinfo=UTC)
"""Half past nine in the morning of the day before Christmas, in the village."""

SMALL = ("demo", "--days-past", "3", "--days-ahead", "4")


STANDING = (
    "villages", "homestays", "rooms", "payees", "agreements", "users", "offices", "bank_accounts", "roads", "packages",
    "makers", "products", "product_stocks",
)  # fmt: skip
"""Tables to which a later day adds nothing."""


def seed(app: Flask, *words: str) -> str:
    answer = app.test_cli_runner().invoke(args=["seed", *words])
    assert answer.exit_code == 0, answer.output
    return answer.output


def counts() -> dict[str, int]:
    """How many rows each table has."""
    tables = Base.metadata.sorted_tables
    return {table.name: db.session.scalar(select(func.count()).select_from(table)) or 0 for table in tables}


def number(condition: object) -> int:
    return db.session.scalar(select(func.count(Booking.id)).where(condition)) or 0


def test_the_demo_is_whole_balanced_and_never_doubled(
    app: Flask, visitor: Visitor, set_clock: Callable[[datetime | timedelta], None]
) -> None:
    set_clock(NOW)
    printed = seed(app, *SMALL)
    with app.app_context():
        first = counts()
        _check_world()
        _check_people()
        _check_season()
        _check_what_is_left()
    assert DEMO_PASSWORD in printed
    assert all(person.contact in printed for person in PEOPLE)
    assert "Season: nothing new." in seed(app, *SMALL)
    with app.app_context():
        assert counts() == first
    for check in (["books", "check"], ["inventory", "check"]):
        answer = app.test_cli_runner().invoke(args=check)
        assert answer.exit_code == 0, answer.output
    _check_pages(visitor)
    _check_sign_ins(visitor)
    set_clock(NOW + timedelta(days=1))
    later = seed(app, *SMALL)
    assert "booked" in later
    with app.app_context():
        again = counts()
        assert again["bookings"] > first["bookings"]
        assert {name: again[name] for name in STANDING} == {name: first[name] for name in STANDING}


def _check_world() -> None:
    """Twenty villages that can sell, with everything made up marked as such."""
    assert db.session.scalar(select(func.count(Village.id))) == 20
    kinds = db.session.scalars(select(Homestay.house_kind)).all()
    assert kinds.count(HouseKind.BALKONDES) == 20
    assert len(kinds) == 48
    for model in (Homestay, Package, Maker, Product, Agreement, BankAccount):
        assert set(db.session.scalars(select(model.is_sample))) == {True}
    assert not any(db.session.scalars(select(TaxRate.is_verified)))
    agreed = db.session.execute(
        select(Agreement.kind, func.count(Agreement.village_id.distinct())).group_by(Agreement.kind)
    )
    assert dict(agreed.all()) == dict.fromkeys(RevenueKind, 20)
    assert set(db.session.scalars(select(TaxRate.kind))) == {
        RevenueKind.STAY_HOME,
        RevenueKind.STAY_BALKONDES,
    }
    versions = db.session.execute(
        select(Agreement.village_id, func.max(Agreement.version)).group_by(Agreement.village_id)
    )
    assert {2, 1} == {version for _village, version in versions}
    accounts = set(db.session.scalars(select(BankAccount.code)))
    assert len(accounts) == 21
    assert "bersama" in accounts


def _check_what_is_left() -> None:
    """Whatever the season booked: places for two on every departure to come, and a good stock of some products."""
    today = NOW.date()
    month = DepartureSearch(today + timedelta(days=20), today + timedelta(days=50), party=1)
    joinable = {offer.departure.id for offer in find_free(month)}
    everything = {offer.departure.id for offer in find_running(month) if offer.package.min_party == 1}
    assert joinable == everything
    plenty = [
        offer for offer in find_products(ProductSearch()) if any(left >= 20 for _v, left in offer.pickups)
    ]
    assert len(plenty) >= 10
    lines = dict(db.session.execute(select(BookingLine.kind, func.count()).group_by(BookingLine.kind)).all())
    assert set(lines) == set(LineKind)


def _check_people() -> None:
    """One of each office, in force."""
    users = db.session.scalars(select(User)).all()
    offices = [office.role for user in users for office in user.offices_in_force()]
    assert sorted(offices) == sorted(person.role for person in PEOPLE)


def _check_season() -> None:
    """Guests who came, are there, will come, and did not pay; all known as the season's."""
    assert set(db.session.scalars(select(Booking.source))) == {"seed"}
    assert number(Booking.state == BookingState.COMPLETED) > 0
    today = NOW.date()
    at_home = (
        (Booking.arrival <= today) & (Booking.departure > today) & (Booking.state == BookingState.CONFIRMED)
    )
    assert number(at_home) > 0
    assert number(Booking.arrival > today) > 0
    assert number(Booking.guest_name.not_like("% Contoh")) == 0
    assert number(Booking.guest_email.not_like("%@tamu.example")) == 0
    assert number(Booking.created_at > NOW + timedelta(minutes=5)) == 0


def _check_pages(visitor: Visitor) -> None:
    assert "Free tonight" in visitor.open("/?lang=en").text
    for slug in ("tegalarum", "karangrejo", "bigaran"):
        assert "sample" in visitor.open(f"/villages/{slug}?lang=en").text
        assert visitor.status == 200


def _check_sign_ins(visitor: Visitor) -> None:
    """By e-mail and by phone alone, with the printed password; guide and maker as well."""
    for person in (PEOPLE[0], PEOPLE[1], *PEOPLE[-2:]):
        visitor.open("/login?lang=en")
        form = next(form for form in visitor.forms if "password" in form.names)
        (name,) = form.names - {"password", "remember", "next", "csrf_token"}
        visitor.submit(form.action, **{name: person.contact, "password": DEMO_PASSWORD})
        assert "/login" not in visitor.path, visitor.text
        visitor.client.get("/logout")
        visitor.client.delete_cookie("session")


@pytest.mark.settings(app_env="production")
def test_a_demo_has_no_place_in_production(app: Flask) -> None:
    answer = app.test_cli_runner().invoke(args=["seed", "demo"])
    assert answer.exit_code != 0
    assert "flask seed villages" in answer.output
    with app.app_context():
        assert db.session.scalar(select(func.count(Village.id))) == 0
