"""A treasurer sends in a statement, sees what it would do, posts it, and decides on what nobody knew."""

from __future__ import annotations

import io

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from app.bookings.rules import BookingState
from app.users.rules import Role
from tests.bookings.desk import TODAY, Desk, asked, book, receipts, see
from tests.bookings.manage.conftest import As
from tests.factories.statements import Entry, csv_of
from tests.machinery.clients import Visitor

FILES = "/manage/statements"


def send(who: Visitor, content: bytes, account: str = "sarihayu", layout: str = "") -> TestResponse:
    """Choose a file and send it in."""
    form = next(form for form in who.open(FILES).forms if form.action == FILES)
    fields = dict(form.values) | {"account": account, "layout": layout}
    fields["file"] = (io.BytesIO(content), "mutasi.csv")  # type: ignore[assignment]
    answer = who.client.post(form.action, data=fields, content_type="multipart/form-data")
    answer.request.environ["wsgi.input"].close()  # the client's own copy of a large file
    return answer


def upload(who: Visitor, *entries: Entry) -> Visitor:
    """Send in a statement of today and see what it would do."""
    answer = send(who, csv_of(entries, TODAY))
    assert answer.status_code == 303, answer.get_data(as_text=True)
    return who.open(answer.headers["Location"])


@pytest.fixture
def treasurer(app: Flask, as_: As) -> Visitor:
    return as_(Role.BUMDES_TREASURER)


def test_first_it_is_shown_then_it_is_posted_and_never_again(
    app: Flask, desk: Desk, treasurer: Visitor
) -> None:
    code = book(app, desk.here)
    entries = [(asked(app, code), "TRSF ANA"), (123_456, "WHO IS IT")]
    page = upload(treasurer, *entries)
    assert "What this statement would do" in page.text
    assert code in page.text
    assert "Not known" in page.text
    assert receipts(app, code) == []
    page = page.submit("/post")
    assert "Posted: 2 lines." in page.text
    assert see(app, code).state == BookingState.CONFIRMED
    page = upload(treasurer, *entries)
    assert page.text.count("Posted before") == 2
    assert not [form for form in page.forms if form.action.endswith("/post")]
    assert len(receipts(app, code)) == 1


def test_a_form_that_is_sent_twice_posts_once(app: Flask, desk: Desk, treasurer: Visitor) -> None:
    code = book(app, desk.here)
    page = upload(treasurer, (asked(app, code), "TRSF ANA"))
    form = next(form for form in page.forms if form.action.endswith("/post"))
    for _time in range(2):
        assert page.client.post(form.action, data=dict(form.values)).status_code == 303
    assert len(receipts(app, code)) == 1


def test_money_of_nobody_is_decided_on_with_all_that_is_known(
    app: Flask, desk: Desk, treasurer: Visitor
) -> None:
    code = book(app, desk.here, name="Ana Contoh")
    upload(treasurer, (400_000, "TRSF DARI ANA")).submit("/post")
    page = treasurer.open("/manage")
    assert "1 sum of money belongs to nobody yet" in page.text
    page = page.follow("Look at it").follow("Decide")
    assert "TRSF DARI ANA" in page.text
    assert "Ana Contoh" in page.text
    page = page.follow(f"It is for this one: {code}")
    refused = page.submit("/manage/reviews/", reason=" ")
    assert refused.status == 422
    told = refused.submit("/manage/reviews/", reason="she called")
    assert "Decided" in told.text
    assert "she called" in told.text
    assert see(app, code).state == BookingState.CONFIRMED


def test_what_is_too_much_is_decided_from_the_booking(app: Flask, desk: Desk, treasurer: Visitor) -> None:
    code = book(app, desk.here)
    upload(treasurer, (500_000, code)).submit("/post")
    page = treasurer.open(f"/manage/bookings/{code}")
    assert "came in too much" in page.text
    page = page.follow("Decide")
    assert "other income" not in page.text
    told = page.submit("/manage/reviews/", decision="owed_back", reason="asked the guest")
    assert "Decided" in told.text
    assert "Rp100.000" in told.open("/manage/refunds").text
    assert "belongs to nobody yet" not in told.open(f"/manage/bookings/{code}").text


def test_money_of_nobody_goes_back_with_proof(app: Flask, desk: Desk, treasurer: Visitor, as_: As) -> None:
    upload(treasurer, (55_000, "SALAH KIRIM")).submit("/post")
    page = treasurer.open("/manage/reviews").follow("Decide")
    page = page.submit("/manage/reviews/", decision="owed_back", reason="wrong account")
    assert "To send back" in page.text
    assert page.submit("/manage/reviews/refunds/", proof=" ").status == 422
    assert "Somebody else sends it." in page.submit("/manage/reviews/refunds/", proof="TRX-1").text
    company = as_(Role.MANAGER).open("/manage/reviews?lang=en")
    told = company.submit("/manage/reviews/refunds/", proof="TRX-1")
    assert "Noted: it went back." in told.text
    assert "To send back" not in told.text


def test_a_booking_that_is_not_there_is_said_beside_the_field(
    app: Flask, desk: Desk, treasurer: Visitor
) -> None:
    there = book(app, desk.there)
    upload(treasurer, (55_000, "X")).submit("/post")
    page = treasurer.open("/manage/reviews").follow("Decide")
    for code in ("NOWHERE", there):
        page = page.submit("/manage/reviews/", decision="assigned", booking=code, reason="sure")
        assert page.status == 422
        assert "There is no booking with this code here." in page.text


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"PK\x03\x04", "This is no CSV file"),
        (b"hello,world\n", "No row with the names of the columns"),
        (b"Tanggal;Keterangan;Jumlah\n\0", "This is no CSV file"),
        (b"x" * 600_000, "too large"),
    ],
)
def test_a_file_that_is_no_statement_is_said(
    desk: Desk, treasurer: Visitor, content: bytes, said: str
) -> None:
    answer = send(treasurer, content)
    assert answer.status_code == 422
    assert said in answer.get_data(as_text=True)


def test_the_wrong_account_is_noticed(app: Flask, desk: Desk, treasurer: Visitor) -> None:
    upload(treasurer, (5_000, "X")).submit("/post")
    page = treasurer.open(
        send(treasurer, csv_of([(5_000, "X")], TODAY), account="bersama").headers["Location"]
    )
    assert "1 line stands posted for another account" in page.text
    assert send(treasurer, csv_of([(5_000, "X")], TODAY), account="").status_code == 422


def test_formulas_and_tags_stay_words(app: Flask, desk: Desk, treasurer: Visitor) -> None:
    page = upload(treasurer, (5_000, "=cmd|' /C calc'!A0 <script>alert(1)</script>"))
    assert "<script>alert" not in page.html
    assert "&lt;script&gt;" in page.html


def test_another_villages_account_is_not_in_reach(
    app: Flask, desk: Desk, as_: As, treasurer: Visitor
) -> None:
    assert send(treasurer, csv_of([(5_000, "X")], TODAY), account="tirtomulyo").status_code == 422
    page = upload(treasurer, (5_000, "X"))
    path = page.path
    page.submit("/post")
    stranger = as_(Role.BUMDES_TREASURER, there=True)
    assert stranger.open(path).status == 404
    assert "Rp5.000" not in stranger.open("/manage/reviews").text


@pytest.mark.parametrize("role", [Role.DESK, Role.HOST, Role.SUPERVISOR, Role.AUDITOR])
def test_others_import_and_decide_nothing(desk: Desk, as_: As, role: Role) -> None:
    for path in (FILES, "/manage/reviews"):
        assert as_(role).open(path).status == 403
