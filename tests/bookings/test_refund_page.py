"""The guest says where a refund goes, behind the secret link."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask

from app.bookings import services
from app.bookings.queries import find_booking, find_hand
from app.core import codes
from app.core.db import transaction
from app.payments.queries import list_refunds
from app.users.rules import Role, Scope
from tests.bookings.desk import NOW, Desk, book, make_desk, receive
from tests.factories import make_approved, make_sent_refund
from tests.machinery.clients import Visitor

DAY = timedelta(days=1)
MINE = {"route": "transfer", "bank": "Bank Contoh", "number": "1234 567.890", "holder": "Tamu Contoh"}


@pytest.fixture
def desk(app: Flask, set_clock: Callable[[object], None]) -> Desk:
    set_clock(NOW)
    return make_desk(app)


@pytest.fixture
def owed(app: Flask, desk: Desk, set_clock: Callable[[object], None]) -> str:
    """The code of a booking whose money came too late."""
    code = book(app, desk.here)
    set_clock(NOW + 2 * DAY)
    receive(app, code, desk.people[Role.MANAGER], 1_000)
    return code


def enter(app: Flask, visitor: Visitor, code: str) -> Visitor:
    with app.app_context():
        booking = find_booking(code)
        assert booking is not None
        token = codes.access_token(booking.code, booking.token_version)
    return visitor.open(f"/bookings/{code}/refund?token={token}&lang=en")


def test_a_guest_gives_an_account_and_corrects_it_until_it_is_approved(
    app: Flask, desk: Desk, visitor: Visitor, owed: str
) -> None:
    page = enter(app, visitor, owed)
    assert page.path == f"/bookings/{owed}/refund?lang=en"
    assert "Rp1.000" in page.text
    assert "We need to know where to send it" in page.text
    page.submit("/refund", **MINE)
    assert "Thank you" in page.text
    assert "Bank Contoh, account ending in 7890" in page.text
    assert "1234567890" not in page.html
    page.submit("/refund", **(MINE | {"number": "ID55 0000 1111"}))
    assert "account ending in 1111" in page.text
    with app.app_context(), transaction():
        number = number_of_in(owed)
        hand = find_hand(number)
        assert hand is not None
        services.approve_refund(
            refund_id=number, version=hand.version, note="", by_user_id=desk.people[Role.MANAGER],
            scope=Scope(everything=True),
        )  # fmt: skip
    forms = [form for form in page.forms if form.action.endswith("/refund")]
    assert forms, "still open in this browser"
    assert "can no longer be changed here" in page.submit("/refund", **MINE).text
    assert "Approved, to be sent" in page.text
    assert "account ending in 1111" in page.text
    assert not [form for form in page.forms if form.action.endswith("/refund")]


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"number": "12"}, "5 to 34 digits"),
        ({"number": "12345; DROP"}, "5 to 34 digits"),
        ({"number": ""}, "needed for a transfer"),
        ({"holder": " "}, "needed for a transfer"),
        ({"bank": "x" * 61}, "longer than 60"),
    ],
)
def test_what_cannot_be_an_account_comes_back_with_what_was_typed(
    app: Flask, visitor: Visitor, owed: str, changed: dict[str, str], says: str
) -> None:
    page = enter(app, visitor, owed).submit("/refund", **(MINE | changed))
    assert page.status == 422
    assert says in page.text
    with app.app_context():
        assert find_hand(number_of_in(owed)) is None


def number_of_in(code: str) -> int:
    (refund,) = list_refunds(f"booking:{code}")
    return refund.id


def test_cash_needs_no_account(app: Flask, desk: Desk, visitor: Visitor, owed: str) -> None:
    page = enter(app, visitor, owed).submit("/refund", route="cash")
    assert "cash at the desk" in page.text
    with app.app_context(), transaction():
        make_approved(number_of_in(owed), account=None, approver=desk.people[Role.MANAGER])
    assert "ready at the desk" in page.open(page.path).text


def test_what_has_gone_back_says_so_and_asks_nothing(
    app: Flask, desk: Desk, visitor: Visitor, owed: str
) -> None:
    with app.app_context(), transaction():
        make_sent_refund(number_of_in(owed), by_user_id=desk.people[Role.BUMDES_TREASURER])
    page = enter(app, visitor, owed)
    assert "It has gone back to you" in page.text
    assert not [form for form in page.forms if form.action.endswith("/refund")]


def test_the_booking_leads_there(app: Flask, visitor: Visitor, owed: str) -> None:
    page = enter(app, visitor, owed).open(f"/bookings/{owed}")
    assert page.follow("Where it goes").path == f"/bookings/{owed}/refund"


def test_it_is_there_in_indonesian_and_the_choice_is_kept(app: Flask, visitor: Visitor, owed: str) -> None:
    page = enter(app, visitor, owed).open(f"/bookings/{owed}/refund?lang=id")
    assert page.status == 200
    assert '<html lang="id"' in page.html


def enter_any_form(stranger: Visitor) -> str:
    """A true CSRF token of this browser."""
    (token, *_others) = [
        value for form in stranger.open("/login").forms for name, value in form.values if name == "csrf_token"
    ]
    return token


def test_nobody_without_the_secret_sees_or_says_anything(app: Flask, desk: Desk, owed: str) -> None:
    stranger = Visitor(app.test_client())
    for path in (
        f"/bookings/{owed}/refund",
        f"/bookings/{owed}/refund?token=forged",
        "/bookings/ACDEFGH/refund",
        "/bookings/ACDEFGH/refund?token=forged",
    ):
        assert stranger.open(path).status == 404, path
    token = enter_any_form(stranger)
    answer = stranger.client.post(f"/bookings/{owed}/refund", data=MINE | {"csrf_token": token})
    assert answer.status_code == 404
    with app.app_context():
        assert find_hand(number_of_in(owed)) is None


def test_a_form_from_elsewhere_is_refused(app: Flask, visitor: Visitor, owed: str) -> None:
    page = enter(app, visitor, owed)
    answer = page.client.post(f"/bookings/{owed}/refund", data=MINE)
    assert answer.status_code in {400, 422}
    with app.app_context():
        assert find_hand(number_of_in(owed)) is None


def test_a_booking_without_refund_has_no_such_page(app: Flask, desk: Desk, visitor: Visitor) -> None:
    assert enter(app, visitor, book(app, desk.there)).status == 404


@pytest.mark.settings(rate_limits=True)
def test_trying_is_limited(app: Flask, visitor: Visitor, owed: str) -> None:
    page = enter(app, visitor, owed)
    statuses = [page.submit("/refund", **(MINE | {"number": "1"})).status for _ in range(21)]
    assert set(statuses[:20]) == {422}
    assert statuses[20] == 429
