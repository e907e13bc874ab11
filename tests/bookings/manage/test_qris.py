"""QRIS at the desk: the sheet and its fee, receiving by the reference, and what was sent on to the bank."""

from __future__ import annotations

import io
from collections.abc import Callable

import pytest
from flask import Flask

from app.bookings.queries.checks import check_books
from app.bookings.rules import BookingState
from app.core import codes
from app.core.db import db, transaction
from app.ledger.queries import balance
from app.payments.models import Receipt
from app.payments.rules import PaymentMethod
from app.users.rules import Role
from app.villages.models import BankAccount, QrisSheet
from tests.bookings.desk import Desk, book, receipts, see
from tests.core.test_uploads import BARE_PNG, PNG
from tests.factories import make_sheet, qris_text
from tests.machinery.clients import Visitor

As = Callable[..., Visitor]
QRIS = PaymentMethod.QRIS
PAGE = "/manage/qris/sarihayu"


@pytest.fixture
def sold(app: Flask, desk: Desk) -> Desk:
    """The village here has a sheet."""
    with app.app_context(), transaction():
        make_sheet(by_user_id=desk.people[Role.BUMDES_MANAGER])
    return desk


def test_the_manager_adds_changes_and_ends_a_sheet(app: Flask, desk: Desk, as_: As) -> None:
    page = as_(Role.BUMDES_MANAGER).open("/manage/qris").follow("Bank Contoh 001")
    assert "guests are not offered QRIS here" in page.text
    sheet = {"merchant_name": "Bumdes Contoh", "nmid": "ID1020304050607", "reason": "new"}
    page = page.submit("/sheet", **sheet, payload=qris_text()[:-1] + "0")
    assert (page.status, "not the whole text" in page.text) == (422, True)
    page = page.open(PAGE).submit("/sheet", **(sheet | {"merchant_name": "Another"}), payload=qris_text())
    assert "This text pays BUMDES CONTOH" in page.text
    page = page.open(PAGE).submit("/sheet", **sheet, payload=qris_text())
    assert "Guests scan this sheet from now on" in page.text
    page = page.submit("/rate", rate="0,7", from_on="2027-04-20")
    assert "0.7 % from" in page.text
    assert page.open(PAGE).submit("/rate", rate="11", from_on="2027-04-20").status == 422
    picture = page.client.get(f"{PAGE}/sheet")
    assert (picture.mimetype, picture.data[:4]) == ("image/png", b"\x89PNG")
    page = page.open(PAGE).submit("/end", reason="lost it")
    assert "lost it" in page.text
    assert page.client.get(f"{PAGE}/sheet").status_code == 404


def test_a_picture_loses_its_place(app: Flask, desk: Desk, as_: As) -> None:
    page = as_(Role.BUMDES_MANAGER).open(PAGE)
    form = next(form for form in page.forms if form.action.endswith("/sheet"))
    sheet = {"merchant_name": "Bumdes", "nmid": "ID1", "reason": "new"}
    sent = dict(form.values) | sheet | {"photo": (io.BytesIO(PNG), "sheet.png")}
    assert page.client.post(f"{PAGE}/sheet", data=sent, content_type="multipart/form-data").status_code == 303
    with app.app_context():
        assert db.session.query(QrisSheet).one().content == BARE_PNG


def test_others_do_not(desk: Desk, as_: As) -> None:
    assert "Add the sheet" not in as_(Role.BUMDES_TREASURER).open(PAGE).text
    assert as_(Role.BUMDES_MANAGER, there=True).client.get(PAGE).status_code == 404
    assert as_(Role.BUMDES_MANAGER).client.get("/manage/qris/bersama").status_code == 404
    assert as_(Role.MANAGER).client.get("/manage/qris/bersama").status_code == 200


def test_from_the_guests_page_to_the_bank(app: Flask, sold: Desk, as_: As, visitor: Visitor) -> None:
    code = book(app, sold.here, method=QRIS)
    with app.app_context():
        token = codes.access_token(code, 1)
    guest = visitor.open(f"/bookings/{code}?token={token}&lang=en")
    assert "Scan, and type exactly this amount Rp400.000" in " ".join(guest.text.split())
    assert "BUMDES CONTOH" in guest.text
    assert "This account is a sample" not in guest.text
    with app.app_context(), transaction():
        db.session.query(BankAccount).filter_by(code="sarihayu").one().is_sample = True
    assert "This account is a sample" in guest.open(f"/bookings/{code}?lang=en").text
    assert guest.client.get(f"/bookings/{code}/qris").mimetype == "image/png"
    assert "You told us that you have paid by QRIS" in guest.submit("/sent", reference="RRN 77").text

    page = as_(Role.BUMDES_TREASURER).open("/manage/transfers")
    assert "RRN 77" in page.text
    page = page.follow("It is there: record it")
    page = page.submit(f"/manage/money/{code}", qris_reference="")
    assert (page.status, "Write down the reference that the QRIS notice shows." in page.text) == (422, True)
    page = page.submit(f"/manage/money/{code}", qris_reference="RRN 77")
    assert "The booking is certain and paid in full." in page.text
    (receipt,) = receipts(app, code)
    assert (receipt.keeper, receipt.qris_reference, receipt.fee) == ("qris:sarihayu", "RRN77", 2_800)
    assert see(app, code).state == BookingState.CONFIRMED
    assert "was kept by QRIS" in guest.open(f"/bookings/{code}").text
    assert guest.client.get(f"/bookings/{code}/qris").status_code == 404

    page = page.open(PAGE).submit("/settled", amount="500.000", arrived_on="2027-04-20", reference="S1")
    assert "QRIS holds Rp397.200" in page.text
    page = page.open(PAGE).submit("/settled", amount="397.200", arrived_on="2027-04-20", reference="S1")
    assert "it lies with the bank now" in page.text
    with app.app_context():
        assert balance("held:bank:sarihayu") == -397_200
        assert [check for check in check_books() if not check.holds] == []


def test_the_same_reference_for_another_booking_is_told(app: Flask, sold: Desk, as_: As) -> None:
    one, two = book(app, sold.here, method=QRIS), book(app, sold.here, method=QRIS)
    page = as_(Role.DESK)
    for code in (one, two):
        page = page.open(f"/manage/money/{code}?amount=400000&method=qris")
        page = page.submit(f"/manage/money/{code}", qris_reference="ABC-1")
    assert (page.status, f"for booking {one}" in page.text) == (422, True)
    with app.app_context():
        assert db.session.query(Receipt).count() == 1


def test_a_sheet_that_ended_is_not_shown_to_who_was_about_to_pay(
    app: Flask, sold: Desk, as_: As, visitor: Visitor
) -> None:
    code = book(app, sold.here, method=QRIS)
    as_(Role.BUMDES_MANAGER).open(PAGE).submit("/end", reason="stolen")
    with app.app_context():
        token = codes.access_token(code, 1)
    page = visitor.open(f"/bookings/{code}?token={token}&lang=en")
    assert "QRIS cannot be used here at the moment" in page.text
    assert page.client.get(f"/bookings/{code}/qris").status_code == 404
    assert "Transfer exactly this amount" in page.submit("/pay", method="transfer").text
