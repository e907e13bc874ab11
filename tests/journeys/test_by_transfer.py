"""A guest transfers and says so; the treasurer sends in the statement, looks, posts: certain. Once more: nothing."""

from __future__ import annotations

import io

from flask import Flask
from sqlalchemy import select

from app.bookings.queries.checks import check_books, check_inventory
from app.core.db import db, transaction
from app.notifications.models import Message
from app.payments.queries import find_open_payment, list_receipts
from tests.factories.statements import csv_of
from tests.journeys.test_without_javascript import book, sign_in
from tests.journeys.town import build_town
from tests.machinery.clients import Visitor


def send_in(person: Visitor, content: bytes, account: str) -> Visitor:
    """Choose the file as the bank's app gave it."""
    person.open("/manage/statements")
    form = next(form for form in person.forms if form.action == "/manage/statements")
    fields = dict(form.values) | {"account": account, "file": (io.BytesIO(content), "mutasi.csv")}
    answer = person.client.post(form.action, data=fields, content_type="multipart/form-data")
    assert answer.status_code == 303
    return person.open(answer.headers["Location"])


def test_claimed_matched_posted_certain_and_never_again(app: Flask, visitor: Visitor) -> None:
    town = build_town(app)
    code = book(visitor, town.search, "en")
    with app.app_context(), transaction():
        payment = find_open_payment(f"booking:{code}")
        assert payment is not None
        account = str(payment.account)
        statement = csv_of([(payment.amount_with_code, "TRSF E-BANKING CR CONTOH"), (88_000, "SEWA")])

    visitor.submit("/sent")
    assert "You told us that you have transferred" in visitor.text

    treasurer = sign_in(app, town.treasurer)
    assert "1 guest says that the money is sent" in treasurer.text
    send_in(treasurer, statement, account)
    assert "As asked" in treasurer.text
    assert code in treasurer.text
    treasurer.submit("/post")
    assert "Posted: 2 lines." in treasurer.text
    assert "Nobody waits for you" in treasurer.open("/manage/transfers").text

    assert "Your booking is certain" in visitor.open(f"/bookings/{code}").text
    send_in(treasurer, statement, account)
    assert treasurer.text.count("Posted before") == 2

    treasurer.open("/manage/reviews").follow("Decide")
    treasurer.submit("/manage/reviews/", decision="not_ours", reason="rent of the pendopo")
    assert "Every rupiah has its place" in treasurer.text
    with app.app_context():
        assert len(list_receipts(f"booking:{code}")) == 1
        told = db.session.scalars(
            select(Message.template).where(Message.reference == f"booking:{code}")
        ).all()
        assert told.count("booking_confirmed") == 1
        assert [one for one in (*check_books(), *check_inventory()) if not one.holds] == []
