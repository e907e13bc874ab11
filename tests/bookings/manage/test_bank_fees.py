"""Fees of the bank at the desk: by hand, and from a line of the statement with one tap."""

from __future__ import annotations

from flask import Flask

from app.ledger.queries import balance
from app.users.rules import Role
from tests.bookings.desk import Desk
from tests.bookings.manage.conftest import As
from tests.bookings.manage.test_statements import send

PAGE = "/manage/bank-fees"


def test_by_hand(app: Flask, desk: Desk, as_: As) -> None:
    page = as_(Role.BUMDES_TREASURER).open(PAGE)
    assert "No fee yet" in page.text
    page = page.submit(
        PAGE, keeper="bank:sarihayu", amount="12.500", booked_on="2027-04-21", reason="monthly"
    )
    assert (page.status, "This day lies ahead" in page.text) == (422, True)
    sent = {"keeper": "bank:sarihayu", "amount": "12.500", "booked_on": "2027-04-19"}
    page = page.open(PAGE).submit(PAGE, **sent, reason="monthly")
    assert "Booked as a fee" in page.text
    assert "BUMDes Sarihayu" in page.text
    with app.app_context():
        assert balance("held:bank:sarihayu") == 12_500


def test_from_the_statement(app: Flask, desk: Desk, as_: As) -> None:
    text = "Tanggal;Keterangan;Jumlah;DB/CR\n19/04/2027;BIAYA ADM;12.500;DB\n19/04/2027;BELI;1.000;DB\n"
    who = as_(Role.BUMDES_TREASURER)
    page = who.open(send(who, text.encode()).headers["Location"])
    assert "BIAYA ADM" in page.text
    assert "BELI" not in page.text
    action = next(form.action for form in page.forms if "/fees/" in form.action)
    page = page.submit(action)
    assert "Booked as a fee" in page.text
    form = {"csrf_token": dict(page.forms[-1].values).get("csrf_token", "")}
    assert page.client.post(action, data=form).status_code in {303, 400}
    with app.app_context():
        assert balance("held:bank:sarihayu") == 12_500
    assert page.client.post(action.rsplit("/", 1)[0] + "/3").status_code in {400, 404}
