"""Money that goes back: listed with its reason and keeper, sent once with proof, by who may."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from app.bookings.queries.checks import check_books
from app.core.db import db, transaction
from app.notifications.models import Message
from app.payments.queries import list_refunds
from app.users.rules import Role
from tests.bookings.desk import NOW, Corner, Desk, book, receive
from tests.factories import make_approved, make_transferred
from tests.machinery.clients import Visitor

As = Callable[..., Visitor]
DAY = timedelta(days=1)
ACCOUNT = {"route": "transfer", "bank": "Bank Contoh", "number": "1234-567 890", "holder": "TAMU CONTOH"}


@pytest.fixture
def late(app: Flask, desk: Desk, set_clock: Callable[[object], None]) -> Callable[[Corner], int]:
    """A refund of Rp1.000 that came too late, for a booking in a corner; its number."""
    books: list[str] = []

    def make(corner: Corner) -> int:
        books.append(book(app, corner))
        set_clock(NOW + 2 * DAY)
        receive(app, books[-1], desk.people[Role.MANAGER], 1_000)
        with app.app_context():
            return list_refunds(f"booking:{books[-1]}")[0].id

    return make


def test_a_refund_goes_all_the_way(app: Flask, desk: Desk, as_: As, late: Callable[[Corner], int]) -> None:
    """Asked, written down for the guest, approved by another, transferred, proved: each by its page."""
    number = late(desk.here)
    page = as_(Role.BUMDES_TREASURER).open("/manage")
    assert "1 refund is to be sent" in page.text
    page = page.follow("Send refunds")
    assert "Rp1.000 in all" in page.text
    assert "Too little, and too late" in page.text
    assert "Unclaimed" in page.text
    page = page.follow("Look")
    assert page.path == f"/manage/refunds/{number}"
    assert "Bank Contoh 001, BUMDes Sarihayu" in page.text
    page = page.submit("/account", **ACCOUNT)
    assert "Somebody else has to approve it" in page.text
    assert "account ending in 7890" in page.text
    assert "1234567890" not in page.html
    assert "You wrote this account down yourself" in (
        page.follow("Look, and approve").submit("/approval").text
    )
    second = as_(Role.BUMDES_MANAGER).open("/manage")
    assert "1 refund waits for a second person" in second.text
    second = second.follow("Approve refunds").follow("Look, and approve")
    assert "The names are the same" in second.text
    assert "1234567890" not in second.html
    assert "Approved: Rp1.000 can be sent" in second.submit("/approval").text
    page = page.open(f"/manage/refunds/{number}").follow("Transfer it now")
    assert "1234567890" in page.text
    assert page.submit("/pay", bank_reference=" ").status == 422
    page = page.submit("/pay", bank_reference="TRF 778899")
    assert "on its way" in page.text
    assert "1234567890" not in page.html
    assert page.submit(f"/manage/refunds/{number}", proof="  ").status == 422
    page = page.submit(f"/manage/refunds/{number}", proof="line 7")
    assert "Noted: Rp1.000 went back" in page.text
    assert "line 7" in page.text
    assert "No money waits to go back" in page.text
    with app.app_context():
        assert [check for check in check_books() if not check.holds] == []


def test_a_refund_is_sent_once(app: Flask, desk: Desk, as_: As, late: Callable[[Corner], int]) -> None:
    number = late(desk.here)
    on_its_way(app, desk, number)
    one, two = (as_(role).open(f"/manage/refunds/{number}") for role in (Role.BUMDES_TREASURER, Role.MANAGER))
    one.submit(f"/manage/refunds/{number}", proof="line seven")
    told = two.submit(f"/manage/refunds/{number}", proof="line eight").text
    assert "This refund was sent before" in told
    assert "line seven" in told
    assert "line eight" not in told


def on_its_way(app: Flask, desk: Desk, number: int) -> None:
    """Given, approved by the BUMDes manager, transferred by the treasurer."""
    with app.app_context(), transaction():
        make_approved(number, approver=desk.people[Role.BUMDES_MANAGER])
        make_transferred(number, by_user_id=desk.people[Role.BUMDES_TREASURER])


def test_a_refusal_is_told_and_asked_anew(
    app: Flask, desk: Desk, as_: As, late: Callable[[Corner], int]
) -> None:
    number = late(desk.here)
    page = as_(Role.BUMDES_TREASURER).open(f"/manage/refunds/{number}")
    page.submit("/account", **(ACCOUNT | {"holder": "Quite Different"}))
    second = as_(Role.BUMDES_MANAGER).open(f"/manage/refunds/{number}/approval")
    assert "The names are different" in second.text
    assert "Quite Different" in second.text
    assert second.submit("/approval", note=" ").status == 422
    assert "Say why the money may go there" in second.text
    assert second.submit("/refusal", reason=" ").status == 422
    assert "asked for another account" in second.submit("/refusal", reason="not your name").text
    page.open(f"/manage/refunds/{number}")
    assert "The guest has not said yet" in page.text
    assert "Asked 1 time" in page.text
    assert not [form for form in page.forms if form.action.endswith("/remind")], "within a week"
    with app.app_context():
        (told,) = db.session.scalars(select(Message.text).where(Message.template == "refund_account"))
    assert "not your name" in told


def test_the_desk_hands_cash_over_for_a_signature(
    app: Flask, desk: Desk, as_: As, late: Callable[[Corner], int]
) -> None:
    number = late(desk.here)
    with app.app_context(), transaction():
        make_approved(number, account=None, approver=desk.people[Role.BUMDES_MANAGER])
    assert as_(Role.DESK, there=True).open(f"/manage/refunds/{number}/slip").status == 404
    page = as_(Role.DESK).open("/manage/refunds/cash").follow("Open the slip")
    assert "one thousand rupiah" in page.text
    assert "Tamu Contoh" in page.text
    assert page.submit("/slip", receiver=" ").status == 422
    page = page.submit("/slip", receiver="Tamu Contoh")
    assert "Rp1.000 was handed over" in page.text
    assert "Nobody waits for cash" in page.text
    assert page.open(f"/manage/refunds/{number}/slip").path == "/manage/refunds/cash"
    with app.app_context():
        assert [check for check in check_books() if not check.holds] == []


def test_the_account_is_for_who_pays(app: Flask, desk: Desk, as_: As, late: Callable[[Corner], int]) -> None:
    number = late(desk.here)
    with app.app_context(), transaction():
        make_approved(number, approver=desk.people[Role.MANAGER])
    page = as_(Role.MANAGER).open(f"/manage/refunds/{number}/pay")
    assert page.status == 403
    assert "1234567890" not in page.html
    for role in (Role.DESK, Role.BUMDES_MANAGER, Role.SUPERVISOR, Role.AUDITOR):
        assert as_(role).open(f"/manage/refunds/{number}/pay").status == 403
    assert "1234567890" in as_(Role.BUMDES_TREASURER).open(f"/manage/refunds/{number}/pay").html
    on = as_(Role.BUMDES_TREASURER).open("/manage/refunds")
    assert "1234567890" not in on.html


def test_the_list_tells_how_old_it_is(
    app: Flask, desk: Desk, as_: As, late: Callable[[Corner], int], set_clock: Callable[[object], None]
) -> None:
    late(desk.here)
    set_clock(NOW + 94 * DAY)
    text = as_(Role.BUMDES_TREASURER).open("/manage/refunds").text
    assert "over 90 daysRp1.000 · 1" in text
    assert "under 7 daysRp0 · 0" in text


def test_another_villages_refund_is_not_there(
    app: Flask, desk: Desk, as_: As, late: Callable[[Corner], int]
) -> None:
    number = late(desk.there)
    own = as_(Role.BUMDES_TREASURER)
    assert own.open(f"/manage/refunds/{number}").status == 404
    assert "No money waits to go back" in own.open("/manage/refunds").text
    assert as_(Role.BUMDES_TREASURER, there=True).open(f"/manage/refunds/{number}").status == 200
    assert own.open("/manage/refunds/99999999999999999999").status == 404


@pytest.mark.parametrize("role", [Role.DESK, Role.HOST, Role.AUDITOR, Role.OBSERVER, Role.BUMDES_MANAGER])
def test_others_send_no_money(desk: Desk, as_: As, late: Callable[[Corner], int], role: Role) -> None:
    number = late(desk.here)
    assert as_(role).open("/manage/refunds").status == 403
    assert as_(role).open(f"/manage/refunds/{number}").status == 403
