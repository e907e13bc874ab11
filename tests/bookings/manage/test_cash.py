"""Cash at the desk: the ageing list, handing over, counting, a difference that the manager lets stand."""

from __future__ import annotations

from collections.abc import Callable

from flask import Flask

from app.bookings.queries.checks import check_books
from app.ledger.queries import balance
from app.users.rules import Role
from tests.bookings.desk import CASH, Desk, book, receive
from tests.machinery.clients import Visitor

As = Callable[..., Visitor]
PAGE = "/manage/cash"
GIVEN = {"village": "sarihayu", "receiver": "bank:sarihayu", "handed_on": "2027-04-20", "reference": "slip 7"}


def sell(app: Flask, desk: Desk) -> None:
    code = book(app, desk.here, method=CASH)
    receive(app, code, desk.people[Role.DESK], 400_000, CASH)


def test_from_the_box_to_the_bank(app: Flask, desk: Desk, as_: As) -> None:
    page = as_(Role.DESK).open(PAGE)
    assert "No cash is held" in page.text
    sell(app, desk)
    page = page.open(PAGE).submit(PAGE, **GIVEN, amount="500.000")
    assert (page.status, "This box holds Rp400.000" in page.text) == (422, True)
    page = page.open(PAGE).submit(PAGE, **GIVEN, amount="400.000")
    assert "It is booked when the other one has counted it" in page.text
    assert "I have counted it" not in page.text
    with app.app_context():
        assert balance("held:cash:sarihayu") == -400_000
    page = as_(Role.BUMDES_TREASURER).open(PAGE)
    assert "Rp400.000 is on its way" in page.text
    page = page.submit("/taken", counted="400.000")
    assert "Confirmed and booked" in page.text
    assert "No cash is held" in page.text
    assert "counted by bumdes_treasurer here" in page.text
    with app.app_context():
        assert balance("held:bank:sarihayu") == -400_000
        assert [check for check in check_books() if not check.holds] == []


def test_a_difference_needs_the_manager(app: Flask, desk: Desk, as_: As) -> None:
    sell(app, desk)
    as_(Role.DESK).open(PAGE).submit(PAGE, **GIVEN, amount="400.000")
    page = as_(Role.BUMDES_TREASURER).open(PAGE).submit("/taken", counted="399.000")
    assert (page.status, "Say why the count differs" in page.text) == (422, True)
    page = page.submit("/taken", counted="399.000", reason="short")
    assert "let stand by the manager" in page.text
    page = as_(Role.BUMDES_MANAGER).open(PAGE).submit("/taken", counted="399.000", reason="short")
    assert "Rp399.000 was counted" in page.text
    with app.app_context():
        assert balance("difference:cash:sarihayu") == -1_000


def test_who_only_looks_and_who_is_elsewhere(app: Flask, desk: Desk, as_: As) -> None:
    sell(app, desk)
    as_(Role.DESK).open(PAGE).submit(PAGE, **GIVEN, amount="1")
    page = as_(Role.SUPERVISOR).open(PAGE)
    assert "Cash box of Sarihayu" in page.text
    assert not [form for form in page.forms if "cash" in form.action]
    elsewhere = as_(Role.DESK, there=True).open(PAGE)
    assert "Rp1" not in elsewhere.text
    page = as_(Role.BUMDES_TREASURER).open(PAGE).submit("/drop", reason="rain")
    assert "The cash is where it was" in page.text
