"""The page of vouchers and gifts, and a refund that is kept as a credit."""

from __future__ import annotations

from flask import Flask
from sqlalchemy import select

from app.bookings import services
from app.bookings.models import Credit, Voucher
from app.core.db import db, transaction
from app.payments.models import Refund
from app.users.rules import Role
from tests.bookings.desk import Desk, book, receive
from tests.bookings.manage.conftest import As

DAYS = {"valid_from": "2027-04-01", "valid_until": "2027-12-31"}


def test_made_used_and_stopped(app: Flask, desk: Desk, as_: As) -> None:
    manager = as_(Role.BUMDES_MANAGER)
    manager.open("/manage/vouchers")
    manager.submit(
        "/manage/vouchers", code="Lebaran-27", percent="7,5", most="50rb", uses="3", reason="feast", **DAYS
    )
    assert "LEBARAN27" in manager.text
    with app.app_context():
        made = db.session.scalars(select(Voucher)).one()
        assert (made.basis_points, made.most, made.stopped_at) == (750, 50_000, None)
        number = made.id
    strangers = as_(Role.BUMDES_MANAGER, there=True)
    strangers.open("/manage/vouchers")
    assert "LEBARAN27" not in strangers.text
    manager.submit(f"/manage/vouchers/{number}/stop", reason="over")
    with app.app_context():
        assert db.session.get_one(Voucher, number).stopped_at is not None


def test_what_does_not_fit_is_said_beside_its_field(app: Flask, desk: Desk, as_: As) -> None:
    manager = as_(Role.BUMDES_MANAGER)
    manager.open("/manage/vouchers")
    manager.submit("/manage/vouchers", amount="10rb", percent="10", uses="1", reason="both", **DAYS)
    assert manager.status == 422
    assert "one of the two" in manager.text


def test_a_gift_is_given_for_money_in_the_box(app: Flask, desk: Desk, as_: As) -> None:
    manager = as_(Role.BUMDES_MANAGER)
    manager.open("/manage/vouchers")
    manager.submit("/manage/gifts", amount="250rb", holder="Tamu Contoh", reason="birthday")
    with app.app_context():
        given = db.session.scalars(select(Credit)).one()
        assert (given.amount, given.keeper) == (250_000, f"cash:{desk.here.slug}")
        assert given.code in manager.text


def test_a_refund_is_kept_for_another_trip(app: Flask, desk: Desk, as_: As) -> None:
    code = book(app, desk.here)
    receive(app, code, desk.people[Role.BUMDES_TREASURER])
    with app.app_context(), transaction():
        services.cancel_booking(code=code, reason=None)
    with app.app_context():
        refund = db.session.scalars(select(Refund.id)).one()
    treasurer = as_(Role.BUMDES_TREASURER)
    treasurer.open(f"/manage/refunds/{refund}")
    treasurer.submit(f"/manage/refunds/{refund}/credit", reason="asked by the guest")
    with app.app_context():
        assert db.session.get_one(Refund, refund).credit_id == db.session.scalars(select(Credit.id)).one()


def test_the_desk_corrects_an_address(app: Flask, desk: Desk, as_: As) -> None:
    code = book(app, desk.here)
    person = as_(Role.DESK)
    person.open(f"/manage/bookings/{code}/contact")
    person.submit(f"/manage/bookings/{code}/contact", email="new@sample.example", reason="misheard")
    assert "Corrected" in person.text
    assert as_(Role.DESK, there=True).client.get(f"/manage/bookings/{code}/contact").status_code == 404
