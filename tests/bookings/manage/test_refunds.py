"""Money that goes back: listed with its reason and keeper, sent once with proof, by who may."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask

from app.bookings.queries.checks import check_books
from app.payments.queries import list_refunds
from app.payments.rules import RefundState
from app.users.rules import Role
from tests.bookings.desk import NOW, Corner, Desk, book, receive
from tests.machinery.clients import Visitor

As = Callable[..., Visitor]
DAY = timedelta(days=1)


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


def state_of(app: Flask, code: str) -> list[RefundState]:
    """States of a booking's refunds."""
    with app.app_context():
        return [refund.state for refund in list_refunds(f"booking:{code}")]


def test_a_refund_is_sent_with_its_proof(
    app: Flask, desk: Desk, as_: As, late: Callable[[Corner], int]
) -> None:
    number = late(desk.here)
    page = as_(Role.BUMDES_TREASURER).open("/manage")
    assert "1 refund is to be sent" in page.text
    page = page.follow("Send refunds")
    assert "Rp1.000 in all" in page.text
    assert "Too little, and too late" in page.text
    page = page.follow("Send it")
    assert page.path == f"/manage/refunds/{number}"
    assert "Bank Contoh 001, BUMDes Sarihayu" in page.text
    page = page.submit("/manage/refunds", proof="  ")
    assert page.status == 422
    page = page.submit("/manage/refunds", proof="TRF 778899")
    assert "Noted: Rp1.000 went back" in page.text
    assert "TRF 778899" in page.text
    assert "No money waits to go back" in page.text
    with app.app_context():
        assert [check for check in check_books() if not check.holds] == []


def test_a_refund_is_sent_once(app: Flask, desk: Desk, as_: As, late: Callable[[Corner], int]) -> None:
    number = late(desk.here)
    one, two = (as_(role).open(f"/manage/refunds/{number}") for role in (Role.BUMDES_TREASURER, Role.MANAGER))
    one.submit("/manage/refunds", proof="first")
    told = two.submit("/manage/refunds", proof="second").text
    assert "This refund was sent before" in told
    assert "first" in told
    assert "second" not in told


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
